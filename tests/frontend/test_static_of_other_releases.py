"""While two releases run side by side, each serves the static files of the other's pages (decision 11)."""

import gzip
import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

OLD, NEW = "body{color:#111}\n" * 100, "body{color:#222}\n" * 100
OTHER_HASH = "0123456789ab"
FILES_OF_THE_404_PAGE = {
    f"frontend/{name}": ""
    for name in ("apple-touch-icon.png", "broadsheet.css", "broadsheet.js", "favicon.ico", "favicon.svg")
}


class Release(Client):
    """A process of one release, with the files that were collected for it."""

    def __init__(self, settings, folder: Path) -> None:
        super().__init__()
        self.settings, self.folder = settings, folder
        settings.STATIC_ROOT = str(folder)
        call_command("collectstatic", "--noinput", verbosity=0)
        self.handler.load_middleware()

    def request(self, **request):
        """Send the request with the manifest of this release."""
        self.settings.STATIC_ROOT = str(self.folder)
        return super().request(**request)

    def addresses(self) -> list[str]:
        """Return the addresses of the static files of this release."""
        manifest = json.loads((self.folder / "staticfiles.json").read_text())
        return [f"/static/{name}" for name in manifest["paths"].values()]

    def address(self, start: str) -> str:
        """Return the address of the static file whose name begins with `start`."""
        return next(path for path in self.addresses() if path.startswith(f"/static/{start}"))


@pytest.fixture
def release(settings, tmp_path):
    """Collect static files as the image build does: `release("b", {"app.css": "…"})` returns a client of that release."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

    def build(name: str, files: dict[str, str]) -> Release:
        settings.STATICFILES_DIRS = [tmp_path / name / "source"]
        for path, content in (FILES_OF_THE_404_PAGE | files).items():
            file = tmp_path / name / "source" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        return Release(settings, tmp_path / name / "collected")

    return build


def body(response) -> bytes:
    """Return the body of a response, streamed or not."""
    return b"".join(response) if response.streaming else response.content


@pytest.fixture
def client(release):
    return release("b", {"site/app.css": NEW, "site/jquery.min.js": "let a", "robots.txt": ""})


@pytest.mark.parametrize(
    ("path", "media_type", "content"),
    [
        (f"app.{OTHER_HASH}.css", 'text/css; charset="utf-8"', NEW),
        (f"jquery.min.{OTHER_HASH}.js", 'text/javascript; charset="utf-8"', "let a"),
    ],
)
def test_a_file_of_another_release_is_served_with_the_current_content(client, path, media_type, content):
    response = client.get(f"/static/site/{path}")
    assert (response.status_code, response["Content-Type"], body(response)) == (200, media_type, content.encode())


def test_a_foreign_file_is_cached_briefly_and_an_own_file_is_immutable(client):
    assert client.get(f"/static/site/app.{OTHER_HASH}.css")["Cache-Control"] == "max-age=60, public"
    assert "immutable" in client.get(client.address("site/app."))["Cache-Control"]


def test_a_foreign_file_is_compressed(client):
    response = client.get(f"/static/site/app.{OTHER_HASH}.css", headers={"Accept-Encoding": "gzip"})
    assert (response["Content-Encoding"], response["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(body(response)) == NEW.encode()


def test_a_foreign_file_supports_head_conditions_and_ranges(client):
    path = f"/static/site/app.{OTHER_HASH}.css"
    head = client.head(path)
    assert (head.status_code, head["Content-Length"], body(head)) == (200, str(len(NEW)), b"")
    again = client.get(path, headers={"If-None-Match": head["ETag"]})
    assert (again.status_code, body(again)) == (304, b"")
    part = client.get(path, headers={"Range": "bytes=5-9"})
    assert (part.status_code, body(part)) == (206, NEW[5:10].encode())
    assert client.post(path).status_code == 405


def test_an_etag_of_another_release_is_not_a_304(release):
    """Reproducible images give all files the same time, and these have the same size: the ETag must still differ."""
    old, new = release("a", {"site/app.css": OLD}), release("b", {"site/app.css": NEW})
    path = old.address("site/app.")
    cached = new.get(path)
    assert body(cached) == NEW.encode()
    again = old.get(path, headers={"If-None-Match": cached["ETag"]})
    assert (again.status_code, body(again)) == (200, OLD.encode())


def test_if_range_with_an_etag_of_another_release_gets_the_whole_file(release):
    old, new = release("a", {"site/app.css": OLD}), release("b", {"site/app.css": NEW})
    path = old.address("site/app.")
    resume = {"Range": "bytes=5-9", "If-Range": old.get(path)["ETag"]}
    assert old.get(path, headers=resume).status_code == 206
    response = new.get(path, headers=resume)
    assert (response.status_code, body(response)) == (200, NEW.encode())


@pytest.mark.parametrize(
    "path",
    [
        "site/app.css",
        f"site/gone.{OTHER_HASH}.css",
        f"site/app.{OTHER_HASH}.css.gz",
        f"site/app.{OTHER_HASH}.css/",
        f"site/app.{OTHER_HASH[:-1]}.css",
        f"site/app.{OTHER_HASH.upper()}.css",
        f"site//app.{OTHER_HASH}.css",
        f"site/../site/app.{OTHER_HASH}.css",
        f"site%2Fapp%2Ecss.{OTHER_HASH}",
        f"site%252Fapp.{OTHER_HASH}.css",
        f"staticfiles.{OTHER_HASH}.json",
        f"../source/site/app.{OTHER_HASH}.css",
        f"..%2Fsource%2Fsite%2Fapp.{OTHER_HASH}.css",
        OTHER_HASH,
        f".{OTHER_HASH}",
    ],
)
def test_a_file_name_that_this_release_lacks_is_a_404(client, path):
    assert client.get(f"/static/{path}").status_code == 404


def test_hashed_names_outside_of_static_are_404s(client):
    assert client.get(f"/robots.{OTHER_HASH}.txt").status_code == 404
    assert client.get(f"/site/app.{OTHER_HASH}.css").status_code == 404


def test_files_named_by_a_stylesheet_of_another_release_are_served(release):
    old = release("a", {"site/app.css": "a{background:url(i.svg)}", "site/i.svg": "<svg/>"})
    new = release("b", {"site/app.css": "b{background:url(i.svg)}", "site/i.svg": "<svg  />"})
    for one, other in [(old, new), (new, old)]:
        for path in other.addresses():
            response = one.get(path)
            assert response.status_code == 200
            url = re.search(rb"url\(\"?([^\")]+)", body(response))
            if url:
                assert one.get(f"/static/site/{url[1].decode()}").status_code == 200
