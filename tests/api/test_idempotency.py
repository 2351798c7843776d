"""Idempotency-Key: a repeated POST is carried out once and gets the same response."""

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


def is_same(first, second) -> bool:
    headers = ("Location", "ETag", "Content-Type", "Preference-Applied")
    return (first.status_code, first.content, *map(first.headers.get, headers)) == (
        second.status_code,
        second.content,
        *map(second.headers.get, headers),
    )


def test_a_repeated_request_gets_the_same_response(alice_client):
    first = alice_client.post("posts/", POST, Idempotency_Key=KEY)
    assert first.status_code == 201
    assert first.json()["body"] == POST["body"]
    assert alice_client.get(first["Location"])["ETag"] == first["ETag"]
    assert is_same(alice_client.post("posts/", POST, Idempotency_Key=KEY), first)
    assert Post.objects.count() == 1
    assert Post.history.count() == 1


def test_a_repeated_request_gets_the_first_response_even_after_the_post_has_changed(alice_client):
    first = alice_client.post("posts/", POST, Idempotency_Key=KEY)
    alice_client.patch(first["Location"], {"title": "Changed"}, If_Match=first["ETag"])
    again = alice_client.post("posts/", POST, Idempotency_Key=KEY)
    assert is_same(again, first)
    assert alice_client.patch(first["Location"], {"title": "Lost"}, If_Match=again["ETag"]).status_code == 412


def test_without_a_key_a_repeated_request_creates_another_post(alice_client):
    assert alice_client.post("posts/", POST).json()["slug"] == "once"
    assert alice_client.post("posts/", POST).json()["slug"] == "once-2"
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    ("path", "body"),
    [("posts/", POST | {"title": "Another"}), ("posts/", {"body": "Only *once*.", "title": "Once"}), ("tags/", POST)],
)
def test_another_request_with_the_same_key_is_refused_and_writes_nothing(erika_client, path, body):
    erika_client.post("posts/", POST, Idempotency_Key=KEY)
    response = erika_client.post(path, body, Idempotency_Key=KEY)
    assert response.status_code == 422
    assert response.json()["type"] == "/api/docs/problems/#key-reused"
    assert "new one" in response.json()["detail"]
    assert (Post.objects.count(), Tag.objects.count()) == (1, 0)


def test_two_users_can_use_the_same_key(alice_client, erika_client):
    first, second = (one.post("posts/", POST, Idempotency_Key=KEY) for one in (alice_client, erika_client))
    assert (first.json()["slug"], second.json()["slug"]) == ("once", "once-2")


def test_a_refused_request_can_be_corrected_with_the_same_key(erika_client):
    assert erika_client.post("posts/", {"title": ""}, Idempotency_Key=KEY).status_code == 400
    assert erika_client.post("posts/", {"title": "x", "tags": ["later"]}, Idempotency_Key=KEY).status_code == 400
    erika_client.post("tags/", {"name": "Later"})
    assert erika_client.post("posts/", {"title": "x", "tags": ["later"]}, Idempotency_Key=KEY).status_code == 201
    assert Post.objects.count() == 1


@pytest.mark.parametrize(
    "given", ["abc", "A-9.z_~", "k" * 255, '"a b"', '"' + "k" * 255 + '"', r'"a\"b\\"', "0", "a/b+c="]
)
def test_a_key_is_accepted_with_and_without_quotation_marks(alice_client, given):
    first = alice_client.post("posts/", POST, Idempotency_Key=given)
    assert first.status_code == 201
    assert is_same(alice_client.post("posts/", POST, Idempotency_Key=given), first)
    bare = given.strip('"')
    if " " not in bare and "\\" not in bare:
        assert is_same(alice_client.post("posts/", POST, Idempotency_Key=f'"{bare}"'), first)
    assert Post.objects.count() == 1


@pytest.mark.parametrize(
    "given", ["", '""', "k" * 256, '"' + "k" * 256 + '"', '"abc', "a b", "a,b", "ä", '"ä"', '"a";b=1', "a\\b"]
)
def test_an_invalid_key_is_a_bad_request(alice_client, given):
    response = alice_client.post("posts/", POST, Idempotency_Key=given)
    assert response.status_code == 400
    assert "255" in response.json()["detail"]
    assert not Post.objects.exists()


def test_permissions_are_checked_before_a_stored_response_is_returned(client, alice, alice_client):
    alice_client.post("posts/", POST, Idempotency_Key=KEY)
    assert client.post("posts/", POST, Idempotency_Key=KEY).status_code == 401
    assert client.as_(alice, "read").post("posts/", POST, Idempotency_Key=KEY).status_code == 403


def test_an_expired_key_can_be_used_again(alice_client):
    alice_client.post("posts/", POST, Idempotency_Key=KEY)
    IdempotencyKey.objects.update(created_at=timezone.now() - models.KEY_LIFETIME + timedelta(minutes=1))
    assert alice_client.post("posts/", POST, Idempotency_Key=KEY).json()["slug"] == "once"
    IdempotencyKey.objects.update(created_at=timezone.now() - models.KEY_LIFETIME)
    other = alice_client.post("posts/", POST | {"summary": "Later"}, Idempotency_Key=KEY)
    assert (other.status_code, other.json()["slug"]) == (201, "once-2")
    assert is_same(alice_client.post("posts/", POST | {"summary": "Later"}, Idempotency_Key=KEY), other)


def test_expired_keys_are_cleared_in_batches(alice_client, monkeypatch):
    monkeypatch.setattr(models, "CLEAR_BATCH_SIZE", 2)
    for number in range(6):
        alice_client.post("posts/", POST, Idempotency_Key=f"key-{number}")
    young = IdempotencyKey.objects.order_by("pk").last()
    IdempotencyKey.objects.exclude(pk=young.pk).update(created_at=timezone.now() - models.KEY_LIFETIME)
    out = StringIO()
    call_command("clear_idempotency_keys", stdout=out)
    assert out.getvalue().strip() == "5 keys deleted"
    assert IdempotencyKey.objects.get() == young


def test_tags_and_authors_are_created_once_too(erika_client):
    for path in ("tags/", "authors/"):
        first = erika_client.post(path, {"name": "Once"}, Idempotency_Key=path)
        assert first.status_code == 201
        assert is_same(erika_client.post(path, {"name": "Once"}, Idempotency_Key=path), first)


def upload(client, key: str, content: bytes, name: str = "a.jpg"):
    """Send a form with a new boundary each time, as many clients do."""
    form = {"alt": "A picture", "file": SimpleUploadedFile(name, content, "image/jpeg")}
    headers = {"Authorization": f"Bearer {client.token}", "Idempotency-Key": key}
    boundary = f"boundary-{timezone.now().timestamp()}"
    return Client().post(
        "/api/v1/images/",
        encode_multipart(boundary, form),
        content_type=f"multipart/form-data; boundary={boundary}",
        headers=headers,
    )


def test_uploads_are_compared_by_their_fields_and_an_image_is_stored_once(alice_client, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    content = jpeg(70, 50)
    first = upload(alice_client, "image", content)
    assert first.status_code == 201
    assert is_same(upload(alice_client, "image", content), first)
    assert upload(alice_client, "image", jpeg(71, 50)).status_code == 422
    assert upload(alice_client, "image", content, "b.jpg").status_code == 422
    # Uploading an existing image returns it, and this response is stored too.
    existing = upload(alice_client, "another", content)
    assert existing.json()["id"] == first.json()["id"]
    assert is_same(upload(alice_client, "another", content), existing)
    assert Image.objects.count() == 1


def test_keys_of_comments_belong_to_the_address_of_the_reader(client, make_post, settings):
    settings.TRUSTED_PROXIES = 1
    comment = {"post": make_post().pk, "name": "Rita", "body": "Hello."}
    first = client.post("comments/", comment, Idempotency_Key="c", X_Forwarded_For="192.0.2.1")
    assert first.status_code == 201
    assert is_same(client.post("comments/", comment, Idempotency_Key="c", X_Forwarded_For="192.0.2.1"), first)
    assert client.post("comments/", comment, Idempotency_Key="c", X_Forwarded_For="192.0.2.2").status_code == 201
    assert Comment.objects.count() == 2


def test_deleting_a_user_deletes_their_keys(alice_client, alice):
    alice_client.post("posts/", POST, Idempotency_Key=KEY)
    alice.delete()
    assert not IdempotencyKey.objects.exists()


def test_the_key_itself_is_not_stored(alice_client):
    alice_client.post("posts/", POST, Idempotency_Key="secret-key")
    stored = IdempotencyKey.objects.get()
    assert "secret" not in stored.digest + stored.fingerprint
