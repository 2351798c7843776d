"""Aliases in the admin: listing, adding and deleting old addresses that redirect to posts."""

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
        (" https://old.example.org/2019/tides/?ref=1#top ", "/2019/tides/"),
        ("/caf%C3%A9/", "/café/"),
    ],
)
def test_an_added_alias_redirects_readers_to_the_post(desk, post, given, path):
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
def test_an_invalid_or_conflicting_address_is_refused_with_a_reason(desk, post, make_post, given, sentence):
    other = make_post("Other")
    services.create_alias(path="/taken/", post=other)
    response = desk.post(ADD, {"path": given, "post": post.pk})
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert PostAlias.objects.count() == 1


def test_an_alias_is_deleted_after_a_warning(desk, post):
    alias = services.create_alias(path="/old/", post=post)
    url = reverse("admin:posts_postalias_delete", args=[alias.pk])
    assert "is told that there is nothing" in desk.get(url).content.decode()
    desk.post(url, {"post": "yes"})
    assert Client().get("/old/").status_code == 404


def test_adding_and_deleting_an_alias_changes_the_generation_of_the_content(post):
    before = content_state.fetch().generation
    alias = services.create_alias(path="/old/", post=post)
    services.delete_alias(alias)
    assert content_state.fetch().generation == before + 2


def test_the_list_links_each_alias_to_its_post(desk, post):
    services.update_post(post, by=None, expected_version=1, slug="times")
    page = desk.get(LIST).content.decode()
    assert "/tides/" in page
    assert reverse("admin:posts_post_change", args=[post.pk]) in page
    assert "Delete /tides/" in page


@pytest.mark.parametrize("query", ["/2019/", "2019", "https://example.org/2019/05"])
def test_the_search_finds_addresses_by_their_beginning(desk, post, query):
    services.create_alias(path="/2019/05/tides.html", post=post)
    services.create_alias(path="/2020/2019.html", post=post)
    page = desk.get(LIST, {"q": query}).content.decode()
    assert "/2019/05/tides.html" in page
    assert "/2020/2019.html" not in page


def test_the_list_takes_the_same_number_of_queries_with_many_aliases(desk, post, make_post):
    services.create_alias(path="/old-1/", post=post)
    desk.get(LIST)
    content_state.invalidate()  # So that both requests query the state of the content.
    with CaptureQueriesContext(connection) as few:
        desk.get(LIST)
    for number in range(2, 60):
        services.create_alias(path=f"/old-{number}/", post=make_post(f"Post {number}"))
    desk.get(LIST)
    content_state.invalidate()
    with CaptureQueriesContext(connection) as many:
        page = desk.get(LIST).content.decode()
    assert len(many) == len(few)
    assert not [query for query in many.captured_queries if "COUNT(" in query["sql"] or "OFFSET" in query["sql"]]
    assert "Next ›" in page


def test_an_author_can_neither_list_nor_add_aliases(alice, log_in, post):
    client = log_in(alice)
    assert client.get(LIST).status_code == 403
    assert client.post(ADD, {"path": "/old/", "post": post.pk}).status_code == 403


def test_an_alias_cannot_be_changed(desk, post):
    alias = services.create_alias(path="/old/", post=post)
    url = reverse("admin:posts_postalias_change", args=[alias.pk])
    assert desk.post(url, {"path": "/other/", "post": post.pk}).status_code == 403
