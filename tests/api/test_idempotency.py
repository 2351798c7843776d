"""Idempotency-Key: a POST that is sent again is carried out once, and answered as the first time."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.test.client import encode_multipart
from django.utils import timezone

from apps.api import models
from apps.api.models import IdempotencyKey
from apps.comments.models import Comment
from apps.media.models import Image
from apps.posts.models import Post, Tag
from tests.media.files import jpeg

KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'
POST = {"title": "Once", "body": "Only *once*."}


def same(first, second) -> bool:
    named = ("Location", "ETag", "Content-Type", "Preference-Applied")
    return (first.status_code, first.content, *map(first.headers.get, named)) == (
        second.status_code,
        second.content,
        *map(second.headers.get, named),
    )


def test_the_same_request_again_is_answered_as_the_first_time(alices):
    first = alices.post("posts/", POST, Idempotency_Key=KEY)
    assert first.status_code == 201
    assert first.json()["body"] == POST["body"]
    assert alices.get(first["Location"])["ETag"] == first["ETag"]
    assert same(alices.post("posts/", POST, Idempotency_Key=KEY), first)
    assert Post.objects.count() == 1
    assert Post.history.count() == 1


def test_the_first_answer_is_given_again_even_where_the_post_is_another_by_now(alices):
    first = alices.post("posts/", POST, Idempotency_Key=KEY)
    alices.patch(first["Location"], {"title": "Changed"}, If_Match=first["ETag"])
    again = alices.post("posts/", POST, Idempotency_Key=KEY)
    assert same(again, first)
    assert alices.patch(first["Location"], {"title": "Lost"}, If_Match=again["ETag"]).status_code == 412


def test_without_a_key_the_same_request_again_is_another_one(alices):
    assert alices.post("posts/", POST).json()["slug"] == "once"
    assert alices.post("posts/", POST).json()["slug"] == "once-2"
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    ("path", "body"),
    [("posts/", POST | {"title": "Another"}), ("posts/", {"body": "Only *once*.", "title": "Once"}), ("tags/", POST)],
)
def test_another_request_with_the_same_key_is_refused_and_writes_nothing(erikas, path, body):
    erikas.post("posts/", POST, Idempotency_Key=KEY)
    response = erikas.post(path, body, Idempotency_Key=KEY)
    assert response.status_code == 422
    assert response.json()["type"] == "/api/docs/problems/#key-reused"
    assert "new one" in response.json()["detail"]
    assert (Post.objects.count(), Tag.objects.count()) == (1, 0)


def test_two_users_can_use_one_key(alices, erikas):
    first, second = (one.post("posts/", POST, Idempotency_Key=KEY) for one in (alices, erikas))
    assert (first.json()["slug"], second.json()["slug"]) == ("once", "once-2")


def test_a_request_that_was_refused_can_be_put_right_with_the_same_key(erikas):
    assert erikas.post("posts/", {"title": ""}, Idempotency_Key=KEY).status_code == 400
    assert erikas.post("posts/", {"title": "x", "tags": ["later"]}, Idempotency_Key=KEY).status_code == 400
    erikas.post("tags/", {"name": "Later"})
    assert erikas.post("posts/", {"title": "x", "tags": ["later"]}, Idempotency_Key=KEY).status_code == 201
    assert Post.objects.count() == 1


@pytest.mark.parametrize(
    "given", ["abc", "A-9.z_~", "k" * 255, '"a b"', '"' + "k" * 255 + '"', r'"a\"b\\"', "0", "a/b+c="]
)
def test_a_key_is_taken_with_quotation_marks_and_without(alices, given):
    first = alices.post("posts/", POST, Idempotency_Key=given)
    assert first.status_code == 201
    assert same(alices.post("posts/", POST, Idempotency_Key=given), first)
    bare = given.strip('"')
    if " " not in bare and "\\" not in bare:
        assert same(alices.post("posts/", POST, Idempotency_Key=f'"{bare}"'), first)
    assert Post.objects.count() == 1


@pytest.mark.parametrize(
    "given", ["", '""', "k" * 256, '"' + "k" * 256 + '"', '"abc', "a b", "a,b", "ä", '"ä"', '"a";b=1', "a\\b"]
)
def test_what_is_no_key_is_a_bad_request(alices, given):
    response = alices.post("posts/", POST, Idempotency_Key=given)
    assert response.status_code == 400
    assert "255" in response.json()["detail"]
    assert not Post.objects.exists()


def test_the_rights_come_first(client, alice, alices):
    alices.post("posts/", POST, Idempotency_Key=KEY)
    assert client.post("posts/", POST, Idempotency_Key=KEY).status_code == 401
    assert client.as_(alice, "read").post("posts/", POST, Idempotency_Key=KEY).status_code == 403


def test_after_a_day_a_key_is_new_again(alices):
    alices.post("posts/", POST, Idempotency_Key=KEY)
    IdempotencyKey.objects.update(created_at=timezone.now() - models.KEY_LIFETIME + timedelta(minutes=1))
    assert alices.post("posts/", POST, Idempotency_Key=KEY).json()["slug"] == "once"
    IdempotencyKey.objects.update(created_at=timezone.now() - models.KEY_LIFETIME)
    other = alices.post("posts/", POST | {"summary": "Later"}, Idempotency_Key=KEY)
    assert (other.status_code, other.json()["slug"]) == (201, "once-2")
    assert same(alices.post("posts/", POST | {"summary": "Later"}, Idempotency_Key=KEY), other)


def test_keys_that_are_over_are_cleared_some_at_a_time(alices, monkeypatch):
    monkeypatch.setattr(models, "CLEAR_BATCH_SIZE", 2)
    for number in range(6):
        alices.post("posts/", POST, Idempotency_Key=f"key-{number}")
    young = IdempotencyKey.objects.order_by("pk").last()
    IdempotencyKey.objects.exclude(pk=young.pk).update(created_at=timezone.now() - models.KEY_LIFETIME)
    out = StringIO()
    call_command("clear_idempotency_keys", stdout=out)
    assert out.getvalue().strip() == "5 keys deleted"
    assert IdempotencyKey.objects.get() == young


def test_tags_and_authors_are_made_once_too(erikas):
    for path in ("tags/", "authors/"):
        first = erikas.post(path, {"name": "Once"}, Idempotency_Key=path)
        assert first.status_code == 201
        assert same(erikas.post(path, {"name": "Once"}, Idempotency_Key=path), first)


def upload(client, key: str, content: bytes, name: str = "a.jpg"):
    """Send a form, which has another boundary each time as those of many clients do."""
    form = {"alt": "A picture", "file": SimpleUploadedFile(name, content, "image/jpeg")}
    headers = {"Authorization": f"Bearer {client.token}", "Idempotency-Key": key}
    boundary = f"boundary-{timezone.now().timestamp()}"
    return Client().post(
        "/api/v1/images/",
        encode_multipart(boundary, form),
        content_type=f"multipart/form-data; boundary={boundary}",
        headers=headers,
    )


def test_an_image_is_kept_once_and_a_form_counts_by_what_is_in_it(alices, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    content = jpeg(70, 50)
    first = upload(alices, "image", content)
    assert first.status_code == 201
    assert same(upload(alices, "image", content), first)
    assert upload(alices, "image", jpeg(71, 50)).status_code == 422
    assert upload(alices, "image", content, "b.jpg").status_code == 422
    # One that is here already is answered as it is, and that answer is kept.
    known = upload(alices, "another", content)
    assert known.json()["id"] == first.json()["id"]
    assert same(upload(alices, "another", content), known)
    assert Image.objects.count() == 1


def test_a_readers_comment_is_written_once_and_another_readers_key_is_another(client, make_post, settings):
    settings.TRUSTED_PROXIES = 1
    comment = {"post": make_post().pk, "name": "Rita", "body": "Hello."}
    first = client.post("comments/", comment, Idempotency_Key="c", X_Forwarded_For="192.0.2.1")
    assert first.status_code == 201
    assert same(client.post("comments/", comment, Idempotency_Key="c", X_Forwarded_For="192.0.2.1"), first)
    assert client.post("comments/", comment, Idempotency_Key="c", X_Forwarded_For="192.0.2.2").status_code == 201
    assert Comment.objects.count() == 2


def test_keys_go_with_their_user(alices, alice):
    alices.post("posts/", POST, Idempotency_Key=KEY)
    alice.delete()
    assert not IdempotencyKey.objects.exists()


def test_the_key_itself_is_not_stored(alices):
    alices.post("posts/", POST, Idempotency_Key="secret-key")
    kept = IdempotencyKey.objects.get()
    assert "secret" not in kept.digest + kept.fingerprint
