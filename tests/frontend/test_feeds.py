"""The feeds of the site, its tags and its authors: Atom, RSS 2.0 and JSON Feed, with the same posts and lasting ids."""

import json
from datetime import datetime
from xml.etree import ElementTree

import feedparser
import jsonschema
import pytest

from apps.core import content_state
from apps.frontend.absolute import absolute_html
from apps.posts import services
from apps.posts.models import Post
from apps.site.models import Site
from blog_project import addresses

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}
TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}
PLACES = ["/", "/tags/gardens/", "/authors/alice-adams/"]

# What JSON Feed 1.1 (jsonfeed.org/version/1.1) says of the members that are used here.
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


def get(client, kind, place="/"):
    response = client.get(addresses.feed(place, kind))
    assert response["Content-Type"].startswith(TYPES[kind])
    return response


def parsed(client, kind, place="/"):
    """Return a feed of one of the XML formats as a feed reader's parser takes it; it must find no fault."""
    # A parser of HTML in the texts would change them.
    found = feedparser.parse(get(client, kind, place).content, sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == {"atom": "atom10", "rss": "rss20"}[kind]
    return found


def json_feed(client, place="/"):
    made = json.loads(get(client, "json", place).content)
    jsonschema.validate(made, JSON_FEED)
    return made


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


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_a_reader_finds_all_of_a_post_in_xml(client, fish, kind, place):
    (entry,) = parsed(client, kind, place).entries
    assert entry.title == "Fish & chips <1>"
    assert entry.link == "http://testserver/fish/"
    assert entry.summary == "Short &amp; &lt;sweet&gt;"
    assert [tag.term for tag in entry.tags] == ["Gardens"]
    assert [author.name for author in entry.authors] == ["Alice Adams", "Bob Brown"]
    assert [picture["url"] for picture in entry.media_content] == ["http://testserver/media/fish.png"]
    (content,) = [each.value for each in entry.content]
    assert "<strong>bold</strong>" in content
    assert "End." in content


@pytest.mark.parametrize("place", PLACES)
def test_a_reader_finds_all_of_a_post_in_json(client, fish, place):
    made = json_feed(client, place)
    assert made["feed_url"] == f"http://testserver{place}feed.json"
    assert made["home_page_url"] == f"http://testserver{place}"
    (item,) = made["items"]
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


def test_addresses_in_a_text_lead_to_the_site_wherever_it_is_read(client, fish):
    atom, rss = (parsed(client, kind).entries[0].content[0].value for kind in ("atom", "rss"))
    for text in (atom, rss, json_feed(client)["items"][0]["content_html"]):
        assert 'href="http://testserver/about/"' in text
        assert 'href="http://testserver/fish/#end"' in text
        assert 'src="http://testserver/media/fish.png"' in text


def test_making_addresses_absolute_leaves_the_rest_of_a_text_alone():
    html = (
        '<p title="a &gt; b">1 &lt; 2 &amp; 3&nbsp;<br>é</p><img src="/a?b=1&amp;c=2" alt="&quot;x&quot;" '
        'srcset="a.png 1x, /b,c.png 2x"><input type="checkbox" disabled=""><a href="https://example.org/x">x</a>'
        '<a href="mailto:a@example.org">m</a><a href="http://[">broken</a>'
    )
    made = absolute_html(html, "http://testserver/p/")
    assert made == html.replace('"/a?', '"http://testserver/a?').replace(
        "a.png 1x, /b,c.png 2x", "http://testserver/p/a.png 1x, http://testserver/b,c.png 2x"
    )


def test_the_languages_of_the_feed_and_of_its_posts_are_told(client, fish):
    assert parsed(client, "atom").feed.language == "en"
    assert parsed(client, "rss").feed.language == "en"
    entry = ElementTree.fromstring(get(client, "atom").content).find("a:entry", ATOM)
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    item = ElementTree.fromstring(get(client, "rss").content).find("channel/item")
    assert item.findtext("{http://purl.org/dc/elements/1.1/}language") == "de"


def test_a_site_can_give_its_feeds_the_summaries_alone(client, fish):
    Site.objects.update_or_create(pk=1, defaults={"feed_text": Site.FeedText.SUMMARY})
    content_state.bump()
    for kind in ("atom", "rss"):
        (entry,) = parsed(client, kind).entries
        assert entry.summary == "Short &amp; &lt;sweet&gt;"
        assert "bold" not in get(client, kind).content.decode()
    (item,) = json_feed(client)["items"]
    assert item["content_text"] == "Short & <sweet>"
    assert "content_html" not in item


@pytest.mark.parametrize("place", PLACES)
def test_an_atom_feed_is_complete(client, fish, place):
    root = ElementTree.fromstring(get(client, "atom", place).content)
    for required in ("a:id", "a:title", "a:updated", "a:author/a:name"):
        assert root.findtext(required, None, ATOM), required
    assert datetime.fromisoformat(root.findtext("a:updated", None, ATOM)).tzinfo
    links = {link.get("rel"): link.get("href") for link in root.findall("a:link", ATOM)}
    assert links["self"] == f"http://testserver{place}feed.atom"


def test_an_id_stays_when_the_address_changes_and_is_the_same_in_every_format(client, make_post):
    post = make_post("Before")
    before = ids(client)
    services.update_post(post, by=None, expected_version=1, slug="after", title="After")
    assert ids(client) == before
    assert len(set(before)) == 1
    assert before[0].startswith("urn:uuid:")


def ids(client):
    return [*(parsed(client, kind).entries[0].id for kind in ("atom", "rss")), json_feed(client)["items"][0]["id"]]


def test_a_character_that_xml_cannot_hold_does_not_break_a_feed(client, make_post):
    post = make_post()
    Post.objects.filter(pk=post.pk).update(title="Bell\x07", body_html="<p>form\x0cfeed\x1f \uffff</p>")
    for kind in ("atom", "rss"):
        assert parsed(client, kind).entries[0].title == "Bell"


@pytest.mark.parametrize("kind", addresses.FEED_KINDS)
def test_a_feed_is_bounded(client, make_post, kind):
    for number in range(25):
        make_post(f"Post {number}")
    entries = json_feed(client)["items"] if kind == "json" else parsed(client, kind).entries
    assert len(entries) == 20


@pytest.mark.parametrize("kind", addresses.FEED_KINDS)
def test_a_feed_that_did_not_change_is_not_sent_again(client, make_post, kind):
    make_post()
    first = get(client, kind)
    for condition in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert client.get(addresses.feed(kind=kind), headers=condition).status_code == 304


@pytest.mark.parametrize("kind", addresses.FEED_KINDS)
def test_an_empty_feed_is_valid_and_the_same_each_time(client, kind):
    assert get(client, kind).content == get(client, kind).content
    assert (json_feed(client)["items"] if kind == "json" else parsed(client, kind).entries) == []


def test_pages_announce_the_feeds(client, fish):
    for path, places in {"/fish/": ["/"], "/tags/gardens/": PLACES[:2], "/authors/alice-adams/": PLACES[::2]}.items():
        page = client.get(path).content.decode()
        for place in places:
            for kind, media_type in TYPES.items():
                assert f'<link rel="alternate" href="{place}feed.{kind}" type="{media_type}"' in page, path


def test_there_is_no_feed_of_what_is_not_there(client):
    for path in ("/tags/nothing/feed.rss", "/authors/nobody/feed.json", "/feed.xml"):
        assert client.get(path).status_code == 404
