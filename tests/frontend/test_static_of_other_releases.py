"""While two releases answer side by side, each serves the files that the other's pages name (decision 11)."""

import gzip
import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

OLD, NEW = "body{color:#111}\n" * 100, "body{color:#222}\n" * 100
OTHER = "0123456789ab"
NAMED_BY_THE_PAGE_OF_404 = {
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
        """Answer with this release's manifest, whichever was asked before."""
        self.settings.STATIC_ROOT = str(self.folder)
        return super().request(**request)

    def addresses(self) -> list[str]:
        """Return where this release's pages find its files."""
        manifest = json.loads((self.folder / "staticfiles.json").read_text())
        return [f"/static/{name}" for name in manifest["paths"].values()]

    def address(self, start: str) -> str:
        """Return where they find the one whose name starts so."""
        return next(path for path in self.addresses() if path.startswith(f"/static/{start}"))


@pytest.fixture
def release(settings, tmp_path):
    """Collect files as an image's build does: `release("b", {"app.css": "…"})` gives a process that serves them."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

    def build(name: str, files: dict[str, str]) -> Release:
        settings.STATICFILES_DIRS = [tmp_path / name / "source"]
        for path, content in (NAMED_BY_THE_PAGE_OF_404 | files).items():
            file = tmp_path / name / "source" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        return Release(settings, tmp_path / name / "collected")

    return build


def body(response) -> bytes:
    """Return a whole answer, streamed or not."""
    return b"".join(response) if response.streaming else response.content


@pytest.fixture
def client(release):
    return release("b", {"site/app.css": NEW, "site/jquery.min.js": "let a", "robots.txt": ""})


@pytest.mark.parametrize(
    ("path", "media_type", "content"),
    [
        (f"app.{OTHER}.css", 'text/css; charset="utf-8"', NEW),
        (f"jquery.min.{OTHER}.js", 'text/javascript; charset="utf-8"', "let a"),
    ],
)
def test_a_file_of_another_release_is_answered_with_the_current_one_of_its_name(client, path, media_type, content):
    response = client.get(f"/static/site/{path}")
    assert (response.status_code, response["Content-Type"], body(response)) == (200, media_type, content.encode())


def test_it_is_kept_for_a_short_time_and_the_release_s_own_file_for_ever(client):
    assert client.get(f"/static/site/app.{OTHER}.css")["Cache-Control"] == "max-age=60, public"
    assert "immutable" in client.get(client.address("site/app."))["Cache-Control"]


def test_it_is_compressed_as_any_file(client):
    response = client.get(f"/static/site/app.{OTHER}.css", headers={"Accept-Encoding": "gzip"})
    assert (response["Content-Encoding"], response["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(body(response)) == NEW.encode()


def test_head_conditions_and_ranges_work_as_for_any_file(client):
    path = f"/static/site/app.{OTHER}.css"
    head = client.head(path)
    assert (head.status_code, head["Content-Length"], body(head)) == (200, str(len(NEW)), b"")
    again = client.get(path, headers={"If-None-Match": head["ETag"]})
    assert (again.status_code, body(again)) == (304, b"")
    part = client.get(path, headers={"Range": "bytes=5-9"})
    assert (part.status_code, body(part)) == (206, NEW[5:10].encode())
    assert client.post(path).status_code == 405


def test_a_file_that_only_another_release_had_is_not_taken_for_unchanged(release):
    """Images can be built so that every file has the same time; here the sizes are the same as well."""
    old, new = release("a", {"site/app.css": OLD}), release("b", {"site/app.css": NEW})
    path = old.address("site/app.")
    held = new.get(path)
    assert body(held) == NEW.encode()
    again = old.get(path, headers={"If-None-Match": held["ETag"]})
    assert (again.status_code, body(again)) == (200, OLD.encode())


def test_the_rest_of_a_file_is_not_sent_to_who_has_the_beginning_of_another_release_s(release):
    old, new = release("a", {"site/app.css": OLD}), release("b", {"site/app.css": NEW})
    path = old.address("site/app.")
    begun = {"Range": "bytes=5-9", "If-Range": old.get(path)["ETag"]}
    assert old.get(path, headers=begun).status_code == 206
    response = new.get(path, headers=begun)
    assert (response.status_code, body(response)) == (200, NEW.encode())


@pytest.mark.parametrize(
    "path",
    [
        "site/app.css",
        f"site/gone.{OTHER}.css",
        f"site/app.{OTHER}.css.gz",
        f"site/app.{OTHER}.css/",
        f"site/app.{OTHER[:-1]}.css",
        f"site/app.{OTHER.upper()}.css",
        f"site//app.{OTHER}.css",
        f"site/../site/app.{OTHER}.css",
        f"site%2Fapp%2Ecss.{OTHER}",
        f"site%252Fapp.{OTHER}.css",
        f"staticfiles.{OTHER}.json",
        f"../source/site/app.{OTHER}.css",
        f"..%2Fsource%2Fsite%2Fapp.{OTHER}.css",
        OTHER,
        f".{OTHER}",
    ],
)
def test_a_name_that_this_release_does_not_have_is_not_found(client, path):
    assert client.get(f"/static/{path}").status_code == 404


def test_an_address_outside_of_the_static_files_is_left_to_the_pages(client):
    assert client.get(f"/robots.{OTHER}.txt").status_code == 404
    assert client.get(f"/site/app.{OTHER}.css").status_code == 404


def test_a_file_that_a_stylesheet_names_comes_with_it(release):
    old = release("a", {"site/app.css": "a{background:url(i.svg)}", "site/i.svg": "<svg/>"})
    new = release("b", {"site/app.css": "b{background:url(i.svg)}", "site/i.svg": "<svg  />"})
    for one, other in [(old, new), (new, old)]:
        for path in other.addresses():
            response = one.get(path)
            assert response.status_code == 200
            named = re.search(rb"url\(\"?([^\")]+)", body(response))
            if named:
                assert one.get(f"/static/site/{named[1].decode()}").status_code == 200
