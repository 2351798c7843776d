"""Trashing or moving a post says which posts link to it: those that the user may know of."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.posts import links, services
from apps.posts.models import Post


@pytest.fixture
def tides(make_post):
    tides = make_post("Tides")
    make_post("Seas", body="See [tides](/tides/).")
    make_post("Boats", body="See [tides](/tides/#high), or [others](/tides-of-time/).")
    make_post("Nets", body="See [others](/tides-of-time/).")
    make_post("Secret", body="See [tides](/tides/).", status=Post.Status.DRAFT)
    return tides


def test_the_page_that_asks_before_trashing_names_them(tides, erika, log_in):
    page = log_in(erika).get(reverse("admin:posts_post_delete", args=[tides.pk])).content.decode()
    assert "These posts link to it" in page
    assert [title for title in ("Seas", "Boats", "Nets", "Secret") if f">{title}</a>" in page] == [
        "Seas",
        "Boats",
        "Secret",
    ]


def test_nothing_is_said_of_a_post_to_which_none_links(make_post, erika, log_in):
    page = log_in(erika).get(reverse("admin:posts_post_delete", args=[make_post("Tides").pk])).content.decode()
    assert "link to it" not in page


def test_a_new_address_names_them(tides, erika, log_in, edit):
    client = log_in(erika)
    url, fields = edit(client, tides)
    page = client.post(url, fields | {"slug": "ebb-and-flow"}, follow=True).content.decode()
    assert "These posts link to its old address: “Secret”, “Boats”, “Seas”." in page


def test_an_author_is_not_told_of_drafts_of_others(tides, alice):
    assert [post.title for post in links.linking_posts("tides", user=alice)] == ["Boats", "Seas"]


def test_only_the_newest_are_searched_by_one_query_and_what_is_in_the_trash_is_not_named(tides, monkeypatch):
    seas = Post.objects.get(slug="seas")
    monkeypatch.setattr(links, "MAX_SCANNED", 3)
    with CaptureQueriesContext(connection) as captured:
        assert [post.title for post in links.linking_posts("tides", user=None)] == ["Secret", "Boats"]
    assert len(captured) == 1
    monkeypatch.undo()
    services.trash_post(seas, by=None, expected_version=seas.version)
    assert seas not in links.linking_posts("tides", user=None)
