"""An author who gets another slug: the former addresses of their page and feeds redirect, and filters accept it."""

import pytest
from django.db import connection

from apps.posts import links, services
from apps.posts.models import Author, AuthorAlias
from blog_project import addresses
from tests.frontend.reading import titles


def rename(author: Author, **fields) -> Author:
    return services.update_author(author, expected_version=author.version, **fields)


@pytest.fixture
def ann(make_post) -> Author:
    author = services.create_author(name="Ann")
    make_post("By Ann", authors=[author])
    return author


@pytest.fixture
def ben(make_post) -> Author:
    author = services.create_author(name="Ben")
    make_post("By Ben", authors=[author])
    return author


def test_the_page_and_feeds_redirect_permanently(ann, client):
    rename(ann, name="Anna", slug="anna")
    for path in ("", *(f"feed.{kind}" for kind in addresses.FEED_KINDS)):
        response = client.get(f"/authors/ann/{path}")
        assert (response.status_code, response["Location"]) == (301, f"/authors/anna/{path}")
    assert client.get("/authors/ann/?before=x")["Location"] == "/authors/anna/?before=x"
    assert client.get("/authors/anna/").status_code == 200


@pytest.mark.django_db(transaction=connection.vendor == "mysql")  # The full-text index has only committed rows.
def test_the_filters_of_the_api_and_of_the_search_accept_a_former_slug(ann, ben, client):
    rename(ann, slug="anna")
    for slug in ("ann", "anna"):
        found = client.get("/api/v1/posts/", {"author": slug}).json()["results"]
        assert [post["title"] for post in found] == ["By Ann"]
        assert titles(client.get("/search/", {"q": "By", "author": slug})) == ["By Ann"]


def test_through_the_api_a_former_slug_becomes_an_alias(ann, client, erika, token_for):
    headers = {"Authorization": f"Bearer {token_for(erika)}", "If-Match": "*"}
    path = addresses.api("authors", ann.pk)
    assert client.patch(path, {"slug": "anna"}, "application/json", headers=headers).status_code == 200
    assert client.get("/authors/ann/")["Location"] == "/authors/anna/"


def test_an_author_who_gets_the_old_slug_back_does_not_redirect_to_themselves(ann, client):
    rename(ann, slug="anna")
    rename(ann, slug="ann")
    assert client.get("/authors/ann/").status_code == 200
    assert client.get("/authors/anna/")["Location"] == "/authors/ann/"


def test_a_change_of_only_the_name_creates_no_alias(ann):
    rename(ann, name="Anna")
    assert not AuthorAlias.objects.exists()


def test_a_former_slug_belongs_to_the_author_who_took_it_last(ann, ben, client):
    rename(ann, slug="anna")
    rename(ben, slug="ann")
    assert "Ben" in client.get("/authors/ann/").content.decode()
    assert [post["title"] for post in client.get("/api/v1/posts/?author=ann").json()["results"]] == ["By Ben"]
    rename(ben, slug="benno")
    assert client.get("/authors/ann/")["Location"] == "/authors/benno/"
    assert client.get("/authors/ben/")["Location"] == "/authors/benno/"


def test_a_slug_made_from_a_name_is_not_a_former_slug_of_another_author(ann):
    rename(ann, slug="anna")
    assert services.create_author(name="Ann").slug == "ann-2"


def test_former_addresses_of_a_deleted_author_are_404(client, db):
    nobody = services.create_author(name="Nobody")
    rename(nobody, slug="no-one")
    services.delete_author(nobody)
    assert client.get("/authors/nobody/").status_code == 404


def test_a_link_to_a_former_address_is_reported_as_moved(ann):
    rename(ann, slug="anna")
    found = links.find_broken_links(
        {1: ("/own/", '<p><a href="/authors/ann/">x</a> <a href="/authors/anna/">y</a></p>')}, user=None
    )
    assert [(link.href, link.problem, link.better) for link in found[1]] == [
        ("/authors/ann/", "moved", "/authors/anna/")
    ]
