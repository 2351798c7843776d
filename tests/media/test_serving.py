"""Files on disk are served as what they are, for good, to whoever names one; nothing else below /media/ is there."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.media import files

pytestmark = pytest.mark.any_database

FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


def test_every_file_is_served_as_what_it_is_for_good(browser, upload, store):
    image = upload(files.jpeg(600, 400))
    types = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
    for name in image.files:
        response = browser.get(f"/media/{image.digest}/{name}")
        assert response.status_code == 200
        assert response.getvalue() == (store / image.digest / name).read_bytes()
        assert response["Content-Type"] == types[name.split(".")[1]]
        assert response["Cache-Control"] == FOREVER
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response["Content-Length"] == str((store / image.digest / name).stat().st_size)
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert not response.cookies


def test_who_has_a_file_is_not_sent_it_again(browser, upload):
    address = upload().address
    etag = browser.get(address)["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = browser.get(address, headers={"If-None-Match": known})
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
        assert response["Cache-Control"] == FOREVER
    assert browser.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_no_query_is_asked(browser, upload, django_assert_num_queries):
    address = upload().address
    with django_assert_num_queries(0):
        browser.get(address)


def test_only_safe_methods_are_there(browser, upload):
    address = upload().address
    assert browser.head(address).getvalue() == b""
    assert browser.options(address)["Allow"] == "GET, HEAD, OPTIONS"
    for method in ("POST", "PUT", "DELETE"):
        response = browser.generic(method, address)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "{digest}",
        "{digest}/",
        "{digest}/481.webp",
        "{digest}/480.svg",
        "{digest}/480.webp/",
        "{digest}/../secret.txt",
        "../secret.txt",
        "%2e%2e/secret.txt",
        "secret.txt",
        "/etc/passwd",
        "{other}/480.webp",
        "{digest}/480.webp%00",
        "{digest}/480.webp%0A",
    ],
)
def test_nothing_else_is_there(browser, upload, store, path):
    image = upload()
    (store / "secret.txt").write_text("secret")
    (store.parent / "secret.txt").write_text("secret")
    response = browser.get("/media/" + path.format(digest=image.digest, other="0" * 64))
    assert response.status_code == 404
    assert b"secret" not in response.content


def test_where_the_files_are_in_a_bucket_readers_are_led_there(browser, upload, settings):
    image = upload()
    settings.MEDIA_BUCKET, settings.MEDIA_URL = "images", "https://images.example.org/"
    response = browser.get(image.address)
    assert response.status_code == 302
    assert response["Location"] == f"https://images.example.org/{image.fallback}"
    assert browser.get("/media/nothing").status_code == 404
