"""The view to which the editor's JavaScript uploads images: its responses and errors."""

from __future__ import annotations

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.media import pictures, services
from apps.media.models import Image
from tests.media import files

URL = "/admin/media/image/upload/"


def send(client: Client, content: bytes | None = None, name: str = "cat.jpg", kind: str = "image/jpeg", **fields):
    return client.post(URL, {"file": SimpleUploadedFile(name, content or files.jpeg(), kind), **fields})


def error_detail(response, status: int) -> str:
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    document = json.loads(response.content)
    assert list(document) == ["detail"]
    assert document["detail"].endswith((".", "”"))
    assert not Image.objects.exists()
    return document["detail"]


def test_an_upload_creates_the_image_and_returns_its_markdown(log_in, alice):
    response = send(log_in(alice), files.jpeg(2000, 1000), alt="A [cat]")
    image = Image.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": image.pk,
        "url": f"/media/{image.digest}/1600.jpg",
        "markdown": f"![A \\[cat\\]](/media/{image.digest}/1600.jpg#cat)",
        "alt": "A [cat]",
        "credit": "",
        "focal_x": 0.5,
        "focal_y": 0.5,
        "thumbnail": f"/media/{image.digest}/480.webp",
        "is_editable": True,
        "width": 2000,
        "height": 1000,
    }
    assert image.uploaded_by == alice
    assert LogEntry.objects.get().user == alice


def test_uploading_the_same_file_again_returns_the_existing_image(log_in, alice, bob):
    first = send(log_in(alice), alt="A cat").json()
    assert send(log_in(bob), alt="Another").json() == first | {"is_editable": False}
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"<svg/>", 415, "no picture"),
        (files.png_with_declared_size(9000, 9000), 413, "million pixels"),
        (files.jpeg()[:5000], 400, "damaged or incomplete"),
    ],
)
def test_an_invalid_file_is_refused_with_the_reason(log_in, alice, content, status, words):
    assert words in error_detail(send(log_in(alice), content), status)


def test_a_description_that_is_too_long_is_refused(log_in, alice):
    assert "at most 500" in error_detail(send(log_in(alice), alt="x" * 501), 400)


def test_a_form_without_a_file_is_refused(log_in, alice):
    assert "file" in error_detail(log_in(alice).post(URL, {"alt": "A cat"}), 400)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_allowed(log_in, alice, method):
    assert error_detail(log_in(alice).generic(method, URL), 405)


def test_an_anonymous_upload_is_a_403_without_redirect(db):
    assert "Log in again" in error_detail(send(Client()), 403)


def test_an_upload_without_the_right_to_add_images_is_a_403(log_in, charlie):
    charlie.is_staff = True
    charlie.save()
    assert "may not add" in error_detail(send(log_in(charlie)), 403)


def test_an_upload_needs_a_csrf_token(log_in, alice):
    client = log_in(alice, enforce_csrf_checks=True)
    assert error_detail(send(client), 403)
    client.get("/admin/")
    token = {"X-CSRFToken": client.get("/admin/password_change/").cookies["csrftoken"].value}
    response = client.post(URL, {"file": SimpleUploadedFile("cat.jpg", files.jpeg(), "image/jpeg")}, headers=token)
    assert response.status_code == 201


@pytest.mark.parametrize(("error", "status", "after"), [(services.Busy, 429, "5"), (services.StorageFailed, 503, "10")])
def test_a_temporary_failure_has_its_status_and_retry_after(log_in, alice, monkeypatch, error, status, after):
    def fail(content, person):
        raise error

    monkeypatch.setattr(pictures, "process", fail)
    response = send(log_in(alice))
    assert "try again" in error_detail(response, status).lower()
    assert response["Retry-After"] == after
