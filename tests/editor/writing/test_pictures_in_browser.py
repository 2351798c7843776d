"""The dialog for pictures: one with its alternative text in two clicks, several as a gallery, from the library or uploaded."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.axe import in_each_scheme, violations
from tests.editor.writing.conftest import wait_until_held
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


@pytest.mark.parametrize("after", ["", "\n\nAfter."])
def test_writing_goes_on_in_a_new_paragraph_below_the_picture(after, editor):
    editor.fill(BODY, f"Before.{after}")
    editor.evaluate("document.getElementById('id_body').setSelectionRange(7, 7)")
    editor.click("[data-command=image]")
    choose(editor, 3)
    editor.keyboard.type("A boat")
    editor.keyboard.press("Enter")
    expect(editor.locator("#desk-picture")).to_be_hidden()
    expect(editor.locator(BODY)).to_be_focused()
    editor.keyboard.type("On.")
    expected = "^Before\\.\n\n" + LINE.format("A boat", 3) + "\n\nOn\\." + after.replace(".", "\\.") + "$"
    expect(editor.locator(BODY)).to_have_value(re.compile(expected))


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


def test_shift_takes_all_from_the_picture_before_to_this_one_and_lets_them_go_again(editor):
    editor.click("[data-command=image]")
    expect(editor.locator(".picture-library label")).to_have_count(10)
    choose(editor, 7)
    editor.click(".picture-library label[title='harbour-2.png']", modifiers=["Shift"])
    names = editor.locator(".picture-chosen > *").evaluate_all("rows => rows.map((row) => row.ariaLabel)")
    assert sorted(names) == [f"harbour-{number}.png" for number in range(2, 8)]
    choose(editor, 5)
    editor.click(".picture-library label[title='harbour-2.png']", modifiers=["Shift"])
    expect(editor.locator(".picture-chosen > *")).to_have_count(2)
    assert not editor.complaints


def test_a_cover_is_uploaded_by_one_button(editor):
    with editor.expect_file_chooser() as chosen:
        editor.click("#upload-cover")
    content = files.encode(files.photo(640, 480), "JPEG")
    chosen.value.set_files({"name": "quay.jpg", "mimeType": "image/jpeg", "buffer": content})
    expect(editor.locator("#id_cover_image")).not_to_have_value("")
    expect(editor.locator(".cover-focal img")).to_be_visible()
    expect(editor.locator("#upload-cover")).to_be_hidden()
    with editor.expect_file_chooser() as chosen:
        editor.click("#remove-cover")
        editor.click("#upload-cover")
    chosen.value.set_files({"name": "words.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(editor.locator(".field-cover_image [role=status]")).to_contain_text("words.jpg was not uploaded")
    expect(editor.locator("#id_cover_image")).to_have_value("")


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
    expect(editor.locator(BODY)).to_have_value(
        re.compile(r'#harbour-1 "At \\"noon\\" · The desk"\)\{\.decorative \.wide\}')
    )


def test_a_picture_is_uploaded_and_found_by_its_name_in_the_dialog(editor):
    editor.click("[data-command=image]")
    with editor.expect_file_chooser() as opened:
        editor.click("#desk-picture [data-upload]")
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


def test_the_buttons_of_the_dialog_stay_where_they_are_when_the_pictures_arrive(editor):
    held = []
    editor.route("**/pictures/", lambda route: held.append(route))
    editor.click("[data-command=image]")
    wait_until_held(editor, held)
    before = editor.locator("#desk-picture [data-upload]").bounding_box()
    held[0].continue_()
    editor.wait_for_selector(".picture-library li")
    choose(editor, 5)
    assert editor.locator("#desk-picture [data-upload]").bounding_box() == before
    shown = editor.locator("#desk-picture").bounding_box()
    assert shown["y"] + shown["height"] <= editor.viewport_size["height"]


def test_the_focal_point_and_a_credit_are_saved_on_the_picture(editor, desk):
    editor.click("[data-command=image]")
    choose(editor, 5)
    editor.keyboard.type("A boat")
    editor.get_by_label("Credit").fill("Ada")
    mark = editor.locator(".picture-fields .focal-mark")
    mark.focus()
    editor.keyboard.press("ArrowLeft")
    editor.keyboard.press("Shift+ArrowDown")
    editor.click("#desk-picture [type=submit]")
    expect(editor.locator(BODY)).to_have_value(re.compile("A boat"))
    stored = "from apps.media.models import Image\nimage = Image.objects.get(name='harbour-5.png')\n"
    shown = desk.shell(f"{stored}print(image.focal_x, image.focal_y, image.credit)").split()
    assert shown[-3:] == ["0.48", "0.6", "Ada"]
    assert not editor.complaints


def test_the_focal_point_of_the_cover_is_set_below_its_field(editor, desk):
    editor.click("#choose-cover")
    choose(editor, 6)
    editor.click("#desk-picture [type=submit]")
    frame = editor.locator(".cover-focal")
    expect(frame).to_be_visible()
    box = frame.bounding_box()
    frame.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.25})
    expect(editor.locator(".field-cover_image [role=status]")).to_have_text("The focal point is saved.")
    stored = "from apps.media.models import Image\nimage = Image.objects.get(name='harbour-6.png')\n"
    x, y = map(float, desk.shell(f"{stored}print(image.focal_x, image.focal_y)").split()[-2:])
    assert (x, y) == (pytest.approx(0.75, abs=0.02), pytest.approx(0.25, abs=0.02))
    assert not editor.complaints


def test_the_cover_is_exchanged_and_removed_by_buttons_that_say_so(editor):
    field, button = editor.locator("#id_cover_image"), editor.locator("#choose-cover")
    expect(button).to_have_text("Choose a picture…")
    expect(editor.locator("#remove-cover")).to_be_hidden()
    for number in (5, 6):
        button.click()
        choose(editor, number)
        editor.click("#desk-picture [type=submit]")
        expect(button).to_have_text("Another picture…")
    expect(editor.locator(".cover-focal")).to_have_count(1)
    editor.click("#remove-cover")
    expect(field).to_have_value("")
    expect(editor.locator(".cover-focal")).to_have_count(0)
    expect(button).to_be_focused()
    expect(field).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_in_the_dialog(width, editor):
    editor.set_viewport_size({"width": width, "height": 800})
    editor.click("[data-command=image]")
    choose(editor, 2)
    choose(editor, 4)
    for scheme in in_each_scheme(editor):
        assert violations(editor, "#desk-picture", scheme) == []
    assert editor.evaluate("document.documentElement.scrollWidth <= innerWidth")
