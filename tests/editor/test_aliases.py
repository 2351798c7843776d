"""Old addresses at the desk: where each leads, one more by hand, and one forgotten."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core import content_state
from apps.posts import services
from apps.posts.models import PostAlias

LIST, ADD = "/admin/posts/postalias/", "/admin/posts/postalias/add/"


@pytest.fixture
def desk(erika, log_in):
    return log_in(erika)


@pytest.fixture
def post(make_post):
    return make_post("Tides")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/2019/05/tides.html", "/2019/05/tides.html"),
        (" https://old.example.org/2019/tides/?p=1#top ", "/2019/tides/"),
        ("/caf%C3%A9/", "/café/"),
    ],
)
def test_one_is_added_by_hand_and_readers_are_led_on(desk, post, given, path):
    assert Client().get(path).status_code == 404
    assert desk.post(ADD, {"path": given, "post": post.pk}).status_code == 302
    response = Client().get(path)
    assert (response.status_code, response["Location"]) == (301, "/tides/")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("tides.html", "is no path: it begins with /"),
        ("", "This field is required."),
        ("/" + "a" * 300, "at most 255 characters"),
        ("/admin/old/", "is an address that the site needs itself"),
        ("/", "is an address that the site needs itself"),
        ("/static/x.css", "is an address that the site needs itself"),
        ("/other/", "is the address of “Other”"),
        ("/taken/", "leads to “Other” already"),
        ("/taken", "leads to “Other” already"),
        ("/a%00b/", "characters that are not text"),
        ("http://[nonsense", "is no path"),
    ],
)
def test_what_would_lead_nobody_on_is_refused_in_words(desk, post, make_post, given, sentence):
    other = make_post("Other")
    services.create_alias(path="/taken/", post=other)
    response = desk.post(ADD, {"path": given, "post": post.pk})
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert PostAlias.objects.count() == 1


def test_one_is_deleted_after_a_warning(desk, post):
    alias = services.create_alias(path="/old/", post=post)
    url = reverse("admin:posts_postalias_delete", args=[alias.pk])
    assert "is told that there is nothing" in desk.get(url).content.decode()
    desk.post(url, {"post": "yes"})
    assert Client().get("/old/").status_code == 404


def test_pages_are_made_anew_after_both(post):
    before = content_state.fetch().generation
    alias = services.create_alias(path="/old/", post=post)
    services.delete_alias(alias)
    assert content_state.fetch().generation == before + 2


def test_the_list_says_where_each_leads_and_since_when(desk, post):
    services.update_post(post, by=None, expected_version=1, slug="times")
    page = desk.get(LIST).content.decode()
    assert "/tides/" in page
    assert reverse("admin:posts_post_change", args=[post.pk]) in page
    assert "Delete /tides/" in page


@pytest.mark.parametrize("query", ["/2019/", "2019", "https://example.org/2019/05"])
def test_addresses_are_found_by_how_they_begin(desk, post, query):
    services.create_alias(path="/2019/05/tides.html", post=post)
    services.create_alias(path="/2020/2019.html", post=post)
    page = desk.get(LIST, {"q": query}).content.decode()
    assert "/2019/05/tides.html" in page
    assert "/2020/2019.html" not in page


def test_the_list_costs_the_same_with_many(desk, post, make_post):
    services.create_alias(path="/old-1/", post=post)
    desk.get(LIST)
    content_state._forget()  # Whether a second has passed is not to be counted.
    with CaptureQueriesContext(connection) as few:
        desk.get(LIST)
    for number in range(2, 60):
        services.create_alias(path=f"/old-{number}/", post=make_post(f"Post {number}"))
    desk.get(LIST)
    content_state._forget()
    with CaptureQueriesContext(connection) as many:
        page = desk.get(LIST).content.decode()
    assert len(many) == len(few)
    assert not [query for query in many.captured_queries if "COUNT(" in query["sql"] or "OFFSET" in query["sql"]]
    assert "Next ›" in page


def test_an_author_neither_sees_nor_makes_any(alice, log_in, post):
    client = log_in(alice)
    assert client.get(LIST).status_code == 403
    assert client.post(ADD, {"path": "/old/", "post": post.pk}).status_code == 403


def test_none_is_changed(desk, post):
    alias = services.create_alias(path="/old/", post=post)
    url = reverse("admin:posts_postalias_change", args=[alias.pk])
    assert desk.post(url, {"path": "/other/", "post": post.pk}).status_code == 403
