"""The address that the editor sends images to: what it answers, and how it refuses."""

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


def refused(response, status: int) -> str:
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    document = json.loads(response.content)
    assert list(document) == ["detail"]
    assert document["detail"].endswith((".", "”"))
    assert not Image.objects.exists()
    return document["detail"]


def test_an_image_is_kept_and_what_shows_it_is_answered(log_in, alice):
    response = send(log_in(alice), files.jpeg(2000, 1000), alt="A [cat]")
    image = Image.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": image.pk,
        "url": f"/media/{image.digest}/1600.jpg",
        "markdown": f"![A \\[cat\\]](/media/{image.digest}/1600.jpg)",
        "alt": "A [cat]",
        "width": 2000,
        "height": 1000,
    }
    assert image.uploaded_by == alice
    assert LogEntry.objects.get().user == alice


def test_the_same_file_again_is_the_image_that_is_here(log_in, alice, bob):
    first = send(log_in(alice), alt="A cat").json()
    assert send(log_in(bob), alt="Another").json() == first
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"<svg/>", 415, "no picture"),
        (files.png_head(9000, 9000), 413, "million pixels"),
        (files.jpeg()[:5000], 400, "damaged or incomplete"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(log_in, alice, content, status, words):
    assert words in refused(send(log_in(alice), content), status)


def test_a_description_that_is_too_long_is_refused(log_in, alice):
    assert "at most 500" in refused(send(log_in(alice), alt="x" * 501), 400)


def test_a_form_without_a_file_is_refused(log_in, alice):
    assert "file" in refused(log_in(alice).post(URL, {"alt": "A cat"}), 400)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_it_is_sent_by_post_alone(log_in, alice, method):
    assert refused(log_in(alice).generic(method, URL), 405)


def test_whoever_is_not_logged_in_is_told_so_and_not_sent_elsewhere(db):
    assert "Log in again" in refused(send(Client()), 403)


def test_whoever_may_not_add_images_is_told_so(log_in, charlie):
    charlie.is_staff = True
    charlie.save()
    assert "may not add" in refused(send(log_in(charlie)), 403)


def test_a_request_without_the_sessions_token_is_refused_and_one_with_it_is_not(log_in, alice):
    client = log_in(alice, enforce_csrf_checks=True)
    assert refused(send(client), 403)
    client.get("/admin/")
    token = {"X-CSRFToken": client.get("/admin/password_change/").cookies["csrftoken"].value}
    response = client.post(URL, {"file": SimpleUploadedFile("cat.jpg", files.jpeg(), "image/jpeg")}, headers=token)
    assert response.status_code == 201


@pytest.mark.parametrize("error", [services.Busy, services.NotStored])
def test_what_may_go_well_later_says_when_to_try_again(log_in, alice, monkeypatch, error):
    def fail(content):
        raise error

    monkeypatch.setattr(pictures, "process", fail)
    response = send(log_in(alice))
    assert "Try again" in refused(response, 503)
    assert response["Retry-After"] == "10"
