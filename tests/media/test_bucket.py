"""Images in a bucket: the requests to an S3 server, and the checks of the settings."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage, storages
from django.test import Client

from apps.media import services
from apps.media.models import Image
from apps.server import checks
from tests.media import files

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

KEY, SECRET = "a-key-of-the-blog", "a-secret-of-the-blog"


class FakeS3Handler(BaseHTTPRequestHandler):
    """A fake S3 server with the operations that the blog uses: put, head, list and delete objects."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.objects[self.path] = (body, dict(self.headers))
        self.respond(500 if self.server.fails else 200)

    def do_HEAD(self):
        exists = self.path in self.server.objects
        self.respond(200 if exists else 404, headers={"Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT"})

    def do_DELETE(self):
        self.server.objects.pop(self.path, None)
        self.respond(204)

    def do_GET(self):
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        prefix = query.get("prefix", "")
        keys = [path.removeprefix("/images/") for path in self.server.objects]
        rests = {key: key.removeprefix(prefix) for key in keys if key.startswith(prefix)}
        folders = {prefix + rest.split("/")[0] + "/" for rest in rests.values() if "/" in rest}
        listed = "".join(
            f"<Contents><Key>{escape(key)}</Key></Contents>" for key, rest in rests.items() if "/" not in rest
        )
        listed += "".join(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders)
        self.respond(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>".encode())

    def respond(self, status: int, body: bytes = b"", headers: dict | None = None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def bucket(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeS3Handler)
    server.objects, server.fails = {}, False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.MEDIA_BUCKET = "images"
    settings.MEDIA_URL = "https://images.example.org/blog/"
    settings.MEDIA_BUCKET_OPTIONS = {
        "MEDIA_REGION": "eu-central-1",
        "MEDIA_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "MEDIA_PREFIX": "blog",
        "MEDIA_ACCESS_KEY": KEY,
        "MEDIA_SECRET_KEY": SECRET,
    }
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "apps.media.buckets.BucketStore"}}
    yield server
    server.shutdown()
    server.server_close()


def test_files_are_uploaded_with_their_type_and_permanent_caching(upload, bucket):
    image = upload(files.jpeg(600, 400))
    assert set(bucket.objects) == {f"/images/blog/{image.digest}/{name}" for name in image.files}
    for path, (body, headers) in bucket.objects.items():
        ending = path.rpartition(".")[2]
        assert headers["Content-Type"] == {"jpg": "image/jpeg"}.get(ending, f"image/{ending}")
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "x-amz-acl" not in {name.lower() for name in headers}
        assert f"Credential={KEY}/" in headers["Authorization"]
        assert files.decode(body).width in (480, 600)


def test_pages_link_to_the_bucket_without_requests_to_it(make_post, upload, bucket):
    image = upload(files.jpeg(600, 400))
    make_post("A post", body=f"![]({image.address})", cover_image=image)
    bucket.objects.clear()
    html = Client().get("/a-post/").content.decode()
    assert html.count(f'src="https://images.example.org/blog/{image.fallback}"') == 2
    assert Client().get(image.address)["Location"] == f"https://images.example.org/blog/{image.fallback}"


def test_the_same_file_again_is_not_uploaded_if_it_exists(upload, bucket):
    upload()
    uploaded = dict(bucket.objects)
    bucket.objects = {path: (body, {}) for path, (body, _headers) in uploaded.items()}
    upload()
    assert all(headers == {} for _body, headers in bucket.objects.values())
    bucket.objects.clear()
    upload()
    assert bucket.objects.keys() == uploaded.keys()


@pytest.mark.django_db(transaction=True)
def test_files_are_deleted_with_their_row_and_orphans_by_tidy_images(upload, bucket, capsys):
    from django.core.management import call_command

    services.delete_image(upload())
    assert bucket.objects == {}
    image = upload()
    bucket.objects[f"/images/blog/{'a' * 64}/480.webp"] = (b"left behind", {})
    call_command("tidy_images")
    assert {path.split("/")[3] for path in bucket.objects} == {image.digest}


def test_a_failing_or_unreachable_server_leaves_no_row_and_no_secret_in_the_log(upload, bucket, caplog):
    bucket.fails = True
    with pytest.raises(services.StorageFailed):
        upload()
    bucket.shutdown()
    bucket.server_close()
    with pytest.raises(services.StorageFailed):
        upload()
    assert not Image.objects.exists()
    assert "could not be stored" in caplog.text
    assert SECRET not in caplog.text


def check_ids(settings, **changes) -> list[str]:
    for name, value in changes.items():
        setattr(settings, name, value)
    return [message.id for message in checks._images()]


EMPTY_OPTIONS = dict.fromkeys(
    ["MEDIA_REGION", "MEDIA_ENDPOINT", "MEDIA_PREFIX", "MEDIA_ACCESS_KEY", "MEDIA_SECRET_KEY"], ""
)
PUBLIC_URL = "https://images.example.org/"


@pytest.mark.parametrize(
    ("bucket_name", "address", "options", "expected"),
    [
        ("", "/media/", {}, []),
        ("", "https://cdn.example.org/media/", {}, []),
        ("images", PUBLIC_URL, {}, []),
        ("images", PUBLIC_URL, {"MEDIA_ACCESS_KEY": KEY, "MEDIA_SECRET_KEY": SECRET}, []),
        ("images", "/media/", {}, ["broadsheet.E014"]),
        ("images", "https://images.example.org", {}, ["broadsheet.E013"]),
        ("images", "images.example.org/", {}, ["broadsheet.E013"]),
        ("", "/pictures/", {}, ["broadsheet.E013"]),
        ("images", "http://images.example.org/", {}, ["broadsheet.E013"]),
        ("images", PUBLIC_URL, {"MEDIA_ACCESS_KEY": KEY}, ["broadsheet.E015"]),
        ("images", PUBLIC_URL, {"MEDIA_SECRET_KEY": SECRET}, ["broadsheet.E015"]),
        ("images", PUBLIC_URL, {"MEDIA_ENDPOINT": "s3.example.org"}, ["broadsheet.E016"]),
        ("", "/media/", {"MEDIA_REGION": "eu-central-1", "MEDIA_SECRET_KEY": SECRET}, ["broadsheet.E017"]),
    ],
)
def test_incomplete_settings_of_a_bucket_are_reported(settings, bucket_name, address, options, expected):
    changes = {"MEDIA_BUCKET": bucket_name, "MEDIA_URL": address, "MEDIA_BUCKET_OPTIONS": EMPTY_OPTIONS | options}
    assert check_ids(settings, HTTPS=True, **changes) == expected
    assert not any(SECRET in message.msg + (message.hint or "") for message in checks._images())


def test_an_unwritable_media_root_is_reported_in_roles_that_write(settings, tmp_path):
    (tmp_path / "file").write_text("")
    assert check_ids(settings, MEDIA_ROOT=str(tmp_path / "file" / "media")) == ["broadsheet.W018"]
    assert check_ids(settings, ROLES=frozenset(["read", "frontend"])) == []


def test_without_a_bucket_files_are_stored_on_disk():
    assert django_settings.MEDIA_BUCKET == ""
    assert type(storages["default"]).__name__ == default_storage.__class__.__name__ == "DiskStore"
