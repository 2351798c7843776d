"""A theme: its templates and static files take the place of the project's, and its stylesheet is on every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.checks import run_checks

from apps.server.checks import TAG
from tests import servers
from tests.server.clients import Client

ICON = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture(scope="module")
def themed(serve, tmp_path_factory):
    """A server with a theme."""
    folder = tmp_path_factory.mktemp("theme")
    files = {
        "templates/frontend/_footer.html": b"<footer>Our own foot</footer>",
        "static/theme.css": b'body { background: url("paper.png"); }',
        "static/paper.png": b"a picture",
        "static/frontend/favicon.svg": ICON,
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    options = {"THEME_DIR": str(folder), "STATIC_ROOT": str(tmp_path_factory.mktemp("static"))}
    servers.manage(
        servers.environment("sqlite://:memory:", **options), "collectstatic", "--noinput", "--verbosity", "0"
    )
    return serve(**options)


def get(server, path: str) -> bytes:
    response, body = Client(server.url).request("GET", path)
    assert response.status == 200, path
    return body


@pytest.mark.server
@pytest.mark.any_database
def test_templates_of_the_theme_take_the_place_of_those_of_the_project(themed):
    assert "Our own foot" in get(themed, "/").decode()


@pytest.mark.server
@pytest.mark.any_database
def test_its_stylesheet_is_loaded_after_that_of_the_project_with_what_it_refers_to(themed):
    sheets = re.findall(r'rel="stylesheet" href="([^"]+)"', get(themed, "/").decode())
    assert [re.sub(r"\.[0-9a-f]{12}", "", sheet) for sheet in sheets][:2] == [
        "/static/frontend/broadsheet.css",
        "/static/theme.css",
    ]
    picture = re.search(r'url\("([^"]+)"\)', get(themed, sheets[1]).decode())[1]
    assert get(themed, f"/static/{picture}") == b"a picture"


@pytest.mark.server
@pytest.mark.any_database
def test_its_static_files_take_the_place_of_those_of_the_project(themed):
    icon = re.search(r'type="image/svg\+xml" href="([^"]+)"', get(themed, "/").decode())[1]
    assert get(themed, icon) == ICON


def test_without_a_theme_no_stylesheet_is_added(client, db):
    assert "theme.css" not in client.get("/").text


def test_templates_at_their_former_place_stop_the_process(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("TEMPLATE_DIR", str(tmp_path))
    settings.THEME_DIR = Path("/srv/theme")
    (found,) = [message for message in run_checks(tags=[TAG]) if message.id == "broadsheet.E035"]
    assert "/srv/theme/templates" in found.hint
