"""The editor of posts in a browser: shortcuts, pasting, uploads, preview, merging, and without JavaScript."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.axe import in_each_scheme, violations
from tests.editor.writing.conftest import (
    CREATE_POST,
    PAUSE,
    save,
    screenshot,
    send_draft,
    wait_for_state,
    wait_until,
    write,
)

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"
UPLOAD = "/admin/media/image/upload/"
TEXT = """## Tides

Some *text* with a [link](https://example.org/), `code` and a note.[^1]

- [x] done
- [ ] to do

| a | b |
|---|--:|
| 1 | 2 |

> [!WARNING]
> Careful.

```python
print("tides")
```

[^1]: The note.
"""


@pytest.fixture
def editor(open_page_as, post_url):
    """Return a function that opens the form of a post with a text, in which the cursor is at the end."""

    def open_editor(text: str = "", open_page_as: Callable = open_page_as, **options):
        page = open_page_as("erika", **options)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(post_url)
        page.fill(BODY, text)
        page.focus(BODY)
        page.keyboard.press("Control+End")
        return page

    return open_editor


def body(page) -> str:
    return page.input_value(BODY)


def select(page, words: str) -> None:
    """Select the first occurrence of these words in the text."""
    page.evaluate(
        "(words) => { const area = document.getElementById('id_body'); const at = area.value.indexOf(words);"
        " area.focus(); area.setSelectionRange(at, at + words.length); }",
        words,
    )


def copy(page, **types: str) -> None:
    """Write texts to the clipboard by their types: `copy(page, text_html="…")`."""
    page.evaluate(
        "(types) => navigator.clipboard.write([new ClipboardItem(Object.fromEntries(Object.entries(types).map("
        "([type, text]) => [type, new Blob([text], { type })])))])",
        {name.replace("_", "/"): text for name, text in types.items()},
    )


def paste(page) -> None:
    page.keyboard.press("Control+V")


@pytest.mark.parametrize(
    ("keys", "selected", "after"),
    [
        ("Control+B", "tides", "The **tides** come."),
        ("Control+I", "tides", "The *tides* come."),
        ("Control+E", "tides", "The `tides` come."),
        ("Control+Shift+X", "tides", "The ~~tides~~ come."),
        ("Control+Shift+H", "tides", "## The tides come."),
        ("Control+Shift+Digit8", "tides", "- The tides come."),
        ("Control+Shift+Digit7", "tides", "1. The tides come."),
        ("Control+Shift+Digit9", "tides", "- [ ] The tides come."),
        ("Control+Shift+Period", "tides", "> The tides come."),
    ],
)
def test_shortcuts_format_the_selection_and_undo_reverts_them(keys, selected, after, shared):
    page = shared
    page.fill(BODY, "The tides come.")
    select(page, selected)
    page.keyboard.press(keys)
    assert body(page) == after
    page.keyboard.press("Control+Z")
    assert body(page) == "The tides come."


@pytest.mark.parametrize("keys", ["Control+B", "Control+I", "Control+Shift+Digit8", "Control+Shift+Period"])
def test_the_same_shortcut_again_removes_the_format(keys, shared):
    page = shared
    page.fill(BODY, "The tides come.")
    select(page, "tides")
    page.keyboard.press(keys)
    page.keyboard.press(keys)
    assert body(page) == "The tides come."


@pytest.fixture(scope="module")
def shared(desk, chromium):
    """A page with a form that is shared by the tests that only type in it."""
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.add_cookies([desk.session("erika")])
    page = context.new_page()
    page.goto(f"{desk.url}/admin/posts/post/{desk.shell(CREATE_POST).split()[-1]}/change/")
    yield page
    context.close()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["- one", "Enter", "two", "Enter", "Enter", "end"], "- one\n- two\n\nend"),
        (["> one", "Enter", "Enter", "end"], "> one\n\nend"),
        (["3. one", "Enter", "two"], "3. one\n4. two"),
        (["- [x] one", "Enter", "two"], "- [x] one\n- [ ] two"),
        (["> one", "Enter", "two"], "> one\n> two"),
        (["- one", "Enter", "two", "Control+]"], "- one\n  - two"),
        (["- one", "Enter", "two", "Control+]", "Control+["], "- one\n- two"),
        (["plain", "Enter", "text"], "plain\ntext"),
        (["```", "Enter", "- code", "Enter", "more"], "```\n- code\nmore"),
        (["- one", "Shift+Enter", "two"], "- one\ntwo"),
    ],
)
def test_enter_continues_lists_and_quotes(typed, expected, shared):
    page = shared
    page.fill(BODY, "")
    write(page, *typed)
    assert body(page) == expected


def test_a_url_pasted_over_selected_words_links_them(shared):
    page = shared
    page.fill(BODY, "See the tables here.")
    select(page, "tables")
    copy(page, text_plain="https://example.org/tides_(sea)")
    paste(page)
    assert body(page) == "See the [tables](<https://example.org/tides_(sea)>) here."
    page.keyboard.press("Control+Z")
    assert body(page) == "See the tables here."


def test_pasted_spreadsheet_rows_become_a_table(shared):
    page = shared
    page.fill(BODY, "Before.")
    copy(page, text_plain='Day\tHigh\n"Mon\nday"\t1|2\n')
    paste(page)
    assert body(page) == "Before.\n\n| Day     | High |\n| ------- | ---- |\n| Mon day | 1\\|2 |\n"


def test_a_pasted_html_table_becomes_a_table(shared):
    page = shared
    page.fill(BODY, "")
    html = "<table><tr><th>a</th><th>b</th></tr><tr><td colspan=2>c</td></tr></table>"
    copy(page, text_html=html, text_plain="a\tb\nc")
    paste(page)
    assert body(page).strip() == "| a   | b   |\n| --- | --- |\n| c   |     |"


def test_the_editor_works_with_the_keyboard_alone(editor):
    page = editor()
    page.keyboard.type("The ")
    page.keyboard.press("Control+K")
    page.keyboard.type("https://example.org/")
    page.keyboard.press("Tab")
    page.keyboard.type("tides")
    page.keyboard.press("Enter")
    assert body(page) == "The [tides](https://example.org/)"

    # The toolbar is one tab stop; the arrow keys move along it.
    page.keyboard.press("Tab")
    focused = "document.activeElement.dataset.command"
    assert page.evaluate(focused) == "heading"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "bold"
    page.keyboard.press("End")
    assert page.evaluate(focused) == "full"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == "preview"
    page.keyboard.press("Enter")
    assert page.get_attribute("[data-command=preview]", "aria-pressed") == "true"
    # How many stops the preview has depends on its page, so that is waited for: its link, and what can be scrolled.
    page.frame_locator(".editor-shown iframe").get_by_role("link", name="tides").wait_for()
    for _stop in range(4):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.id") == "id_body":
            break
    assert page.evaluate("document.activeElement.id") == "id_body"

    page.keyboard.press("Control+End")
    page.keyboard.press("Alt+F10")
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    while page.evaluate(focused) != "table":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    assert body(page).endswith("| Column 1 | Column 2 |\n| -------- | -------- |\n|          |          |\n")
    page.keyboard.type("Place")
    assert "| Place | Column 2 |" in body(page)

    # Escape leaves the full screen, and Tab the textarea.
    page.keyboard.press("Control+Shift+F")
    assert page.locator(".has-full-editor .editor").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".has-full-editor .editor").count() == 0
    is_inside = "document.querySelector('.editor').contains(document.activeElement)"
    # The preview has a stop for the table, if it has been updated by now.
    stops = 0
    while page.evaluate(is_inside) and (stops := stops + 1) <= 4:
        page.keyboard.press("Tab")
    assert not page.evaluate(is_inside)

    page.focus(BODY)
    with page.expect_navigation():
        page.keyboard.press("Control+S")
    assert "Kept for later" in page.inner_text(".messagelist")
    assert "| Place | Column 2 |" in body(page)
    assert not page.complaints


def test_the_preview_looks_like_the_public_page(desk, editor):
    page = editor(viewport={"width": 1440, "height": 1000})
    page.click("[data-command=preview]")
    page.fill(BODY, TEXT)
    shown = page.frame_locator(".editor-page")
    shown.locator(".footnotes").wait_for()
    preview = shown.locator(".prose").inner_html()
    backgrounds = {}
    assert page.inner_text(".count-words") == "22"
    assert page.inner_text(".count-minutes") == "1"
    wait_for_state(page, "kept")
    for scheme in in_each_scheme(page):
        backgrounds[scheme] = shown.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
        screenshot(page, f"preview-{scheme}-1440")
    assert not page.complaints
    save(page)
    page.goto(f"{desk.url}" + page.get_attribute("a.viewsitelink", "href"))
    # The readers' script adds buttons to copy code.
    page.evaluate("document.querySelectorAll('.copy').forEach((button) => button.remove())")
    assert page.locator(".prose").inner_html() == preview
    assert backgrounds["light"] != backgrounds["dark"]
    for scheme in in_each_scheme(page):
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == backgrounds[scheme]


def test_the_preview_scrolls_with_the_text_and_shows_its_errors(editor):
    page = editor("\n\n".join(f"Paragraph {number}." for number in range(200)), viewport={"width": 1440, "height": 900})
    page.click("[data-command=preview]")
    shown = page.frame_locator(".editor-page")
    shown.locator("text=Paragraph 199.").wait_for()
    page.evaluate("scrollTo({top: 1e6, behavior: 'instant'})")
    wait_until(
        page,
        "(() => { const page = document.querySelector('.editor-page').contentDocument.scrollingElement;"
        " return page.scrollTop > 0 && page.scrollTop + page.clientHeight >= page.scrollHeight - 2 })()",
    )
    page.fill(BODY, "> " * 50 + "deep")
    page.wait_for_selector(".editor-problem:has-text('too deeply')")
    page.fill(BODY, "Shallow.")
    shown.locator("text=Shallow.").wait_for()
    assert page.inner_text(".editor-problem") == ""


def test_a_link_in_the_preview_opens_in_another_tab(editor):
    page = editor(TEXT)
    page.click("[data-command=preview]")
    link = page.frame_locator(".editor-page").locator("a[href='https://example.org/']")
    link.wait_for()
    page.context.route("https://example.org/**", lambda route: route.fulfill(body="There."))
    with page.context.expect_page():
        link.click()
    assert body(page) == TEXT


# Images. The tests fake the response of the upload endpoint, and its URL if the server has none.


@pytest.fixture
def uploading(open_page_as, post_url):
    """Return a function that opens an editor whose uploads get this response; `page.sent` collects the requests."""

    def open_editor(answer: dict, status: int = 201):
        page = open_page_as("erika")
        page.sent = []

        def upload(route) -> None:
            page.sent.append(route.request)
            route.fulfill(status=status, content_type="application/json", body=json.dumps(answer))

        page.route(f"**{UPLOAD}", upload)
        page.route("**/change/", offer_uploads)
        page.goto(post_url)
        page.fill(BODY, "Before.")
        page.focus(BODY)
        page.keyboard.press("Control+End")
        return page

    return open_editor


def offer_uploads(route) -> None:
    response = route.fetch()
    html = response.text()
    if 'data-upload=""' in html:
        html = html.replace('data-upload=""', f'data-upload="{UPLOAD}"')
        html = html.replace(
            '<button type="button" data-command="table"',
            '<input type="file" hidden><button type="button" data-command="table"',
        )
    route.fulfill(response=response, body=html)


UPLOADED = {"id": 1, "url": "/media/a.png", "markdown": "![](/media/a.png)", "alt": "", "width": 2, "height": 2}
SEND_IMAGE = """async (drop) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 2, height: 2 });
  const blob = await new Promise((done) => canvas.toBlob(done));
  const data = new DataTransfer();
  data.items.add(new File([blob], "a [picture].png", { type: "image/png" }));
  const area = document.getElementById("id_body");
  const event = drop
    ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
    : new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  area.dispatchEvent(event);
  return area.value;
}"""


@pytest.mark.parametrize("drop", [False, True], ids=["pasted", "dropped"])
def test_a_pasted_or_dropped_image_is_uploaded_and_inserted(drop, uploading):
    page = uploading(UPLOADED)
    at_once = page.evaluate(SEND_IMAGE, drop)
    assert "![Uploading a picture.png (1)…]()" in at_once
    wait_until(page, "document.getElementById('id_body').value.includes('/media/a.png')")
    assert body(page).strip() == "Before.\n\n![](/media/a.png#a-picture)"
    (request,) = page.sent
    assert request.headers["x-csrftoken"]
    assert b'name="file"; filename="a [picture].png"' in request.post_data_buffer


def test_a_refused_image_shows_an_error_and_leaves_no_placeholder(uploading):
    page = uploading({"detail": "This is no image."}, 415)
    page.evaluate(SEND_IMAGE, True)
    page.wait_for_selector(".editor-problem:has-text('was not uploaded: This is no image.')")
    assert body(page).strip() == "Before."


# Concurrent edits


def test_the_second_editor_merges_both_texts_hunk_by_hunk(open_page_as, open_page_with_clock_as, post_url):
    alice, erika = open_page_as("alice"), open_page_with_clock_as("erika", viewport={"width": 1440, "height": 1000})
    for page in (alice, erika):
        page.goto(post_url)
    alice.fill(BODY, "One line.\n\nAlice's other line.\n\nA third line.\n\nAlice's end.")
    save(alice)
    erika.fill("#id_title", "Erika's tides")
    erika.fill(BODY, "Erika's line.\n\nAnother line.\n\nA third line.")
    erika.clock.run_for(PAUSE)
    erika.wait_for_selector(".editor-meanwhile:has-text('alice has saved version 2')")
    save(erika)
    assert "Two texts" in erika.inner_text(".conflict h2")
    screenshot(erika, "conflict-1440")
    buttons = erika.locator(".difference[data-field=body] .choose button")
    assert buttons.all_inner_texts() == ["Take theirs"] * buttons.count()
    erika.locator('tr:has-text("Alice\'s other line.") + tr .button').click()
    erika.locator('tr:has-text("Alice\'s end.") + tr .button').click()
    assert body(erika) == "Erika's line.\n\nAlice's other line.\n\nA third line.\n\nAlice's end."
    erika.locator('tr:has-text("Alice\'s other line.") + tr .button').click()
    assert body(erika) == "Erika's line.\n\nAnother line.\n\nA third line.\n\nAlice's end."
    save(erika)
    assert erika.locator(".conflict").count() == 0
    assert erika.input_value("#id_title") == "Erika's tides"
    assert not erika.complaints or all("409" in text for text in erika.complaints)


def test_taking_the_stored_text_discards_the_draft_without_a_prompt(open_page_as, open_page_with_clock_as, post_url):
    alice, erika = open_page_as("alice"), open_page_with_clock_as("erika")
    for page in (alice, erika):
        page.goto(post_url)
    alice.fill(BODY, "Alice's.")
    save(alice)
    erika.fill(BODY, "Erika's.")
    send_draft(erika)
    save(erika)
    dialogs = []
    erika.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    with erika.expect_navigation():
        erika.click(".take-stored")
    erika.wait_for_load_state("networkidle")
    assert body(erika) == "Alice's."
    assert dialogs == []
    assert erika.locator(".draft-offer:visible").count() == 0


# Without JavaScript, and accessibility


def test_without_javascript_the_editor_is_a_plain_textarea(open_page_as, post_url):
    page = open_page_as("erika", java_script_enabled=False)
    page.goto(post_url)
    assert page.locator(".editor").count() == 0
    page.fill(BODY, "Plain.")
    save(page)
    assert body(page) == "Plain."


@pytest.mark.parametrize("width", [320, *(pytest.param(width, marks=pytest.mark.heavy) for width in (768, 1440))])
def test_the_editor_its_dialogs_and_draft_offers_have_no_axe_violations(
    width, editor, open_page_with_clock_as, post_url
):
    page = editor(TEXT, open_page_as=open_page_with_clock_as, viewport={"width": width, "height": 900})
    send_draft(page)
    page.click("[data-command=preview]")
    page.frame_locator(".editor-page").locator(".footnotes").wait_for()
    check_accessibility(page, "editor", width)
    page.click("[data-command=full]")
    assert page.locator(BODY).bounding_box()["height"] > (300 if width < 768 else 650)
    check_accessibility(page, "full", width)
    page.keyboard.press("Escape")
    page.focus(BODY)
    page.keyboard.press("Control+K")
    check_accessibility(page, "dialog", width)
    page.keyboard.press("Escape")
    page.goto(post_url)
    page.wait_for_selector(".draft-offer:visible")
    check_accessibility(page, "offer", width)


def check_accessibility(page, what: str, width: int) -> None:
    for scheme in in_each_scheme(page):
        name = f"{what}-{scheme}-{width}"
        screenshot(page, name)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        assert violations(page, ".editor, dialog, .draft-offer", scheme) == [], name


# A server that is busy


def test_a_preview_that_is_refused_while_the_server_is_busy_is_told_and_asked_for_again(editor):
    page = editor(TEXT)
    refused = json.dumps({"detail": "Other work is under way."})
    answers = [{"status": 429, "headers": {"Retry-After": "1"}, "content_type": "application/json", "body": refused}]
    asked = []

    def answer(route) -> None:
        asked.append(route.request)
        route.fulfill(**answers.pop()) if answers else route.continue_()

    page.route("**/render/", answer)
    page.click("[data-command=preview]")
    page.wait_for_function("document.querySelector('.editor-problem').textContent === 'Other work is under way.'")
    page.frame_locator(".editor-page").locator("a[href='https://example.org/']").wait_for()
    page.wait_for_function("document.querySelector('.editor-problem').textContent === ''")
    assert len(asked) >= 2
    assert body(page) == TEXT
