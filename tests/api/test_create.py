"""POST creates an object and returns its URL."""

from datetime import UTC, datetime

import pytest

from apps.posts import services
from apps.posts.models import Author, Post


def test_creating_a_post_returns_the_whole_post_with_its_location_and_etag(alice_client):
    tag = services.create_tag(name="News")
    response = alice_client.post(
        "posts/", {"title": "Hello", "body": "It *works*.", "tags": ["news"], "status": "published"}
    )
    assert response.status_code == 201
    made, post = response.json(), Post.objects.get()
    assert response["Location"] == f"http://testserver/api/v1/posts/{post.pk}/"
    assert made["slug"] == "hello"
    assert made["url"] == "http://testserver/hello/"
    assert "<em>works</em>" in made["body_html"]
    assert (made["tags"], made["authors"], made["version"]) == ([tag.slug], ["alice-adams"], 1)
    assert post.is_public()
    again = alice_client.get(response["Location"])
    assert (again.json(), again["ETag"]) == (made, response["ETag"])


def test_a_new_post_is_a_draft_by_default(alice_client):
    assert alice_client.post("posts/", {"title": "Hello"}).json()["status"] == "draft"


def test_a_date_in_the_future_schedules_a_post(alice_client, client):
    made = alice_client.post(
        "posts/", {"title": "Soon", "status": "published", "published_at": "2990-01-01T00:00:00+02:00"}
    )
    assert made.json()["published_at"] == "2989-12-31T22:00:00Z"
    assert client.get(f"posts/{made.json()['id']}/").status_code == 404


def test_authors_keep_their_order(erika_client, alice, bob):
    made = erika_client.post("posts/", {"title": "Two", "authors": ["bob-brown", "alice-adams", "bob-brown"]}).json()
    assert made["authors"] == ["bob-brown", "alice-adams"]
    assert erika_client.get(f"posts/{made['id']}/").json()["authors"] == ["bob-brown", "alice-adams"]


def test_indented_code_at_the_start_of_a_body_is_kept(alice_client):
    made = alice_client.post("posts/", {"title": "Code", "body": "    x = 1\n"}).json()
    assert made["body"] == "    x = 1\n"


@pytest.mark.parametrize(
    ("fields", "pointer", "words"),
    [
        ({}, "/title", "required"),
        ({"title": "x" * 201}, "/title", "200"),
        ({"title": "a\nb"}, "/title", "one line"),
        ({"title": "a\x0bb"}, "/title", "U+000B"),
        ({"title": "a\x00b"}, "/title", "Null"),
        ({"title": "\ud800"}, "/title", "Surrogate"),
        ({"title": "x", "slug": "Not a slug"}, "/slug", "a-z"),
        ({"title": "x", "slug": "admin"}, "/slug", "needs itself"),
        ({"title": "x", "tags": ["news", "nope"]}, "/tags/1", "“nope”"),
        ({"title": "x", "tags": "news"}, "/tags", "list"),
        ({"title": "x", "authors": ["bob-brown"]}, "/authors", "“alice-adams”"),
        ({"title": "x", "status": "live"}, "/status", "live"),
        ({"title": "x", "published_at": "soon"}, "/published_at", "2026-01-31T12:00:00Z"),
        ({"title": "x", "published_at": "0001-01-01T00:00:00+14:00"}, "/published_at", ""),
        ({"title": "x", "published_at": "0001-01-01T00:00:00Z"}, "/published_at", "1000"),
        ({"title": "x", "canonical_url": "javascript:alert(1)"}, "/canonical_url", "URL"),
        ({"title": "x", "body": "x" * 1_000_001}, "/body", "1,000,000"),
        ({"title": "x", "trashed": True}, "/trashed", "DELETE"),
        ({"title": "x", "contents": "y"}, "/contents", "body"),
        ({"title": "x", "a/b~c": "y"}, "/a~1b~0c", "no such field"),
    ],
)
def test_an_invalid_field_is_named_in_the_error_and_nothing_is_written(alice_client, bob, fields, pointer, words):
    services.create_tag(name="News")
    response = alice_client.post("posts/", fields)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    (error,) = response.json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]
    assert not Post.objects.exists()


def test_a_given_slug_in_use_is_refused_but_a_generated_one_gets_a_suffix(alice_client, make_post):
    make_post("Hello")
    assert alice_client.post("posts/", {"title": "Hello"}).json()["slug"] == "hello-2"
    response = alice_client.post("posts/", {"title": "Hello", "slug": "hello"})
    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"pointer": "/slug", "detail": "This slug is taken. Choose another, or leave it empty."}
    ]


def test_a_user_without_an_author_gets_an_error_that_explains_it(client, alice):
    Author.objects.all().delete()
    response = client.as_(alice).post("posts/", {"title": "x"})
    assert response.status_code == 400
    assert "No author is tied" in response.json()["errors"][0]["detail"]


def test_an_import_can_set_the_date(erika_client):
    made = erika_client.post(
        "posts/", {"title": "Old", "status": "published", "published_at": "1999-12-31T23:59:59Z"}
    ).json()
    assert Post.objects.get(pk=made["id"]).published_at == datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)
