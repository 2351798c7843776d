"""A new post becomes a draft while it is typed: the page goes on, and the draft is everywhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.editor.writing.conftest import save, send_draft, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"
FIND_POSTS = """
from apps.posts.models import Post
print([(post.title, post.body, post.version) for post in Post.objects.filter(title__startswith={title!r})])
"""


@pytest.fixture
def write(desk, open_page_with_clock_as):
    """Return a function that opens the form of a new post as Alice and types a title and a text."""

    def begin(title: str = "", body: str = "Text."):
        page = open_page_with_clock_as("alice")
        page.goto(f"{desk.url}/admin/posts/post/add/")
        page.fill("#id_title", title)
        page.fill(BODY, body)
        return page

    return begin


def test_the_page_goes_on_as_the_form_of_the_draft_without_being_loaded_again(desk, write):
    page = write("Going on")
    page.evaluate("window.isTheSame = true")
    send_draft(page)
    expect(page.locator(".bar-more a:text-is('History')")).to_be_attached()
    assert page.url.endswith("/change/")
    assert page.locator(".checklist").count() == page.locator(".preview-links").count() == 1
    assert page.locator("#id_slug").get_attribute("placeholder") == "going-on"
    assert page.get_attribute(".previewlink", "href").startswith("/preview/")
    page.fill(BODY, "Text and more.")
    send_draft(page)
    assert page.evaluate("window.isTheSame")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('desk-draft')).length") == 0
    save(page)
    assert page.locator(".conflict").count() == 0
    assert page.input_value(BODY) == "Text and more."
    assert not page.complaints
    assert desk.shell(FIND_POSTS.format(title="Going on")).strip() == "[('Going on', 'Text and more.', 2)]"


def test_the_draft_is_on_another_device_without_a_question_and_can_be_left_without_one(
    desk, write, open_page_with_clock_as
):
    page = write("Elsewhere", "On the train.")
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    send_draft(page)
    other = open_page_with_clock_as("alice")
    other.goto(f"{desk.url}/admin/")
    other.click(".start-writing a:has-text('Elsewhere')")
    other.wait_for_load_state("networkidle")
    assert other.input_value(BODY) == "On the train."
    assert other.locator(".draft-offer:visible").count() == 0
    page.goto(f"{desk.url}/admin/")
    assert dialogs == []


def test_the_address_follows_the_title_also_after_the_page_was_loaded_again(desk, write):
    page = write("Be")
    send_draft(page)
    page.reload()
    page.fill("#id_title", "Begun on a Monday")
    send_draft(page)
    assert page.locator("#id_slug").get_attribute("placeholder") == "begun-on-a-monday"
    page.click("#id_slug")
    page.keyboard.type("mine")
    send_draft(page)
    page.fill("#id_title", "Begun on a Tuesday")
    send_draft(page)
    page.reload()
    assert page.input_value("#id_slug") == "mine"


def test_an_untitled_draft_that_is_emptied_again_leaves_nothing(desk, write):
    page = write(body="Gone soon.")
    send_draft(page)
    page.goto(f"{desk.url}/admin/posts/post/")
    assert page.locator("#result_list a:text-is('Untitled')").count() == 1
    page.click("#result_list a:text-is('Untitled')")
    assert page.input_value("#id_title") == ""
    page.fill(BODY, "")
    page.clock.run_for(4000)
    page.wait_for_url("**/add/")
    assert "Untitled" not in desk.shell(FIND_POSTS.format(title="Untitled"))
    page.fill(BODY, "Begun again.")
    send_draft(page)
    assert page.url.endswith("/change/")
    assert "Begun again." in desk.shell(FIND_POSTS.format(title="Untitled"))
    assert not page.complaints


def test_an_answer_that_never_arrives_makes_no_second_post_and_no_conflict(desk, write):
    page = write("Lost answers")
    lost = []

    def lose(route) -> None:
        lost.append(route.fetch())
        route.abort()

    page.route("**/autosave/", lose)
    send_draft(page, "offline")
    page.fill(BODY, "Text, typed on.")
    page.unroute("**/autosave/")
    page.clock.run_for(5000)
    send_draft(page)
    page.route("**/autosave/", lose)
    page.fill(BODY, "Text, typed on and on.")
    send_draft(page, "offline")
    page.unroute("**/autosave/")
    page.clock.run_for(5000)
    save(page)
    assert len(lost) >= 2
    assert page.locator(".conflict").count() == 0
    found = desk.shell(FIND_POSTS.format(title="Lost answers"))
    assert found.count("Lost answers") == 1
    assert "Text, typed on and on." in found


def test_the_preview_of_a_new_post_stores_it_first(write):
    page = write("Shown before it was saved", "With *emphasis*.")
    with page.expect_popup() as opened:
        page.click(".previewlink")
    expect(opened.value.locator("main em")).to_have_text("emphasis")
    page.fill(BODY, "With **strength**.")
    with page.expect_popup() as opened:
        page.click(".previewlink")
    expect(opened.value.locator("main .prose strong")).to_have_text("strength")
    assert not page.complaints


def test_the_preview_of_nothing_says_so(desk, write):
    page = write(body="")
    page.click(".previewlink")
    expect(page.locator(".editor-problem")).to_have_text("There is nothing to preview yet: write something first.")
    assert page.url.endswith("/add/")


def test_control_s_saves_wherever_the_focus_is(write):
    page = write("By key")
    page.evaluate("document.activeElement.blur()")
    with page.expect_event("load"):
        page.keyboard.press("Control+s")
    assert "Saved as a draft." in page.inner_text(".messagelist")


def test_whoever_leaves_the_page_is_soon_not_named_as_writing(desk, open_page_with_clock_as, post_url):
    alice, erika = open_page_with_clock_as("alice"), open_page_with_clock_as("erika")
    alice.goto(post_url)
    alice.fill(BODY, "Alice is here.")
    send_draft(alice)
    erika.goto(post_url)
    expect(erika.locator(".editor-meanwhile")).to_contain_text("alice typed in this post")
    alice.goto("about:blank")
    wait_until(erika, "document.querySelector('.editor-meanwhile') !== null")
    for _ in range(5):
        with erika.expect_response("**/presence/") as answer:
            erika.clock.run_for(31000)
        if answer.value.json()["others"] == []:
            break
    expect(erika.locator(".editor-meanwhile")).to_have_text("")


def test_a_post_is_duplicated_from_its_menu(write):
    page = write("To be copied")
    send_draft(page)
    page.click(".bar-more summary")
    with page.expect_event("load"):
        page.click(".bar-more button:text-is('Duplicate')")
    assert page.input_value("#id_title") == "Copy of To be copied"
