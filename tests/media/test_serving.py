"""Serving image files from disk: types, caching, methods; other paths below /media/ are 404."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.media import files

pytestmark = pytest.mark.any_database

IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def test_every_file_is_served_with_its_type_and_cached_permanently(client, upload, store):
    image = upload(files.jpeg(600, 400))
    types = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
    for name in image.files:
        response = client.get(f"/media/{image.digest}/{name}")
        assert response.status_code == 200
        assert response.getvalue() == (store / image.digest / name).read_bytes()
        assert response["Content-Type"] == types[name.split(".")[1]]
        assert response["Cache-Control"] == IMMUTABLE
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response["Content-Length"] == str((store / image.digest / name).stat().st_size)
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert not response.cookies


def test_a_conditional_request_gets_304(client, upload):
    address = upload().address
    etag = client.get(address)["ETag"]
    for etags in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = client.get(address, headers={"If-None-Match": etags})
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
        assert response["Cache-Control"] == IMMUTABLE
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_serving_a_file_takes_no_query(client, upload, django_assert_num_queries):
    address = upload().address
    with django_assert_num_queries(0):
        client.get(address)


def test_only_safe_methods_are_allowed(client, upload):
    address = upload().address
    assert client.head(address).getvalue() == b""
    assert client.options(address)["Allow"] == "GET, HEAD, OPTIONS"
    for method in ("POST", "PUT", "DELETE"):
        response = client.generic(method, address)
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
def test_any_other_path_is_a_404(client, upload, store, path):
    image = upload()
    (store / "secret.txt").write_text("secret")
    (store.parent / "secret.txt").write_text("secret")
    response = client.get("/media/" + path.format(digest=image.digest, other="0" * 64))
    assert response.status_code == 404
    assert b"secret" not in response.content


def test_with_a_bucket_files_redirect_to_media_url(client, upload, settings):
    image = upload()
    settings.MEDIA_BUCKET, settings.MEDIA_URL = "images", "https://images.example.org/"
    response = client.get(image.address)
    assert response.status_code == 302
    assert response["Location"] == f"https://images.example.org/{image.fallback}"
    assert client.get("/media/nothing").status_code == 404
