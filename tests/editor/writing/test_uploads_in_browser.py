"""Pasting and dropping images into the editor: they are uploaded and shown, or refused with a reason."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from playwright.sync_api import expect

from tests.media import files

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"
MARKDOWN = r"!\[\]\(/media/[0-9a-f]{64}/\d+\.\w+(?:#[\w-]+)?\)"
SEND_FILES = """([method, files]) => {
  const data = new DataTransfer();
  for (const [name, type, bytes] of files) {
    data.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, { type }));
  }
  const options = { bubbles: true, cancelable: true };
  const event = method === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, ...options })
    : new DragEvent("drop", { dataTransfer: data, ...options });
  document.getElementById("id_body").dispatchEvent(event);
}"""
TEXT_FILE = ("notes.txt", "text/plain", b"Only words.")
INVALID_IMAGES = {
    "a drawing that is named as a picture": ("drawing.png", "image/png", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "words that claim to be a picture": ("words.png", "image/png", b"Only words."),
    "half a picture": ("half.png", "image/png", files.encode(files.photo(600, 400), "PNG")[:800]),
}


@pytest.fixture
def editor(open_page_as, post_url):
    """A page with the form of a post, with the cursor between two paragraphs."""
    page = open_page_as("erika", viewport={"width": 1280, "height": 900})
    page.goto(post_url)
    page.fill(BODY, "Before.\n\nAfter.")
    page.evaluate("document.getElementById('id_body').setSelectionRange(7, 7)")
    return page


def send_files(page, method: str, *given: tuple[str, str, bytes]) -> None:
    """Paste or drop files into the text; each file is its name, type and bytes."""
    page.evaluate(SEND_FILES, [method, [(name, kind, b64encode(content).decode()) for name, kind, content in given]])


@pytest.mark.parametrize(("method", "width"), [("paste", 320), ("drop", 330)])
def test_an_image_is_uploaded_inserted_previewed_and_listed(method, width, editor, desk):
    editor.click("[data-command=preview]")
    send_files(editor, method, (f"{method}.png", "image/png", files.encode(files.photo(width, 200), "PNG")))
    expect(editor.locator(BODY)).to_have_value(re.compile(rf"^Before\.\n\n{MARKDOWN}\n\nAfter\.$"))
    shown = editor.frame_locator(".editor-page").locator("img[src*='/media/']")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == width
    assert not editor.complaints
    editor.goto(f"{desk.url}/admin/media/image/")
    expect(editor.locator("#result_list")).to_contain_text(f"{method}.png")


@pytest.mark.parametrize("method", ["paste", "drop"])
@pytest.mark.parametrize("case", INVALID_IMAGES)
def test_an_invalid_image_is_refused_with_a_reason_and_the_text_stays(case, method, editor, desk):
    name, kind, content = INVALID_IMAGES[case]
    send_files(editor, method, (name, kind, content))
    problem = editor.locator(".editor-problem")
    expect(problem).to_contain_text(f"{name} was not uploaded: ")
    expect(problem).to_contain_text(
        "damaged or incomplete" if name == "half.png" else "send a JPEG, PNG, GIF, WebP or AVIF"
    )
    expect(editor.locator(BODY)).to_have_value("Before.\n\nAfter.")
    editor.goto(f"{desk.url}/admin/media/image/")
    expect(editor.locator("#changelist")).to_be_visible()
    assert name not in editor.inner_text("#changelist")


def test_a_dropped_file_of_another_type_is_refused_with_a_reason(editor):
    send_files(editor, "drop", TEXT_FILE)
    expect(editor.locator(".editor-problem")).to_contain_text("notes.txt was not uploaded: This is no picture")
    expect(editor.locator(BODY)).to_have_value("Before.\n\nAfter.")


def test_selected_text_comes_back_if_one_of_several_files_is_refused(editor):
    editor.evaluate("document.getElementById('id_body').setSelectionRange(9, 15)")
    send_files(editor, "drop", TEXT_FILE, ("pier.png", "image/png", files.encode(files.photo(340, 200), "PNG")))
    expect(editor.locator(BODY)).to_have_value(re.compile(rf"^Before\.\n\nAfter\.\s+{MARKDOWN}\s*$"))
    expect(editor.locator(".editor-problem")).to_contain_text("notes.txt was not uploaded: This is no picture")


@pytest.mark.parametrize("method", ["paste", "drop"])
def test_at_the_end_of_a_text_writing_goes_on_below_the_picture(method, editor):
    editor.evaluate("document.getElementById('id_body').setSelectionRange(16, 16)")
    send_files(editor, method, ("quay.png", "image/png", files.encode(files.photo(350, 200), "PNG")))
    editor.keyboard.type("More.")
    expect(editor.locator(BODY)).to_have_value(re.compile(rf"^Before\.\n\nAfter\.\n\n{MARKDOWN}\n\nMore\.$"))


def test_at_the_end_of_a_text_a_refused_picture_leaves_nothing(editor):
    editor.evaluate("document.getElementById('id_body').setSelectionRange(16, 16)")
    send_files(editor, "paste", INVALID_IMAGES["half a picture"])
    expect(editor.locator(".editor-problem")).to_contain_text("half.png was not uploaded: ")
    expect(editor.locator(BODY)).to_have_value("Before.\n\nAfter.")
