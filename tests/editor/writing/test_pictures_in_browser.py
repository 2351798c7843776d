"""The dialog for pictures: one with its alternative text in two clicks, several as a gallery, from the library or uploaded."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.axe import in_each_scheme, violations
from tests.media import files

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"
ADD_IMAGES = """
from django.core.files.base import ContentFile
from apps.media import services
from tests.media import files
for number in range(10):
    content = ContentFile(files.encode(files.photo(400 + number, 300), "PNG"), name=f"harbour-{number}.png")
    services.create_image(by=None, file=content)
"""
LINE = r"!\[{}\]\(/media/[0-9a-f]{{64}}/\d+\.\w+#harbour-{}\)"


@pytest.fixture(scope="module")
def library(desk):
    """Ten images."""
    desk.shell(ADD_IMAGES)


@pytest.fixture
def editor(library, open_page_as, post_url):
    """A page with the form of a post, and the cursor at the end of its text."""
    page = open_page_as("erika", viewport={"width": 1280, "height": 900})
    page.goto(post_url)
    page.fill(BODY, "Before.")
    return page


def choose(page, number: int) -> None:
    page.click(f".picture-library label[title='harbour-{number}.png']")


def test_a_picture_with_its_alternative_text_takes_two_clicks(editor):
    editor.click("[data-command=image]")
    choose(editor, 3)
    editor.keyboard.type("A [red] boat")
    editor.keyboard.press("Enter")
    expect(editor.locator(BODY)).to_have_value(re.compile("^Before\\.\n\n" + LINE.format(r"A \\\[red\\\] boat", 3)))
    shown = editor.locator(".picture-strip li")
    expect(shown).to_have_count(1)
    expect(shown).to_have_text("harbour-3")
    assert not editor.complaints


def test_ten_pictures_become_a_gallery_in_one_dialog(editor):
    editor.click("[data-command=image]")
    for number in range(10):
        choose(editor, number)
        editor.keyboard.type(f"Boat {number}")
    editor.get_by_role("button", name="Insert as a gallery").click()
    lines = "\n".join(LINE.format(f"Boat {number}", number) for number in range(10))
    expect(editor.locator(BODY)).to_have_value(re.compile("^Before\\.\n\n" + lines))
    editor.click("[data-command=preview]")
    expect(editor.frame_locator(".editor-page").locator(".gallery figure")).to_have_count(10)


def test_alternative_text_is_asked_for_unless_the_picture_is_decorative(editor):
    editor.click("[data-command=image]")
    choose(editor, 1)
    editor.keyboard.press("Enter")
    expect(editor.locator("#desk-picture .errornote")).to_have_text(
        "Say what each picture shows, or that it is decorative."
    )
    editor.get_by_label("Decorative").check()
    editor.get_by_label("Caption").fill('At "noon"')
    editor.get_by_label("Credit").fill("The desk")
    editor.get_by_label("Width").select_option("wide")
    editor.click("#desk-picture [type=submit]")
    expect(editor.locator(BODY)).to_have_value(re.compile(r'#harbour-1 "At \\"noon\\" · The desk"\)\{\.wide\}'))


def test_a_picture_is_uploaded_and_found_by_its_name_in_the_dialog(editor):
    editor.click("[data-command=image]")
    with editor.expect_file_chooser() as opened:
        editor.get_by_role("button", name="Upload…").click()
    content = files.encode(files.photo(333, 222), "PNG")
    opened.value.set_files([{"name": "Low tide.png", "mimeType": "image/png", "buffer": content}])
    chosen = editor.locator(".picture-fields")
    expect(chosen).to_have_count(1)
    editor.fill("#desk-picture-search", "low")
    expect(editor.locator(".picture-library li")).to_have_count(1)
    expect(editor.locator(".picture-library input")).to_be_checked()
    editor.get_by_label("What it shows").fill("Low tide")
    editor.click("#desk-picture [type=submit]")
    expect(editor.locator(BODY)).to_have_value(re.compile(r"!\[Low tide\]\(/media/[0-9a-f]{64}/\d+\.\w+#low-tide\)"))


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_in_the_dialog(width, editor):
    editor.set_viewport_size({"width": width, "height": 800})
    editor.click("[data-command=image]")
    choose(editor, 2)
    choose(editor, 4)
    for scheme in in_each_scheme(editor):
        assert violations(editor, "#desk-picture", scheme) == []
    assert editor.evaluate("document.documentElement.scrollWidth <= innerWidth")
