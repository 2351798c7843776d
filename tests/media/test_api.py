"""Images in the API: uploaded as a form, described as JSON, deleted if unused, and readable by writers only."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from apps.media import pictures, services
from apps.media.models import Image
from apps.posts.models import Post
from tests.media import files


@pytest.fixture
def send():
    """Return a function that uploads a file as a multipart form."""

    def send(api, content: bytes | None = None, **fields):
        file = SimpleUploadedFile("cat.jpg", files.jpeg(600, 400) if content is None else content, "image/jpeg")
        body = encode_multipart(BOUNDARY, {"file": file, **fields})
        return api.send("POST", "images/", raw=body, Content_Type=MULTIPART_CONTENT)

    return send


@pytest.fixture
def bobs(client, bob):
    return client.as_(bob)


def test_an_upload_returns_the_image_with_its_files(send, alice_client, alice, settings):
    response = send(alice_client, alt="A cat", credit="Alice", focal_x="0.25")
    image = Image.objects.get()
    assert response.status_code == 201
    assert response["Location"].endswith(f"/api/v1/images/{image.pk}/")
    document = response.json()
    assert (document["alt"], document["credit"], document["focal_x"], document["focal_y"]) == (
        "A cat",
        "Alice",
        0.25,
        0.5,
    )
    assert (document["name"], document["kind"], document["width"], document["height"]) == ("cat.jpg", "jpeg", 600, 400)
    assert document["address"] == f"{settings.SITE_URL}/media/{image.digest}/600.jpg"
    assert document["markdown"] == f"![A cat](/media/{image.digest}/600.jpg#cat)"
    assert {(rendition["type"], rendition["width"]) for rendition in document["renditions"]} == {
        ("image/avif", 480),
        ("image/webp", 480),
        ("image/avif", 600),
        ("image/webp", 600),
        ("image/jpeg", 600),
    }
    for rendition in document["renditions"]:
        assert rendition["address"].startswith(settings.SITE_URL)
        assert Client().get(rendition["address"].removeprefix(settings.SITE_URL)).status_code == 200
    assert image.uploaded_by == alice
    assert alice_client.get(f"images/{image.pk}/").json() == document


def test_uploading_the_same_file_again_returns_the_existing_image(send, alice_client, bobs):
    assert send(bobs, alt="Other").json()["id"] == send(alice_client).json()["id"]
    assert Image.objects.get().alt == "Other"


def test_an_invalid_file_is_an_error_of_its_field(send, alice_client):
    for content, words in [(b"<svg/>", "no picture"), (b"", "empty"), (files.jpeg()[:999], "damaged")]:
        response = send(alice_client, content)
        assert response.status_code == 400
        (error,) = response.json()["errors"]
        assert error["pointer"] == "/file"
        assert words in error["detail"]
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("focal_x", "2"),
        ("focal_y", "nan"),
        ("alt", "x" * 501),
        ("credit", "two\nlines"),
        ("colour", "red"),
        ("width", "9"),
    ],
)
def test_an_invalid_field_is_an_error_of_that_field(send, alice_client, field, value):
    response = send(alice_client, **{field: value})
    if field == "width":
        # It is a read-only field of the file, and is ignored.
        assert response.json()["width"] == 600
        return
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == f"/{field}"
    assert not Image.objects.exists()


def test_an_upload_as_json_is_a_415_that_names_the_media_type(alice_client):
    response = alice_client.post("images/", {"alt": "A cat"})
    assert (response.status_code, response["Accept"]) == (415, "multipart/form-data")
    assert "multipart/form-data" in response.json()["detail"]


def test_a_description_is_changed_as_json_with_the_etag_of_its_version(upload, alice_client, alice):
    image = upload(by=alice)
    etag = alice_client.get(f"images/{image.pk}/")["ETag"]
    assert alice_client.patch(f"images/{image.pk}/", {"alt": "A cat"}).status_code == 428
    changed = alice_client.patch(f"images/{image.pk}/", {"alt": "A cat", "focal_y": 0.1}, If_Match=etag)
    assert (changed.status_code, changed.json()["alt"], changed.json()["version"]) == (200, "A cat", 2)
    assert alice_client.patch(f"images/{image.pk}/", {"alt": "A dog"}, If_Match=etag).status_code == 412
    replaced = alice_client.put(f"images/{image.pk}/", {"credit": "Alice"}, If_Match=changed["ETag"]).json()
    assert (replaced["alt"], replaced["credit"], replaced["focal_y"]) == ("", "Alice", 0.5)
    assert (
        alice_client.get(
            f"images/{image.pk}/", If_None_Match=alice_client.get(f"images/{image.pk}/")["ETag"]
        ).status_code
        == 304
    )


def test_deleting_an_image_in_use_is_a_conflict_that_names_the_post(upload, erika_client, make_post):
    image = upload()
    post = make_post("The cat of the house", body=f"![]({image.address})")
    response = erika_client.delete(f"images/{image.pk}/", If_Match="*")
    assert response.status_code == 409
    assert "The cat of the house" in response.json()["detail"]
    assert erika_client.patch(f"posts/{post.pk}/", {"body": "Nothing"}, If_Match="*").status_code == 200
    assert erika_client.delete(f"images/{image.pk}/", If_Match="*").status_code == 204
    assert not Image.objects.exists()


def test_authors_may_change_only_their_own_uploads_and_editors_all(upload, alice, alice_client, bobs, erika_client):
    image = upload(by=alice)
    path = f"images/{image.pk}/"
    assert bobs.get(path).status_code == 200
    assert bobs.patch(path, {"alt": "Bob's"}, If_Match="*").status_code == 403
    assert bobs.delete(path, If_Match="*").status_code == 403
    assert erika_client.patch(path, {"alt": "Erika's"}, If_Match="*").status_code == 200
    assert alice_client.delete(path, If_Match="*").status_code == 204


def test_only_writers_may_read_images(upload, client, charlie, send):
    path = f"images/{upload().pk}/"
    charlies = client.as_(charlie)
    for url in ("images/", path):
        assert client.get(url).status_code == 401
        assert charlies.get(url).status_code == 403
    assert client.send("OPTIONS", "images/").status_code == 200
    assert send(client).status_code == 401
    assert send(charlies).status_code == 403


def test_the_list_has_the_newest_first_and_filters_unused_images(upload, alice_client, make_post):
    first, second, third = (upload(files.jpeg(side, 20)) for side in (30, 31, 32))
    make_post(cover_image=second)
    ids = [row["id"] for row in alice_client.get("images/?page_size=2").json()["results"]]
    assert ids == [third.pk, second.pk]
    assert [row["id"] for row in alice_client.get("images/?use=none").json()["results"]] == [third.pk, first.pk]
    problem = alice_client.get("images/?nonsense=1").json()["errors"][0]["detail"]
    assert "use" in problem


def test_a_list_costs_the_same_however_long_it_is(upload, alice_client, django_assert_num_queries):
    upload(files.jpeg(30, 20))
    alice_client.get("images/")  # The first request writes when the token was last used.
    with CaptureQueriesContext(connection) as queries:
        alice_client.get("images/")
    for side in range(31, 36):
        upload(files.jpeg(side, 20))
    with django_assert_num_queries(len(queries)):
        alice_client.get("images/")


@pytest.mark.parametrize(("error", "status"), [(services.Busy, 429), (services.StorageFailed, 503)])
def test_a_temporary_failure_has_its_status_and_retry_after(send, alice_client, monkeypatch, error, status):
    def fail(content, person):
        raise error

    monkeypatch.setattr(pictures, "process", fail)
    response = send(alice_client)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert "try again" in json.loads(response.content)["detail"].lower()
    assert int(response["Retry-After"]) > 0


def test_a_post_has_its_cover_by_id(upload, alice_client, settings):
    image = upload()
    post = alice_client.post("posts/", {"title": "A post", "status": "published", "cover_image": image.pk}).json()
    assert (post["cover_image"], post["cover_image_address"]) == (image.pk, settings.SITE_URL + image.address)
    assert Post.objects.get().cover_image == image
    assert alice_client.patch(f"posts/{post['id']}/", {"cover_image": 10**6}, If_Match="*").status_code == 400
    assert (
        alice_client.patch(f"posts/{post['id']}/", {"cover_image": None}, If_Match="*").json()["cover_image_address"]
        is None
    )
