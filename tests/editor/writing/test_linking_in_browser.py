"""The link dialog: words find a post, which is linked with its title; addresses are pasted; all of it by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.axe import in_each_scheme, violations

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"


@pytest.fixture
def editor(open_page_as, post_url):
    """A page with the form of a post, and the link dialog open."""
    page = open_page_as("erika", viewport={"width": 1280, "height": 900})
    page.goto(post_url)
    page.fill(BODY, "The sea")
    page.focus(BODY)
    page.keyboard.press("End")
    return page


def test_words_find_a_post_and_enter_links_it_with_its_title(editor):
    editor.keyboard.press("Control+k")
    editor.keyboard.type("tid")
    options = editor.locator("#desk-link-found [role=option]")
    expect(options.first).to_have_attribute("aria-selected", "true")
    field = editor.locator("#desk-link-address")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    editor.keyboard.press("Enter")
    editor.wait_for_function("document.getElementById('id_body').value.startsWith('The sea[Tides](/tides')")
    assert editor.evaluate("document.activeElement.id") == "id_body"
    assert not editor.complaints


def test_two_brackets_open_the_dialog_and_the_link_takes_their_place(editor):
    editor.keyboard.type(" and [[")
    expect(editor.locator("#desk-link")).to_be_visible()
    editor.keyboard.type("tid")
    expect(editor.locator("#desk-link-found [role=option]").first).to_have_attribute("aria-selected", "true")
    editor.keyboard.press("Enter")
    editor.wait_for_function("document.getElementById('id_body').value.startsWith('The sea and [Tides](/tides')")
    editor.keyboard.type(" [[")
    editor.keyboard.press("Escape")
    expect(editor.locator("#desk-link")).to_be_hidden()
    assert editor.input_value(BODY).endswith(" [[")


@pytest.mark.parametrize("code", ["`if ", "```sh\nif "])
def test_two_brackets_in_code_are_code(editor, code):
    editor.fill(BODY, code)
    editor.keyboard.press("Control+End")
    editor.keyboard.type("[[ -f x ]]")
    expect(editor.locator("#desk-link")).to_be_hidden()
    assert editor.input_value(BODY) == f"{code}[[ -f x ]]"


def test_selected_words_are_linked(editor):
    editor.keyboard.press("Shift+Control+ArrowLeft")
    editor.keyboard.press("Control+k")
    editor.keyboard.type("tides")
    editor.locator("#desk-link-found [role=option]").first.click()
    editor.wait_for_function("document.getElementById('id_body').value.startsWith('The [sea](/tides')")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("https://example.org/a(b)", "The sea[https://example.org/a(b)](<https://example.org/a(b)>)"),
        ("example.org", "The sea[example.org](https://example.org)"),
        ("/about/", "The sea[/about/](/about/)"),
    ],
)
def test_an_address_is_taken_as_it_is(typed, expected, editor):
    editor.keyboard.press("Control+k")
    editor.keyboard.type(typed)
    editor.keyboard.press("Enter")
    expect(editor.locator(BODY)).to_have_value(expected)


def test_words_that_find_nothing_make_no_link(editor):
    editor.keyboard.press("Control+k")
    editor.keyboard.type("whales and more")
    expect(editor.locator("#desk-link-count")).to_have_text("Nothing found with these words.")
    editor.keyboard.press("Enter")
    expect(editor.locator("#desk-link")).to_be_visible()
    editor.keyboard.press("Escape")
    expect(editor.locator(BODY)).to_have_value("The sea")


def test_axe_finds_nothing_in_the_dialog(editor):
    editor.keyboard.press("Control+k")
    editor.keyboard.type("tid")
    expect(editor.locator("#desk-link-found [role=option]").first).to_be_visible()
    for scheme in in_each_scheme(editor):
        assert violations(editor, "#desk-link", scheme) == []
