"""Images in the API: sent as a form, described as JSON, deleted where nothing shows them, and seen by those who write."""

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
    """Send a form with a file."""

    def send(api, content: bytes | None = None, **fields):
        file = SimpleUploadedFile("cat.jpg", files.jpeg(600, 400) if content is None else content, "image/jpeg")
        body = encode_multipart(BOUNDARY, {"file": file, **fields})
        return api.send("POST", "images/", raw=body, Content_Type=MULTIPART_CONTENT)

    return send


@pytest.fixture
def bobs(client, bob):
    return client.as_(bob)


def test_an_image_is_sent_as_a_form_and_answered_with_its_files(send, alices, alice, settings):
    response = send(alices, alt="A cat", credit="Alice", focal_x="0.25")
    image = Image.objects.get()
    assert response.status_code == 201
    assert response["Location"].endswith(f"/api/v1/images/{image.pk}/")
    answered = response.json()
    assert (answered["alt"], answered["credit"], answered["focal_x"], answered["focal_y"]) == (
        "A cat",
        "Alice",
        0.25,
        0.5,
    )
    assert (answered["name"], answered["kind"], answered["width"], answered["height"]) == ("cat.jpg", "jpeg", 600, 400)
    assert answered["address"] == f"/media/{image.digest}/600.jpg"
    assert answered["markdown"] == f"![A cat](/media/{image.digest}/600.jpg)"
    assert {(one["type"], one["width"]) for one in answered["renditions"]} == {
        ("image/avif", 480),
        ("image/webp", 480),
        ("image/avif", 600),
        ("image/webp", 600),
        ("image/jpeg", 600),
    }
    for rendition in answered["renditions"]:
        assert rendition["address"].startswith(settings.SITE_URL)
        assert Client().get(rendition["address"].removeprefix(settings.SITE_URL)).status_code == 200
    assert image.uploaded_by == alice
    assert alices.get(f"images/{image.pk}/").json() == answered


def test_the_same_file_again_is_the_image_that_is_here(send, alices, bobs):
    assert send(bobs, alt="Other").json()["id"] == send(alices).json()["id"]
    assert Image.objects.get().alt == "Other"


def test_a_bad_file_is_a_fault_of_that_field(send, alices):
    for content, words in [(b"<svg/>", "no picture"), (b"", "empty"), (files.jpeg()[:999], "damaged")]:
        response = send(alices, content)
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
def test_a_wrong_field_is_refused_by_its_name(send, alices, field, value):
    response = send(alices, **{field: value})
    if field == "width":
        # It says what the file is, and is not read.
        assert response.json()["width"] == 600
        return
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == f"/{field}"
    assert not Image.objects.exists()


def test_what_is_no_form_is_refused_with_what_would_be_one(alices):
    response = alices.post("images/", {"alt": "A cat"})
    assert (response.status_code, response["Accept"]) == (415, "multipart/form-data")
    assert "multipart/form-data" in response.json()["detail"]


def test_a_description_is_changed_as_json_and_from_the_version_that_was_read(upload, alices, alice):
    image = upload(by=alice)
    etag = alices.get(f"images/{image.pk}/")["ETag"]
    assert alices.patch(f"images/{image.pk}/", {"alt": "A cat"}).status_code == 428
    changed = alices.patch(f"images/{image.pk}/", {"alt": "A cat", "focal_y": 0.1}, If_Match=etag)
    assert (changed.status_code, changed.json()["alt"], changed.json()["version"]) == (200, "A cat", 2)
    assert alices.patch(f"images/{image.pk}/", {"alt": "A dog"}, If_Match=etag).status_code == 412
    replaced = alices.put(f"images/{image.pk}/", {"credit": "Alice"}, If_Match=changed["ETag"]).json()
    assert (replaced["alt"], replaced["credit"], replaced["focal_y"]) == ("", "Alice", 0.5)
    assert alices.get(f"images/{image.pk}/", If_None_Match=alices.get(f"images/{image.pk}/")["ETag"]).status_code == 304


def test_what_a_post_shows_is_not_deleted_and_the_answer_says_where(upload, erikas, make_post):
    image = upload()
    post = make_post("The cat of the house", body=f"![]({image.address})")
    response = erikas.delete(f"images/{image.pk}/", If_Match="*")
    assert response.status_code == 409
    assert "The cat of the house" in response.json()["detail"]
    assert erikas.patch(f"posts/{post.pk}/", {"body": "Nothing"}, If_Match="*").status_code == 200
    assert erikas.delete(f"images/{image.pk}/", If_Match="*").status_code == 204
    assert not Image.objects.exists()


def test_an_author_changes_and_deletes_what_they_uploaded_and_an_editor_any(upload, alice, alices, bobs, erikas):
    image = upload(by=alice)
    path = f"images/{image.pk}/"
    assert bobs.get(path).status_code == 200
    assert bobs.patch(path, {"alt": "Bob's"}, If_Match="*").status_code == 403
    assert bobs.delete(path, If_Match="*").status_code == 403
    assert erikas.patch(path, {"alt": "Erika's"}, If_Match="*").status_code == 200
    assert alices.delete(path, If_Match="*").status_code == 204


def test_images_are_seen_by_those_who_write_alone(upload, client, charlie, send):
    path = f"images/{upload().pk}/"
    charlies = client.as_(charlie)
    for asked in ("images/", path):
        assert client.get(asked).status_code == 401
        assert charlies.get(asked).status_code == 403
    assert client.send("OPTIONS", "images/").status_code == 200
    assert send(client).status_code == 401
    assert send(charlies).status_code == 403


def test_the_list_has_the_newest_first_and_finds_what_is_unused(upload, alices, make_post):
    first, second, third = (upload(files.jpeg(side, 20)) for side in (30, 31, 32))
    make_post(cover_image=second)
    ids = [row["id"] for row in alices.get("images/?page_size=2").json()["results"]]
    assert ids == [third.pk, second.pk]
    assert [row["id"] for row in alices.get("images/?use=none").json()["results"]] == [third.pk, first.pk]
    problem = alices.get("images/?nonsense=1").json()["errors"][0]["detail"]
    assert "use" in problem


def test_a_list_costs_the_same_however_long_it_is(upload, alices, django_assert_num_queries):
    upload(files.jpeg(30, 20))
    alices.get("images/")  # The token notes when it was last used.
    with CaptureQueriesContext(connection) as one:
        alices.get("images/")
    for side in range(31, 36):
        upload(files.jpeg(side, 20))
    with django_assert_num_queries(len(one)):
        alices.get("images/")


@pytest.mark.parametrize("error", [services.Busy, services.NotStored])
def test_what_may_go_well_later_says_when_to_try_again(send, alices, monkeypatch, error):
    def fail(content):
        raise error

    monkeypatch.setattr(pictures, "process", fail)
    response = send(alices)
    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")
    assert "Try again" in json.loads(response.content)["detail"]
    assert int(response["Retry-After"]) > 0


def test_a_post_names_its_cover_by_its_id(upload, alices, settings):
    image = upload()
    made = alices.post("posts/", {"title": "A post", "status": "published", "cover_image": image.pk}).json()
    assert (made["cover_image"], made["cover_image_address"]) == (image.pk, settings.SITE_URL + image.address)
    assert Post.objects.get().cover_image == image
    assert alices.patch(f"posts/{made['id']}/", {"cover_image": 10**6}, If_Match="*").status_code == 400
    assert (
        alices.patch(f"posts/{made['id']}/", {"cover_image": None}, If_Match="*").json()["cover_image_address"] is None
    )
