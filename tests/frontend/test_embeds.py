"""A page allows frames of exactly the sites of its own cards; feeds and the API have a link."""

import re

import pytest
from django.utils import timezone

from blog_project import addresses

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

TALK = "Words.\n\nhttps://vimeo.com/123\n\nhttps://youtu.be/dQw4w9WgXcQ\n\nhttps://vimeo.com/124"


def frames(response) -> str:
    """Return the sources of `frame-src` in a response's policy; empty without the directive."""
    found = re.search(r"frame-src ([^;]*)", response["Content-Security-Policy"])
    return found[1] if found else ""


@pytest.fixture
def talk(make_post):
    return make_post("A talk", slug="a-talk", body=TALK)


def test_the_page_of_a_post_allows_frames_of_the_sites_of_its_cards_only(client, talk, make_post):
    make_post("A note", slug="a-note", body="See https://vimeo.com/123 there.")
    response = client.get("/a-talk/")
    assert frames(response) == "https://player.vimeo.com https://www.youtube-nocookie.com"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert frames(client.get("/a-note/")) == ""


def test_no_other_page_allows_frames(client, talk):
    for path in ("/", "/archive/", "/search/?q=words", "/feed.atom", "/nope/", "/api/v1/posts/"):
        assert frames(client.get(path)) == "", path


def test_a_preview_allows_the_same_frames_besides_the_policy_of_the_admin(client, erika, make_post):
    draft = make_post("A draft", body=TALK, status="draft")
    client.force_login(erika)
    response = client.get(addresses.preview(draft.pk))
    assert frames(response) == "https://player.vimeo.com https://www.youtube-nocookie.com"
    assert "require-trusted-types-for 'script'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("kind", ["atom", "rss", "json"])
def test_feeds_have_a_link_and_no_frame(client, talk, kind):
    feed = client.get(f"/feed.{kind}").content.decode().replace("&lt;", "<").replace("&gt;", ">").replace('\\"', '"')
    feed = feed.replace("&quot;", '"')
    assert '<a href="https://vimeo.com/123" rel="noopener">vimeo.com/123</a>' in feed
    assert "<iframe" not in feed


def test_the_words_of_a_card_are_in_the_language_of_the_post(client, make_post):
    make_post("Ein Vortrag", slug="ein-vortrag", language="de", body=TALK)
    page = client.get("/ein-vortrag/").content.decode()
    assert "Video auf Vimeo" in page
    assert "Video von YouTube anzeigen" in page
    assert "Ihr Browser fragt dann player.vimeo.com" in page


def test_lists_and_descriptions_begin_with_the_prose(client, make_post):
    make_post("A talk", slug="a-talk", body="https://vimeo.com/123\n\nWhat it was about.", published_at=timezone.now())
    assert '<meta name="description" content="What it was about.">' in client.get("/a-talk/").content.decode()
    assert "vimeo" not in client.get("/").content.decode()
