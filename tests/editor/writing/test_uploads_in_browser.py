"""Pictures that are pasted and dropped into a text, sent to the real endpoint: kept and shown, or refused with the reason."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from playwright.sync_api import expect

from tests.media import files

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"
MARKDOWN = r"!\[\]\(/media/[0-9a-f]{64}/\d+\.\w+\)"
GIVE = """([how, files]) => {
  const data = new DataTransfer();
  for (const [name, type, bytes] of files) {
    data.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, { type }));
  }
  const options = { bubbles: true, cancelable: true };
  const event = how === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, ...options })
    : new DragEvent("drop", { dataTransfer: data, ...options });
  document.getElementById("id_body").dispatchEvent(event);
}"""
NOTES = ("notes.txt", "text/plain", b"Only words.")
NO_PICTURES = {
    "a drawing that is named as a picture": ("drawing.png", "image/png", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "words that claim to be a picture": ("words.png", "image/png", b"Only words."),
    "half a picture": ("half.png", "image/png", files.saved(files.photo(600, 400), "PNG")[:800]),
}


@pytest.fixture
def editor(desk_of, post_url):
    """The form of a post with the cursor between two paragraphs."""
    page = desk_of("erika", viewport={"width": 1280, "height": 900})
    page.goto(post_url)
    page.fill(BODY, "Before.\n\nAfter.")
    page.evaluate("document.getElementById('id_body').setSelectionRange(7, 7)")
    return page


def give(page, how: str, *given: tuple[str, str, bytes]) -> None:
    """Paste or drop files into the text, each with its name, type and bytes."""
    page.evaluate(GIVE, [how, [(name, kind, b64encode(content).decode()) for name, kind, content in given]])


@pytest.mark.parametrize(("how", "width"), [("paste", 320), ("drop", 330)])
def test_a_picture_is_kept_inserted_previewed_and_listed(how, width, editor, desk):
    editor.click("[data-command=preview]")
    give(editor, how, (f"{how}.png", "image/png", files.saved(files.photo(width, 200), "PNG")))
    expect(editor.locator(BODY)).to_have_value(re.compile(rf"^Before\.\n\n{MARKDOWN}\n\nAfter\.$"))
    shown = editor.frame_locator(".editor-page").locator("img[src*='/media/']")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == width
    assert not editor.complaints
    editor.goto(f"{desk.url}/admin/media/image/")
    expect(editor.locator("#result_list")).to_contain_text(f"{how}.png")


@pytest.mark.parametrize("how", ["paste", "drop"])
@pytest.mark.parametrize("what", NO_PICTURES)
def test_what_is_no_picture_is_refused_with_the_reason_and_the_text_stays(what, how, editor, desk):
    name, kind, content = NO_PICTURES[what]
    give(editor, how, (name, kind, content))
    said = editor.locator(".editor-problem")
    expect(said).to_contain_text(f"{name} was not uploaded: ")
    expect(said).to_contain_text(
        "damaged or incomplete" if name == "half.png" else "send a JPEG, PNG, GIF, WebP or AVIF"
    )
    expect(editor.locator(BODY)).to_have_value("Before.\n\nAfter.")
    editor.goto(f"{desk.url}/admin/media/image/")
    expect(editor.locator("#changelist")).to_be_visible()
    assert name not in editor.inner_text("#changelist")


def test_a_dropped_file_of_another_kind_is_refused_with_the_reason(editor):
    give(editor, "drop", NOTES)
    expect(editor.locator(".editor-problem")).to_contain_text("notes.txt was not uploaded: This is no picture")
    expect(editor.locator(BODY)).to_have_value("Before.\n\nAfter.")


def test_what_was_selected_comes_back_where_one_of_several_files_is_refused(editor):
    editor.evaluate("document.getElementById('id_body').setSelectionRange(9, 15)")
    give(editor, "drop", NOTES, ("pier.png", "image/png", files.saved(files.photo(340, 200), "PNG")))
    expect(editor.locator(BODY)).to_have_value(re.compile(rf"^Before\.\n\nAfter\.\s+{MARKDOWN}\s*$"))
    expect(editor.locator(".editor-problem")).to_contain_text("notes.txt was not uploaded: This is no picture")
