"""304 responses: when the ETag changes, and which work a 304 saves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.api.serializers import ResourceSerializer
from apps.comments.models import Comment
from apps.comments.services import create_comment, update_comment
from apps.media.services import create_image
from apps.posts import services
from apps.posts.models import Author, Post, Tag
from tests.media.files import jpeg


@pytest.fixture
def tag(db) -> Tag:
    return services.create_tag(name="News")


@pytest.fixture
def post(make_post, tag, bob) -> Post:
    return make_post("Hello", tags=[tag], authors=[Author.objects.get(slug="bob-brown")])


def columns_read(queries: CaptureQueriesContext) -> str:
    """Return the SQL of the queries, without columns that are only hashed in the database."""
    return (
        " ".join(query["sql"] for query in queries)
        .replace('SHA256("posts_post"."body_html")', "")
        .replace("SHA2(`posts_post`.`body_html`, 256)", "")
    )


@pytest.mark.in_process("captures the queries of the server process")
def test_a_304_does_not_fetch_the_texts_of_a_post(client, post):
    path = f"posts/{post.pk}/"
    etag = client.get(path)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path, If_None_Match=etag).status_code == 304
    assert "body" not in columns_read(queries)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path, If_None_Match='"1-00000000"').json()["body"] == post.body
    assert "body" in columns_read(queries)


def test_a_304_does_not_serialize(client, post, monkeypatch):
    path = f"posts/{post.pk}/"
    etag, list_etag = client.get(path)["ETag"], client.get("posts/")["ETag"]
    monkeypatch.delattr(ResourceSerializer, "get_url")
    assert client.get(path, If_None_Match=etag).status_code == 304
    assert client.get("posts/", If_None_Match=list_etag).status_code == 304
    assert client.get(path).status_code == 500


def rename_the_tag(post):
    services.update_tag(post.tags.get(), expected_version=1, slug="latest")


def rename_the_author(post):
    services.update_author(post.authors.get(), expected_version=1, slug="robert-brown")


def rerender(post):
    Post.objects.filter(pk=post.pk).update(body_html="<p>The HTML of an older renderer.</p>")


def merge_the_tag(post):
    services.merge_tags(post.tags.get(), into=services.create_tag(name="Other"))


def change_the_title(post):
    services.update_post(post, by=None, expected_version=1, title="Changed")


def add_a_cover(post):
    services.update_post(
        post, by=None, expected_version=1, cover_image=create_image(by=None, file=ContentFile(jpeg(9, 9), "a"))
    )


@pytest.mark.parametrize(
    "change", [rename_the_tag, rename_the_author, merge_the_tag, change_the_title, rerender, add_a_cover]
)
@pytest.mark.parametrize("is_list", [False, True])
def test_every_change_of_the_representation_changes_the_etag(client, post, change, is_list, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    path = "posts/" if is_list else f"posts/{post.pk}/"
    before = client.get(path)
    change(post)
    after = client.get(path, If_None_Match=before["ETag"])
    # Lists do not show the HTML.
    assert after.status_code == (304 if is_list and change is rerender else 200)
    assert (client.get(path).content == before.content) == (after.status_code == 304)


@pytest.mark.parametrize("fields", ["body", "title,body", "body,body_html"])
def test_the_etag_of_a_list_with_texts_changes_with_a_text(client, post, fields):
    etag = client.get(f"posts/?fields={fields}")["ETag"]
    services.update_post(post, by=None, expected_version=1, body=f"{post.body}  ")
    assert client.get(f"posts/?fields={fields}", If_None_Match=etag).status_code == 200


def test_the_etag_of_a_list_changes_with_the_cursor_of_the_next_page(client, make_post):
    posts = [make_post(f"Post {day}", published_at=datetime(2026, 1, day, tzinfo=UTC)) for day in (4, 3, 2, 1)]
    path = "posts/?page_size=2&fields=title"
    etag = client.get(path)["ETag"]
    assert client.get(path, If_None_Match=etag).status_code == 304
    services.update_post(posts[1], by=None, expected_version=1, published_at=datetime(2026, 1, 3, 12, tzinfo=UTC))
    Post.objects.filter(pk=posts[1].pk).update(version=1)
    assert client.get(path, If_None_Match=etag).status_code == 200


@pytest.mark.parametrize("prefer", ["return=representation", "return=minimal"])
def test_a_write_returns_the_etag_of_the_next_read(erika_client, post, settings, tmp_path, prefer):
    settings.MEDIA_ROOT = str(tmp_path)
    add_a_cover(post)
    written = erika_client.patch(f"posts/{post.pk}/", {"summary": "New"}, If_Match="*", Prefer=prefer)
    assert written["ETag"] == erika_client.get(f"posts/{post.pk}/")["ETag"]


def test_creating_a_comment_returns_the_representation_of_the_next_read(erika_client, post):
    made = erika_client.post(
        "comments/", {"post": post.pk, "name": "Erika", "email": "erika@example.org", "body": "Hello."}
    )
    assert made.status_code == 201
    assert made.json() == erika_client.get(f"comments/{made.json()['id']}/").json()
    assert made["ETag"] == erika_client.get(f"comments/{made.json()['id']}/")["ETag"]


def test_a_304_has_no_content_type(client, post):
    etag = client.get(f"posts/{post.pk}/")["ETag"]
    assert "Content-Type" not in client.get(f"posts/{post.pk}/", If_None_Match=etag).headers


def test_the_etag_of_a_translation_changes_when_the_original_is_purged(erika_client, post, make_post):
    path = f"posts/{make_post('Hallo', language='de', translation_of=post).pk}/"
    etag = erika_client.get(path)["ETag"]
    services.trash_post(post, by=None, expected_version=1)
    services.purge_post(post, by=None)
    assert erika_client.get(path, If_None_Match=etag).status_code == 200


def test_the_etag_of_a_comment_changes_with_the_url_of_its_post(client, erika_client, post):
    comment = create_comment(by=None, post=post, body="Hello.", name="Rita")
    update_comment(comment, by=None, expected_version=1, status=Comment.Status.APPROVED)
    path = f"comments/{comment.pk}/"
    etag = client.get(path)["ETag"]
    assert client.get(path, If_None_Match=etag).status_code == 304
    assert erika_client.get(path)["ETag"] != etag, "the representation for moderators has more fields"
    services.update_post(post, by=None, expected_version=1, slug="elsewhere")
    assert client.get(path, If_None_Match=etag).status_code == 200


@pytest.mark.parametrize("path", ["posts/", "tags/", "authors/", "comments/", "posts/?tag=news", "images/"])
def test_every_list_has_an_etag_and_returns_304(erika_client, post, path):
    etag = erika_client.get(path)["ETag"]
    response = erika_client.get(path, If_None_Match=etag)
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
    assert "Authorization" in response["Vary"]
    assert response["Cache-Control"] == "no-store", "what a token may read is in no cache"


def test_the_etag_of_a_list_changes_when_a_next_page_appears(client, make_post):
    make_post("One")
    etag = client.get("posts/?page_size=1")["ETag"]
    make_post("Older", published_at=datetime(1999, 1, 1, tzinfo=UTC))
    assert client.get("posts/?page_size=1", If_None_Match=etag).status_code == 200


def test_the_etag_changes_with_the_release_and_the_site_url(client, post, settings):
    path = f"posts/{post.pk}/"
    etags = {client.get(path)["ETag"]}
    settings.RELEASE = "another"
    etags.add(client.get(path)["ETag"])
    settings.SITE_URL = "https://blog.example.org"
    etags.add(client.get(path)["ETag"])
    assert len(etags) == 3
    assert {etag.partition("-")[0] for etag in etags} == {'"1'}
