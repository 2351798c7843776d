"""Notes at places of the text and reviews, with scripts: nothing typed is lost, and places are found again after edits."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.axe import in_each_scheme, violations

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"
TEXT = "One tide. Two tides.\n\nThe tide comes in. The tide goes out.\n"


@pytest.fixture
def editor(open_page_as, post_url) -> Page:
    """A page with the form of a post of Alice, open for Erika."""
    page = open_page_as("erika", viewport={"width": 1280, "height": 900})
    page.goto(post_url)
    page.fill(BODY, TEXT)
    return page


def select(page: Page, words: str, occurrence: int = 1) -> None:
    """Select the words in the text that occur there for the nth time."""
    start = -1
    for _ in range(occurrence):
        start = page.input_value(BODY).index(words, start + 1)
    page.locator(BODY).evaluate(
        "(area, [start, end]) => { area.focus(); area.setSelectionRange(start, end); }", [start, start + len(words)]
    )


def leave_note(page: Page, text: str) -> None:
    page.click("[data-command=remark]")
    page.fill("#note-text", text)
    page.click("[form=note-form][name=add]")
    expect(page.locator(".teamwork-said")).to_have_text("Your note was added.")


def selection(page: Page) -> list:
    return page.locator(BODY).evaluate("(area) => [area.selectionStart, area.selectionEnd]")


def test_a_note_about_selected_words_leads_back_to_them_after_edits_around_them(editor):
    select(editor, "The tide", 2)
    leave_note(editor, "Which one?")
    expect(editor.locator(".thread q")).to_have_text("The tide")
    expect(editor.locator(BODY)).to_have_value(TEXT)  # What is not saved stays.
    changed = "A new beginning. " + TEXT.replace("comes in", "came in")
    editor.fill(BODY, changed)
    editor.click(".note-go")
    start = changed.index("The tide goes")
    assert selection(editor) == [start, start + len("The tide")]
    expect(editor.locator(".note-changed")).to_be_hidden()
    assert not editor.complaints


def test_without_the_words_the_note_says_so_and_leads_to_where_they_were(editor):
    select(editor, "comes in")
    leave_note(editor, "Really?")
    changed = TEXT.replace("comes in", "rises")
    editor.fill(BODY, changed)
    expect(editor.locator(".note-changed")).to_be_visible()
    editor.click(".note-go")
    start = changed.index("rises")
    assert selection(editor) == [start, start + len("rises")]
    editor.fill(BODY, "All else.")
    editor.click(".note-go")
    expect(editor.locator(".teamwork-said")).to_have_text("The place of this note is not in the text any more.")


def test_a_mere_cursor_takes_the_word_that_it_is_in(editor):
    select(editor, "Two tides")
    editor.keyboard.press("ArrowLeft")
    editor.keyboard.press("ArrowRight")
    editor.click("[data-command=remark]")
    expect(editor.locator(".note-about q")).to_have_text("Two")
    assert editor.evaluate("document.activeElement.id") == "note-text"
    editor.click(".note-whole")
    expect(editor.locator(".note-about")).to_be_hidden()


def test_notes_are_answered_and_done_on_the_page_and_other_words_stay(editor):
    leave_note(editor, "Look.")
    editor.fill("#note-text", "Not sent yet")
    editor.click(".note-tools summary")
    editor.fill(".note-tools textarea", "I did.")
    editor.click("[name=answer]")
    expect(editor.locator(".note-answer .note-text")).to_have_text("I did.")
    assert editor.evaluate("document.activeElement.className") == "thread"
    expect(editor.locator("#note-text")).to_have_value("Not sent yet")
    editor.click("[name=settle]")
    expect(editor.locator("#notes-done summary")).to_have_text("1 note that is done")
    assert editor.evaluate("document.activeElement.localName") == "summary"
    editor.click("#notes-done summary")
    editor.click("[name=reopen]")
    expect(editor.locator("#notes > summary")).to_have_text("Notes (1)")
    editor.click("[form=note-form][name=add]")
    expect(editor.locator(".thread")).to_have_count(2)
    editor.fill("#note-text", "  ")
    editor.click("[form=note-form][name=add]")
    expect(editor.locator(".teamwork-said.is-wrong")).to_contain_text("it is empty")


def test_the_noted_words_are_coloured_in_the_text(editor):
    select(editor, "comes in")
    leave_note(editor, "Really?")
    found = "[...CSS.highlights.get('desk-note')].map((range) => range.toString())"
    assert editor.evaluate(found) == ["comes in"]


def test_asking_for_a_review_saves_the_text_first(editor, open_page_as, post_url):
    editor.click(".bar-more summary")
    with editor.expect_navigation():
        editor.click(".bar-more [name=_ask_review]")
    expect(editor.locator(BODY)).to_have_value(TEXT.strip() + "\n")
    other = open_page_as("frank")
    other.goto(post_url)
    expect(other.locator(".teamwork-state")).to_contain_text("erika asked for a review")
    other.fill(BODY, "Franks own words, not saved.")
    other.click("[value=send_back]")
    expect(other.locator(".teamwork-said.is-wrong")).to_contain_text("what should be changed")
    expect(other.locator(".bar-review")).to_be_visible()
    other.fill("#review-words", "Shorter, please.")
    other.click("[value=send_back]")
    expect(other.locator(".bar-review")).to_be_hidden()
    expect(other.locator("[form=assignment-form]").first).to_be_visible()
    expect(other.locator(".thread")).to_contain_text("Shorter, please.")
    expect(other.locator(BODY)).to_have_value("Franks own words, not saved.")


def test_a_session_that_ended_is_renewed_and_the_note_is_left(editor, desk):
    editor.fill("#note-text", "Still here")
    editor.context.clear_cookies()
    editor.click("[form=note-form][name=add]")
    expect(editor.locator("#desk-login")).to_be_visible()
    editor.fill("#desk-login-password", "a-long-password")
    editor.click("#desk-login [type=submit]")
    expect(editor.locator(".thread")).to_contain_text("Still here")


def test_on_a_phone_a_note_opens_the_panel(open_page_as, post_url):
    page = open_page_as("erika", viewport={"width": 390, "height": 844})
    page.goto(post_url)
    select(page, "Another line.")
    leave_note(page, "Which?")
    page.click(".note-go")
    assert selection(page)[0] == page.input_value(BODY).index("Another line.")


def test_axe_finds_nothing_in_the_panel(editor):
    select(editor, "comes in")
    leave_note(editor, "Really?")
    leave_note(editor, "A second one.")
    editor.locator("[name=settle]").last.click()
    expect(editor.locator("#notes-done")).to_be_visible()
    editor.click("#notes-done summary")
    editor.click(".note-tools summary")
    for scheme in in_each_scheme(editor):
        assert violations(editor, "#panel", scheme) == []
