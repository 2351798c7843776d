"""The feeds of the site, its tags and its authors: Atom, RSS 2.0 and JSON Feed, with equal posts and permanent ids."""

import json
from datetime import datetime
from xml.etree import ElementTree

import feedparser
import pytest

from apps.core import content_state
from apps.frontend.absolute import absolute_html
from apps.posts import services
from apps.posts.models import Post
from apps.site.models import Site
from blog_project import addresses
from tests.json_schemas import validate

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}
TYPES = {"atom": "application/xml", "rss": "application/xml", "json": "application/feed+json"}
LINK_TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}
PATHS = ["/", "/tags/gardens/", "/authors/alice-adams/"]

# A JSON Schema of the members of JSON Feed 1.1 (jsonfeed.org/version/1.1) that the feed uses.
_URL = {"type": "string", "pattern": "^https?://"}
_TEXT = {"type": "string", "minLength": 1}
_DATE = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": _TEXT,
        "home_page_url": _URL,
        "feed_url": _URL,
        "description": {"type": "string"},
        "language": _TEXT,
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
                "additionalProperties": False,
                "properties": {
                    "id": _TEXT,
                    "url": _URL,
                    "title": _TEXT,
                    "content_html": {"type": "string"},
                    "content_text": {"type": "string"},
                    "summary": _TEXT,
                    "image": _URL,
                    "date_published": _DATE,
                    "date_modified": _DATE,
                    "tags": {"type": "array", "items": _TEXT},
                    "language": _TEXT,
                    "authors": {
                        "type": "array",
                        "items": {"type": "object", "required": ["name"], "properties": {"name": _TEXT, "url": _URL}},
                    },
                },
            },
        },
    },
}


def get(client, kind, path="/"):
    response = client.get(addresses.feed(path, kind))
    assert response["Content-Type"].startswith(TYPES[kind])
    return response


def parsed(client, kind, path="/"):
    """Return an Atom or RSS feed parsed by feedparser, which must find no error."""
    # Sanitising and resolving would change the texts.
    result = feedparser.parse(get(client, kind, path).content, sanitize_html=False, resolve_relative_uris=False)
    assert not result.bozo, result.get("bozo_exception")
    assert result.version == {"atom": "atom10", "rss": "rss20"}[kind]
    return result


def json_feed(client, path="/"):
    document = json.loads(get(client, "json", path).content)
    validate(document, JSON_FEED)
    return document


@pytest.fixture
def fish(alice, bob, make_post):
    tag = services.create_tag(name="Gardens")
    return make_post(
        "Fish & chips <1>",
        slug="fish",
        summary="Short & <sweet>",
        tags=[tag],
        authors=[alice.author, bob.author],
        language="de",
        body="Text with a [link](/about/), [another](#end) & **bold**.\n\n![Fish](/media/fish.png)\n\nEnd.",
    )


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_an_xml_feed_has_all_fields_of_a_post(client, fish, kind, path):
    (entry,) = parsed(client, kind, path).entries
    assert entry.title == "Fish & chips <1>"
    assert entry.link == "http://testserver/fish/"
    assert entry.summary == "Short &amp; &lt;sweet&gt;"
    assert [tag.term for tag in entry.tags] == ["Gardens"]
    assert [author.name for author in entry.authors] == ["Alice Adams", "Bob Brown"]
    assert [picture["url"] for picture in entry.media_content] == ["http://testserver/media/fish.png"]
    (content,) = [each.value for each in entry.content]
    assert "<strong>bold</strong>" in content
    assert "End." in content


@pytest.mark.parametrize("path", PATHS)
def test_a_json_feed_has_all_fields_of_a_post(client, fish, path):
    document = json_feed(client, path)
    assert document["feed_url"] == f"http://testserver{path}feed.json"
    assert document["home_page_url"] == f"http://testserver{path}"
    (item,) = document["items"]
    assert item["title"] == "Fish & chips <1>"
    assert item["url"] == "http://testserver/fish/"
    assert item["summary"] == "Short & <sweet>"
    assert item["tags"] == ["Gardens"]
    assert item["language"] == "de"
    assert item["image"] == "http://testserver/media/fish.png"
    assert item["authors"] == [
        {"name": "Alice Adams", "url": "http://testserver/authors/alice-adams/"},
        {"name": "Bob Brown", "url": "http://testserver/authors/bob-brown/"},
    ]
    assert "<strong>bold</strong>" in item["content_html"]


def test_urls_in_feed_texts_are_absolute(client, fish):
    atom, rss = (parsed(client, kind).entries[0].content[0].value for kind in ("atom", "rss"))
    for text in (atom, rss, json_feed(client)["items"][0]["content_html"]):
        assert 'href="http://testserver/about/"' in text
        assert 'href="http://testserver/fish/#end"' in text
        assert 'src="http://testserver/media/fish.png"' in text


def test_absolute_html_changes_only_the_urls():
    html = (
        '<p title="a &gt; b">1 &lt; 2 &amp; 3&nbsp;<br>é</p><img src="/a?b=1&amp;c=2" alt="&quot;x&quot;" '
        'srcset="a.png 1x, /b,c.png 2x"><input type="checkbox" disabled=""><a href="https://example.org/x">x</a>'
        '<a href="mailto:a@example.org">m</a><a href="http://[">broken</a>'
    )
    result = absolute_html(html, "http://testserver/p/")
    assert result == html.replace('"/a?', '"http://testserver/a?').replace(
        "a.png 1x, /b,c.png 2x", "http://testserver/p/a.png 1x, http://testserver/b,c.png 2x"
    )


def test_feeds_declare_the_languages_of_the_site_and_of_each_post(client, fish):
    assert parsed(client, "atom").feed.language == "en"
    assert parsed(client, "rss").feed.language == "en"
    entry = ElementTree.fromstring(get(client, "atom").content).find("a:entry", ATOM)
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    item = ElementTree.fromstring(get(client, "rss").content).find("channel/item")
    assert item.findtext("{http://purl.org/dc/elements/1.1/}language") == "de"


def test_feeds_can_be_set_to_summaries_only(client, fish):
    Site.objects.update_or_create(pk=1, defaults={"feed_text": Site.FeedText.SUMMARY})
    content_state.bump()
    for kind in ("atom", "rss"):
        (entry,) = parsed(client, kind).entries
        assert entry.summary == "Short &amp; &lt;sweet&gt;"
        assert "bold" not in get(client, kind).content.decode()
    (item,) = json_feed(client)["items"]
    assert item["content_text"] == "Short & <sweet>"
    assert "content_html" not in item


@pytest.mark.parametrize("path", PATHS)
def test_an_atom_feed_has_the_required_elements(client, fish, path):
    root = ElementTree.fromstring(get(client, "atom", path).content)
    for required in ("a:id", "a:title", "a:updated", "a:author/a:name"):
        assert root.findtext(required, None, ATOM), required
    assert datetime.fromisoformat(root.findtext("a:updated", None, ATOM)).tzinfo
    links = {link.get("rel"): link.get("href") for link in root.findall("a:link", ATOM)}
    assert links["self"] == f"http://testserver{path}feed.atom"


def test_an_id_survives_a_new_slug_and_is_equal_in_all_formats(client, make_post):
    post = make_post("Before")
    before = ids(client)
    services.update_post(post, by=None, expected_version=1, slug="after", title="After")
    assert ids(client) == before
    assert len(set(before)) == 1
    assert before[0].startswith("urn:uuid:")


def ids(client):
    return [*(parsed(client, kind).entries[0].id for kind in ("atom", "rss")), json_feed(client)["items"][0]["id"]]


def test_characters_that_xml_forbids_are_removed(client, make_post):
    post = make_post()
    Post.objects.filter(pk=post.pk).update(title="Bell\x07", body_html="<p>form\x0cfeed\x1f \uffff</p>")
    for kind in ("atom", "rss"):
        assert parsed(client, kind).entries[0].title == "Bell"


@pytest.mark.parametrize("kind", addresses.FEED_KINDS)
def test_a_feed_has_at_most_20_items(client, make_post, kind):
    for number in range(25):
        make_post(f"Post {number}")
    entries = json_feed(client)["items"] if kind == "json" else parsed(client, kind).entries
    assert len(entries) == 20


@pytest.mark.parametrize("kind", addresses.FEED_KINDS)
def test_an_unchanged_feed_is_a_304(client, make_post, kind):
    make_post()
    first = get(client, kind)
    assert client.get(addresses.feed(kind=kind), headers={"If-None-Match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("kind", addresses.FEED_KINDS)
def test_an_empty_feed_is_valid_and_stable(client, kind):
    assert get(client, kind).content == get(client, kind).content
    assert (json_feed(client)["items"] if kind == "json" else parsed(client, kind).entries) == []


def test_pages_link_to_their_feeds(client, fish):
    for page_path, feed_paths in {
        "/fish/": ["/"],
        "/tags/gardens/": PATHS[:2],
        "/authors/alice-adams/": PATHS[::2],
    }.items():
        page = client.get(page_path).content.decode()
        for path in feed_paths:
            for kind, media_type in LINK_TYPES.items():
                assert f'<link rel="alternate" href="{path}feed.{kind}" type="{media_type}"' in page, page_path


def test_feeds_of_unknown_tags_authors_and_formats_are_404s(client):
    for path in ("/tags/nothing/feed.rss", "/authors/nobody/feed.json", "/feed.csv"):
        assert client.get(path).status_code == 404
