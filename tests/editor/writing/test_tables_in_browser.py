"""Tables and footnotes by keyboard: Tab goes from cell to cell, and a key from a footnote's mark to its words and back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"
TABLE = "| Place | High |\n| ----- | ---: |\n| Quay  | 4.1  |"


@pytest.fixture
def editor(open_page_as, post_url):
    """The form of a post, with the cursor in its text."""
    page = open_page_as("erika")
    page.goto(post_url)
    page.wait_for_selector(".editor.is-ready")
    page.fill(BODY, "")
    page.focus(BODY)
    return page


def put(page, text: str) -> None:
    """Fill the text, with the cursor where it has a "‸"."""
    page.fill(BODY, text.replace("‸", ""))
    page.evaluate("at => document.getElementById('id_body').setSelectionRange(at, at)", text.index("‸"))


def selected(page) -> str:
    return page.evaluate(
        "(() => { const area = document.getElementById('id_body');"
        " return area.value.slice(area.selectionStart, area.selectionEnd) })()"
    )


def with_cursor(page) -> str:
    value, at = page.evaluate(
        "(() => { const e = document.getElementById('id_body'); return [e.value, e.selectionEnd] })()"
    )
    return f"{value[:at]}‸{value[at:]}"


def test_a_new_table_is_filled_from_its_first_cell_on_by_tab_alone_and_stays_aligned(editor):
    editor.keyboard.type("Below:")
    editor.click("[data-command=table]")
    editor.fill("#desk-table-columns", "2")
    editor.fill("#desk-table-rows", "1")
    editor.keyboard.press("Enter")
    expect(editor.locator("#desk-table")).to_be_hidden()
    for number, words in enumerate(["Harbour", "High water", "Northgate", "4.1", "Quay", "3.9 | 4.0"]):
        if number:
            editor.keyboard.press("Tab")
        editor.keyboard.type(words.replace("|", "\\|"))
    editor.keyboard.press("Shift+Tab")
    assert selected(editor) == "Quay"
    expect(editor.locator(BODY)).to_have_value(
        "Below:\n\n"
        "| Harbour   | High water |\n| --------- | ---------- |\n| Northgate | 4.1        |\n| Quay      | 3.9 \\| 4.0 |\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("| A | B |\n| - | - |\n| o‸ne | two |", "| A   | B   |\n| --- | --- |\n| one | two |\n\n‸"),
        (
            "| A | B |\n| - | - |\n| one | two |‸\n\nBelow.",
            "| A   | B   |\n| --- | --- |\n| one | two |\n\n‸\n\nBelow.",
        ),
        ("| A | B |\n| - | - |\n| one | two |\n|  | ‸ |\n", "| A   | B   |\n| --- | --- |\n| one | two |\n\n‸"),
        ("| A | B‸ |\n| - | - |\n| one | two |", "| A   | B   |\n| --- | --- |\n| one | two‸ |"),
        ("| A | B |\n| -‸ | - |\n| one | two |\n", "| A   | B   |\n| --- | --- |\n| one‸ | two |\n"),
        ("| o‸ne | two |", "| o\n‸ne | two |"),
        ("Above.\n‸| A | B |\n| - | - |", "Above.\n\n‸| A | B |\n| - | - |"),
    ],
)
def test_enter_goes_to_the_next_row_and_from_the_last_one_below_the_table(before, after, editor):
    put(editor, before)
    editor.keyboard.press("Enter")
    assert with_cursor(editor) == after


def test_one_undo_takes_back_that_an_empty_last_row_went_away(editor):
    put(editor, "| A   | B   |\n| --- | --- |\n| one | two |\n|     | ‸    |")
    editor.keyboard.press("Enter")
    editor.keyboard.press("Control+z")
    expect(editor.locator(BODY)).to_have_value("| A   | B   |\n| --- | --- |\n| one | two |\n|     |     |")


def test_colons_of_the_columns_stay_and_one_undo_takes_an_alignment_back(editor):
    put(editor, f"{TABLE.replace('Quay', 'The long quay‸')}\n\nAfter.")
    before = editor.input_value(BODY)
    editor.keyboard.press("Tab")
    assert selected(editor) == "4.1"
    aligned = "| Place         | High |\n| ------------- | ---: |\n| The long quay | 4.1  |\n\nAfter."
    assert editor.input_value(BODY) == aligned
    editor.keyboard.press("Control+z")
    assert editor.input_value(BODY) == before


@pytest.mark.parametrize("keys", [["Escape", "Tab"], ["Escape", "Shift+Tab"], ["Control+Home", "Shift+Tab"]])
def test_escape_and_then_tab_leave_the_text_and_so_does_going_back_from_the_first_cell(keys, editor):
    put(editor, TABLE.replace("Quay", "Qu‸ay"))
    for key in keys:
        editor.keyboard.press(key)
    assert editor.evaluate("document.activeElement.id") != "id_body"
    assert editor.input_value(BODY) == TABLE


def test_how_to_leave_is_said_at_the_first_tab_in_a_table(editor):
    put(editor, TABLE.replace("Quay", "Qu‸ay"))
    editor.keyboard.press("Tab")
    expect(editor.locator(".editor-said")).to_have_text(
        "Tab goes to the next cell, Enter to the next row and out of the table; Escape and then Tab leave the text."
    )


@pytest.mark.parametrize("text", ["Wo‸rds.", f"```\n{TABLE}‸\n```", "| not a table‸"])
def test_elsewhere_tab_leaves_the_text(text, editor):
    put(editor, text)
    editor.keyboard.press("Tab")
    assert editor.evaluate("document.activeElement.id") != "id_body"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("At nine[^1]‸, he said.\n\n[^1]: By the clock.\n", "At nine[^1], he said.\n\n[^1]: By the clock.‸\n"),
        ("At nine[^a], he said.\n\n[^a]: By the‸ clock.\n", "At nine[^a]‸, he said.\n\n[^a]: By the clock.\n"),
        (
            "At nine[^a].\n\n[^a]: By the clock.\n\n    Of the t‸ower.",
            "At nine[^a]‸.\n\n[^a]: By the clock.\n\n    Of the tower.",
        ),
        ("At nine[^b]‸.", "At nine[^b].\n\n[^b]: ‸\n"),
        ("One[^1].\n\nAt nine‸.\n\n[^1]: First.", "One[^1].\n\nAt nine[^2].\n\n[^1]: First.\n\n[^2]: ‸\n"),
    ],
)
def test_a_key_leads_from_a_footnotes_mark_to_its_words_and_back_and_inserts_one_elsewhere(before, after, editor):
    put(editor, before)
    editor.keyboard.press("Control+Shift+Digit6")
    assert with_cursor(editor) == after
