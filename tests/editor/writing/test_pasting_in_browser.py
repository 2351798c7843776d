"""Pasting formatted text: it comes as Markdown, one undo takes it back, and without the server the plain text comes."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from playwright.sync_api import expect

from tests.media import files

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"
PASTE = """([html, text]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  const area = document.getElementById("id_body");
  area.focus();
  return !area.dispatchEvent(event);
}"""
LETTER = "<h2>Tides</h2><p>The <b>sea</b> comes<a href='#_ftn1' name='_ftnref1'>[1]</a>.</p><div><p><a href='#_ftnref1'>[1]</a> Twice.</p></div>"


@pytest.fixture
def editor(open_page_as, post_url):
    """A page with the form of a post, with the cursor between two paragraphs."""
    page = open_page_as("erika", viewport={"width": 1280, "height": 900})
    page.goto(post_url)
    page.fill(BODY, "Before[^1].\n\n\n\nAfter.\n\n[^1]: Note.")
    page.evaluate("document.getElementById('id_body').setSelectionRange(13, 13)")
    return page


def paste(page, html: str, text: str) -> bool:
    """Paste into the text; return whether the editor took it over from the browser."""
    return page.evaluate(PASTE, [html, text])


def test_formatted_text_comes_as_markdown_and_one_undo_takes_it_back(editor):
    assert paste(editor, LETTER, "Tides\nThe sea comes.")
    pasted = "Before[^1].\n\n## Tides\n\nThe **sea** comes[^2].\n\n[^2]: Twice.\n\nAfter.\n\n[^1]: Note."
    expect(editor.locator(BODY)).to_have_value(pasted)
    editor.keyboard.press("Control+z")
    expect(editor.locator(BODY)).to_have_value("Before[^1].\n\n\n\nAfter.\n\n[^1]: Note.")
    editor.keyboard.press("Control+Shift+z")
    expect(editor.locator(BODY)).to_have_value(pasted)
    assert not editor.complaints


def test_words_within_a_line_stay_within_it_and_plain_ones_are_left_to_the_browser(editor):
    editor.evaluate("document.getElementById('id_body').setSelectionRange(6, 6)")
    assert not paste(editor, "<span style='color: red'> sea</span>", " sea")
    assert paste(editor, "<span> </span><i>high</i><span> water</span>", " high water")
    expect(editor.locator(BODY)).to_have_value(re.compile(r"^Before \*high\* water\[\^1\]"))


def test_what_is_typed_meanwhile_stays(editor):
    editor.route("**/paste/", lambda route: (editor.wait_for_timeout(600), route.continue_()))
    paste(editor, LETTER, "Tides")
    expect(editor.locator(BODY)).to_have_value(re.compile("<!-- Pasting… "))
    editor.keyboard.type(" Typed.")
    expect(editor.locator(BODY)).to_have_value(re.compile(r"## Tides\n[\s\S]* Typed\.\n\nAfter"))
    assert "Pasting" not in editor.input_value(BODY)


def test_without_the_server_the_plain_text_comes_and_is_said_to(editor):
    editor.route("**/paste/", lambda route: route.abort())
    paste(editor, LETTER, "Tides\nThe sea comes.")
    expect(editor.locator(BODY)).to_have_value(re.compile(r"^Before\[\^1\]\.\n\nTides\nThe sea comes\.\n\nAfter"))
    expect(editor.locator(".editor-problem")).to_have_text(
        "Only the plain text was pasted: the server does not answer."
    )


def test_pictures_of_the_clipboard_are_uploaded_and_those_of_others_stay_there(editor):
    data = b64encode(files.encode(files.photo(340, 200), "PNG")).decode()
    html = (
        f"<p>One</p><img alt='Low tide' src='data:image/png;base64,{data}'><p><img src='https://example.org/a.png'></p>"
    )
    paste(editor, html, "One\n")
    expected = r"One\n\n!\[Low tide\]\(/media/[0-9a-f]{64}/\d+\.\w+#low-tide\)\n\n!\[\]\(https://example\.org/a\.png\)"
    expect(editor.locator(BODY)).to_have_value(re.compile(expected))
    expect(editor.locator(".editor-said")).to_have_text("1 picture stays at example.org: readers load it from there.")
