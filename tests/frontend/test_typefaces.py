"""The bundled typefaces: few bytes, the letters that the stylesheet says, and none for readers who save data."""

import re

import pytest
import requests
from django.contrib.staticfiles import finders

from apps.frontend import typefaces

MAX_BYTES = 90_000


@pytest.fixture(scope="module")
def css() -> str:
    with open(finders.find("frontend/broadsheet.css")) as file:
        return file.read()


def test_a_page_in_latin_letters_loads_less_than_90_kb_of_typefaces():
    assert sum((typefaces.FOLDER / f"{face}-latin.woff2").stat().st_size for face in typefaces.FACES) < MAX_BYTES


def test_the_stylesheets_of_pages_and_editor_have_the_ranges_that_the_files_were_made_from(css):
    assert typefaces.font_faces("fonts", display="optional") in css
    with open(finders.find("editor/typefaces.css")) as file:
        assert file.read().endswith("\n\n" + typefaces.font_faces("../frontend/fonts", display="swap"))
    for face in typefaces.FACES:
        for letters in typefaces.RANGES:
            assert (typefaces.FOLDER / f"{face}-{letters}.woff2").is_file()


def test_no_letter_is_in_two_files():
    spans = sorted(typefaces._spans())
    assert all(last < following for (_first, last, _name), (following, *_rest) in zip(spans, spans[1:], strict=False))


def test_a_late_file_never_sets_the_text_anew(css):
    faces = re.findall(r'@font-face \{ font-family: "Broadsheet[^}]+', css)
    assert len(faces) == len(typefaces.FACES) * len(typefaces.RANGES)
    assert all("font-display: optional" in face for face in faces)


def test_the_licence_is_beside_the_files():
    assert "SIL OPEN FONT LICENSE" in (typefaces.FOLDER / "OFL.txt").read_text().upper()


@pytest.mark.django_db
def test_pages_load_the_file_of_each_face_early(client):
    page = client.get("/").content.decode()
    loaded = re.findall(
        r'<link rel="preload" href="[^"]*/([a-z-]+)-latin[^"]*\.woff2" as="font" type="font/woff2" crossorigin>', page
    )
    assert sorted(loaded) == sorted(typefaces.FACES)


@pytest.mark.server
@pytest.mark.any_database
def test_readers_who_save_data_get_no_typefaces_and_the_same_page(serve):
    server = serve(HTTPS="0")
    page = requests.get(server.url)
    path = re.search(r'href="([^"]*/text-latin[^"]*\.woff2)"', page.text)[1]
    whole = requests.get(server.url + path)
    saved = requests.get(server.url + path, headers={"Save-Data": "on"})
    assert (whole.status_code, whole.headers["Content-Type"], whole.headers["Vary"]) == (200, "font/woff2", "Save-Data")
    assert "immutable" in whole.headers["Cache-Control"]
    assert (saved.status_code, saved.headers["Vary"], saved.headers["Cache-Control"]) == (204, "Save-Data", "no-store")
    assert requests.get(server.url, headers={"Save-Data": "on"}).text == page.text
