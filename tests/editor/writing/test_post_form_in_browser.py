"""The form of a post in a browser: conflicts, expired sessions, autocomplete fields and the Content Security Policy."""

from __future__ import annotations

import pytest

from tests.editor.writing.conftest import begin_another_session, save, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.server]


def csp_violations(page) -> list[str]:
    return [text for text in page.complaints if "Content Security Policy" in text or "Content-Security-Policy" in text]


def open_twice(url: str, open_page_as):
    """Open the same form in two browsers, as Alice and as Erika, and return both pages."""
    alice, erika = open_page_as("alice"), open_page_as("erika")
    for page in (alice, erika):
        page.goto(url)
    return alice, erika


def test_a_conflict_shows_both_texts_and_loses_neither(open_page_as, post_url):
    alice, erika = open_twice(post_url, open_page_as)
    alice.fill("#id_body", "One line.\n\nAlice's line.")
    save(alice)
    assert "Updated." in alice.inner_text("#content-start, .messagelist >> nth=0")

    erika.fill("#id_body", "One line.\n\nErika's line.")
    save(erika)

    assert "Two texts" in erika.inner_text(".conflict h2")
    assert "Alice's line." in erika.inner_text(".conflict td.old >> nth=-1")
    assert "Erika's line." in erika.inner_text(".conflict td.new >> nth=-1")
    assert erika.input_value("#id_body") == "One line.\n\nErika's line."
    assert not csp_violations(erika)

    erika.fill("#id_body", "One line.\n\nAlice's line.\n\nErika's line.")
    save(erika)
    assert erika.locator(".conflict").count() == 0
    alice.goto(post_url)
    assert alice.input_value("#id_body") == "One line.\n\nAlice's line.\n\nErika's line."


def test_after_a_conflict_the_stored_text_can_be_taken(open_page_as, post_url):
    alice, erika = open_twice(post_url, open_page_as)
    alice.fill("#id_title", "Tides by Alice")
    save(alice)
    erika.fill("#id_title", "Tides by Erika")
    save(erika)
    with erika.expect_navigation():
        erika.click(".take-stored")
    assert erika.input_value("#id_title") == "Tides by Alice"


def test_without_javascript_an_expired_session_keeps_the_text(open_page_as, post_url):
    erika = open_page_as("erika", java_script_enabled=False)
    erika.goto(post_url)
    erika.fill("#id_body", 'Typed for an hour: ä, 漢字, <b> & "quotes".\n\nAnd more.')
    erika.context.clear_cookies()
    save(erika)
    assert "What you typed is kept" in erika.inner_text(".errornote")
    sign_in(erika, "erika")
    assert erika.input_value("#id_body") == 'Typed for an hour: ä, 漢字, <b> & "quotes".\n\nAnd more.'
    save(erika)
    erika.goto(post_url)
    assert erika.input_value("#id_body").startswith("Typed for an hour")
    assert not csp_violations(erika)


def test_without_javascript_a_login_in_another_tab_keeps_the_text(desk, open_page_as, post_url):
    erika = open_page_as("erika", java_script_enabled=False)
    erika.goto(post_url)
    erika.fill("#id_body", "Typed before the other tab.")
    begin_another_session(erika, desk, "erika")
    save(erika)
    assert "Your text is here" in erika.inner_text(".messagelist")
    assert erika.input_value("#id_body") == "Typed before the other tab."
    save(erika)
    erika.goto(post_url)
    assert erika.input_value("#id_body") == "Typed before the other tab."


def test_tags_and_authors_are_chosen_by_autocomplete(open_page_as, desk):
    desk.shell("from apps.posts import services\nservices.tags_named(['Sea', 'Seaside'])")
    alice = open_page_as("alice")
    alice.goto(f"{desk.url}/admin/posts/post/add/")
    assert "Alice Adams" in alice.inner_text(".field-author_list")
    alice.fill("#id_title", "Picked")
    alice.click(".field-tag_list .select2-selection")
    alice.keyboard.type("seas")
    alice.click(".select2-results__option:has-text('Seaside')")
    alice.click(".field-author_list .select2-selection")
    alice.keyboard.type("erik")
    alice.click(".select2-results__option:has-text('Erika Adams')")
    save(alice)
    assert "Seaside" in alice.inner_text(".field-tag_list")
    names = alice.locator(".field-author_list .select2-selection__choice").all_inner_texts()
    assert [name.strip("× \n") for name in names] == ["Alice Adams", "Erika Adams"]
    assert not csp_violations(alice)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_the_editor_violates_the_content_security_policy(scheme, desk, open_page_as, post_url):
    erika = open_page_as("erika", color_scheme=scheme)
    pages = [
        "/admin/",
        "/admin/posts/post/",
        "/admin/posts/post/?state=trash",
        "/admin/posts/post/add/",
        post_url.removeprefix(desk.url),
        post_url.removeprefix(desk.url).replace("change", "history"),
        post_url.removeprefix(desk.url).replace("change", "delete"),
        "/admin/posts/tag/",
        "/admin/posts/author/",
        "/admin/api/apitoken/",
        "/admin/api/apitoken/add/",
        "/admin/password_reset/",
    ]
    for path in pages:
        response = erika.goto(desk.url + path)
        assert response.status == 200, path
        assert not erika.complaints, (path, erika.complaints)
