"""The feeds are Atom (RFC 4287) that a parser takes, with the whole text and lasting ids."""

from datetime import datetime
from xml.etree import ElementTree

import pytest

from apps.posts import services
from apps.posts.models import Post

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def feed(client, path="/feed.atom"):
    response = client.get(path)
    assert response["Content-Type"].startswith("application/atom+xml")
    return ElementTree.fromstring(response.content)


def test_an_entry_has_what_atom_asks_for_and_the_whole_text(client, alice, bob, make_post):
    tag = services.create_tag(name="Gardens & books")
    body = "Text with a [link](/about/) & **bold**.\n\nEnd."
    make_post(
        "Fish & chips <1>", slug="fish", summary="Short", tags=[tag], authors=[alice.author, bob.author], body=body
    )
    root = feed(client)
    entry = root.find("a:entry", ATOM)
    assert entry.findtext("a:title", None, ATOM) == "Fish & chips <1>"
    assert entry.find("a:link", ATOM).get("href") == "http://testserver/fish/"
    assert [name.text for name in entry.findall("a:author/a:name", ATOM)] == ["Alice Adams", "Bob Brown"]
    assert [category.get("term") for category in entry.findall("a:category", ATOM)] == ["Gardens & books"]
    content = entry.find("a:content", ATOM)
    assert content.get("type") == "html"
    assert "<strong>bold</strong>" in content.text
    assert "End." in content.text
    assert 'href="http://testserver/about/"' in content.text


@pytest.mark.parametrize("path", ["/feed.atom", "/tags/gardens/feed.atom"])
def test_the_feed_itself_is_complete(client, make_post, path):
    make_post(tags=[services.create_tag(name="Gardens")])
    root = feed(client, path)
    for required in ("a:id", "a:title", "a:updated", "a:author/a:name"):
        assert root.findtext(required, None, ATOM), required
    assert datetime.fromisoformat(root.findtext("a:updated", None, ATOM)).tzinfo
    links = {link.get("rel"): link.get("href") for link in root.findall("a:link", ATOM)}
    assert links["self"] == f"http://testserver{path}"
    assert len(root.findall("a:entry", ATOM)) == 1


def test_an_id_stays_when_the_address_changes(client, make_post):
    post = make_post("Before")
    before = feed(client).findtext("a:entry/a:id", None, ATOM)
    services.update_post(post, by=None, expected_version=1, slug="after", title="After")
    assert feed(client).findtext("a:entry/a:id", None, ATOM) == before
    assert before.startswith("urn:uuid:")


def test_a_character_that_xml_cannot_hold_does_not_break_the_feed(client, make_post):
    post = make_post()
    Post.objects.filter(pk=post.pk).update(title="Bell\x07", body_html="<p>form\x0cfeed\x1f \uffff</p>")
    assert feed(client).findtext("a:entry/a:title", None, ATOM) == "Bell"


def test_a_feed_is_bounded(client, make_post):
    for number in range(25):
        make_post(f"Post {number}")
    assert len(feed(client).findall("a:entry", ATOM)) == 20


def test_an_empty_feed_is_the_same_each_time(client):
    assert client.get("/feed.atom").content == client.get("/feed.atom").content


def test_pages_announce_the_feeds(client, make_post):
    make_post(tags=[services.create_tag(name="Gardens")])
    assert 'href="/feed.atom"' in client.get("/a-post/").content.decode()
    assert 'href="/tags/gardens/feed.atom"' in client.get("/tags/gardens/").content.decode()
