"""The page scrolls, and the text within it does not: the bars stay in the window, and cover no cursor."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.editor.writing.conftest import wait_until, write

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"
PARAGRAPHS = "\n\n".join(f"Paragraph {number}, which has some words." for number in range(120))
# The bars and the line of the cursor, by their upper and lower edges in the window.
EDGES = """() => {
  const area = document.getElementById("id_body");
  const edges = (element) => { const {top, bottom} = element.getBoundingClientRect(); return [top, bottom]; };
  const row = area.value.slice(0, area.selectionStart).split("\\n").length - 1;
  // Of what is one line of the text, the first on the screen: the cursor is in that.
  const [top, bottom] = edges(document.querySelector(".editor-layer > div").children[row]);
  const found = {line: [top, Math.min(bottom, top + 32)]};
  for (const name of ["bar", "editor-tools", "editor-find", "editor-foot"]) found[name] = edges(document.querySelector(`.${name}`));
  return found;
}"""


@pytest.fixture(params=[1440, 390])
def editor(request, open_page_as, post_url):
    """The form of a post with a long text, as wide as a desk and a phone."""
    page = open_page_as("erika", viewport={"width": request.param, "height": 800})
    page.goto(post_url)
    page.wait_for_selector(".editor.is-ready")
    page.fill(BODY, PARAGRAPHS)
    return page


def line_is_seen(page) -> bool:
    """Return whether the cursor's line is in the window, and no bar covers it."""
    found = page.evaluate(EDGES)
    (top, bottom), (foot, foot_end) = found["line"], found["editor-foot"]
    above = max(found["editor-tools"][1], found["editor-find"][1])
    below = foot if foot_end <= 800 and foot > top else 800
    return above - 1 <= top and bottom <= below + 1


def test_the_text_is_as_tall_as_it_is_long_and_has_no_scroll_bar_of_its_own(editor):
    hidden, height = editor.evaluate(
        "() => { const area = document.getElementById('id_body');"
        " return [area.scrollHeight - area.clientHeight, area.clientHeight] }"
    )
    assert (hidden, height > 5000) == (0, True)
    editor.fill(BODY, "Short.")
    assert editor.evaluate("document.getElementById('id_body').clientHeight") < 800


def test_the_bars_stay_and_the_line_of_the_cursor_is_seen(editor):
    editor.focus(BODY)
    for keys in (["Control+End", "a"], ["Control+Home", "a"], ["Control+End", "Enter", "Enter", "More.", "Enter"]):
        for key in keys:
            editor.keyboard.press(key) if len(key) > 1 and key[
                0
            ].isupper() and "." not in key else editor.keyboard.type(key)
        wait_until(editor, "document.activeElement.id === 'id_body'")
        assert line_is_seen(editor), (keys, editor.evaluate(EDGES))
    found = editor.evaluate(EDGES)
    assert found["bar"][0] == 0
    assert abs(found["editor-tools"][0] - found["bar"][1]) <= 1


def test_found_words_are_scrolled_to_below_the_bars(editor):
    editor.focus(BODY)
    editor.keyboard.press("Control+Home")
    write(editor, "Control+f")
    editor.keyboard.type("paragraph 77,")
    expect(editor.locator(".find-count")).to_have_text("1 of 1")
    # The text lacks the focus, without which a browser shows no selection.
    found = "() => [...(CSS.highlights.get('desk-found') ?? [])].map((range) => range.toString())"
    assert editor.evaluate(found) == ["Paragraph 77,"]
    assert line_is_seen(editor)
    editor.keyboard.press("Escape")
    assert editor.evaluate("document.activeElement.id") == "id_body"
    assert editor.evaluate(found) == []
    assert line_is_seen(editor)


def test_after_saving_the_window_is_where_it_was(editor):
    editor.evaluate("""() => {
      const area = document.getElementById("id_body");
      area.focus();
      area.setSelectionRange(2000, 2000);
    }""")
    editor.keyboard.type("here ")
    before = editor.evaluate(EDGES)["line"][0]
    with editor.expect_event("load"):
        editor.keyboard.press("Control+s")
    wait_until(editor, "document.activeElement.id === 'id_body'")
    assert editor.evaluate("document.activeElement.selectionStart") == 2005
    assert line_is_seen(editor)
    assert abs(editor.evaluate(EDGES)["line"][0] - before) < 200


def test_what_belongs_to_the_post_is_at_hand_at_the_end_of_its_text(editor):
    if editor.viewport_size["width"] < 1024:
        return editor.wait_for_selector(".bar-panel")
    editor.evaluate("scrollTo({top: 1e6, behavior: 'instant'})")
    box = editor.locator("#panel").bounding_box()
    assert editor.evaluate(EDGES)["bar"][1] <= box["y"] < 200
    return editor.click("#panel .field-slug input")


def test_the_preview_stays_in_the_window_and_follows(editor):
    editor.focus(BODY)
    editor.keyboard.press("Control+Shift+L")
    shown = editor.frame_locator(".editor-page")
    shown.locator("text=Paragraph 119,").wait_for()
    write(editor, "Control+Home", "Control+End")
    wait_until(
        editor,
        "(() => { const page = document.querySelector('.editor-page').contentDocument.scrollingElement;"
        " return page.scrollTop > 0 && page.scrollTop + page.clientHeight >= page.scrollHeight - 200 })()",
    )
    top, bottom = editor.evaluate(
        "(() => { const {top, bottom} = document.querySelector('.editor-page').getBoundingClientRect(); return [top, bottom] })()"
    )
    assert 0 < top < bottom <= 801
    assert line_is_seen(editor)
