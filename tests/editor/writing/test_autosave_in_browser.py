"""Autosave in a browser: no text is lost by crashes, lost connections, expired sessions or closed tabs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.editor.writing.conftest import (
    CREATE_POST,
    CREATE_USERS,
    PAUSE,
    begin_another_session,
    save,
    send_draft,
    wait_for_state,
    wait_until_held,
)
from tests.servers import ROOT, wait_until_ready

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"


@pytest.fixture
def open_page_as(open_page_with_clock_as):
    """The pages of this module have a clock, so that no test waits for the editor's pauses."""
    return open_page_with_clock_as


def body(page) -> str:
    return page.input_value(BODY)


def wait_for_offer(page) -> None:
    """Wait until the page offers the draft stored in this browser, which replaces the offer of the server."""
    page.wait_for_selector(".draft-offer:visible [data-discard]")


def count_offers(page) -> int:
    """Return the number of drafts offered by a form that was just opened, after all its requests have ended."""
    page.wait_for_load_state("networkidle")
    return page.locator(".draft-offer:visible").count()


def take_over(page) -> None:
    with page.expect_navigation():
        page.click(".draft-offer:visible [name=_take]")


def kill(server) -> None:
    """Kill the server and its workers at once, as when the machine crashes."""
    workers = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True).stdout.split()
    for pid in (server.process.pid, *map(int, workers)):
        os.kill(pid, signal.SIGKILL)
    server.process.wait()


def restart(server) -> None:
    """Restart a killed server with the same address and database."""
    command = [sys.executable, "-m", "gunicorn", "-c", "blog_project/gunicorn.conf.py", "blog_project.asgi:application"]
    with server.log.open("a") as output:
        server.process = subprocess.Popen(command, env=server.env, cwd=ROOT, stdout=output, stderr=output)
    wait_until_ready(server.url + "/readyz", server.process, server.log)


def test_the_status_is_saved_only_when_the_server_has_stored_exactly_the_current_text(open_page_as, post_url):
    page = open_page_as("erika")
    page.goto(post_url)
    held = []
    page.route("**/autosave/", lambda route: held.append(route))
    page.fill(BODY, "First.")
    wait_for_state(page, "waiting")
    page.clock.run_for(PAUSE)
    wait_until_held(page, held)
    page.fill(BODY, "First and second.")
    with page.expect_response("**/autosave/"):
        held[0].continue_()
    # The second text is sent after the response to the first one, which differs from the content of the form.
    page.clock.run_for(PAUSE)
    wait_until_held(page, held, 2)
    assert page.inner_text(".editor-status") == "Not saved yet."
    assert "First+and+second." in held[1].request.post_data
    held[1].continue_()
    send_draft(page)
    assert page.inner_text(".editor-status").startswith("Saved as a draft on the server at ")
    assert len(held) == 2
    assert not page.complaints


def test_a_crash_of_the_server_loses_no_text(serve, new_page):
    server = serve()
    server.shell(CREATE_USERS)
    url = f"{server.url}/admin/posts/post/{server.shell(CREATE_POST).split()[-1]}/change/"
    page = new_page()
    page.context.clock.install()
    page.context.add_cookies([server.session("erika")])
    page.goto(url)
    page.fill(BODY, "Kept on the server.")
    send_draft(page)
    kill(server)
    page.fill(BODY, "Kept on the server. Typed after the crash.")
    send_draft(page, "offline")
    page.click("button[name=_continue]")
    wait_for_state(page, "unsent")
    assert "Your text is kept in this browser" in page.inner_text(".editor-status")
    assert body(page) == "Kept on the server. Typed after the crash."

    restart(server)

    # Another browser is offered what the server had confirmed; this browser has the complete text.
    other = new_page()
    other.context.add_cookies([server.session("erika")])
    other.goto(url)
    assert "Kept on the server." in other.inner_text(".draft-offer .new >> nth=0")
    reopened = page.context.new_page()
    page.close()
    reopened.goto(url)
    wait_for_offer(reopened)
    take_over(reopened)
    assert body(reopened) == "Kept on the server. Typed after the crash."
    save(reopened)
    assert body(reopened) == "Kept on the server. Typed after the crash."
    assert reopened.locator(".draft-offer:visible").count() == 0


def test_text_typed_offline_is_stored_when_the_connection_is_back(open_page_as, post_url):
    page = open_page_as("erika")
    page.goto(post_url)
    page.context.set_offline(True)
    page.click(BODY)
    page.keyboard.press("Control+End")
    page.keyboard.type(" Typed on a train.", delay=10)
    send_draft(page, "offline")
    assert "this browser only: no connection" in page.inner_text(".editor-status")
    page.keyboard.type(" Through a tunnel.", delay=10)
    page.context.set_offline(False)
    send_draft(page)
    save(page)
    assert body(page).endswith("A third line. Typed on a train. Through a tunnel.")


def test_after_an_expired_session_the_user_can_log_in_again_in_a_dialog(open_page_as, post_url):
    page = open_page_as("erika")
    page.goto(post_url)
    page.click(BODY)
    page.keyboard.press("Control+End")
    page.keyboard.type(" Half a")
    page.context.clear_cookies()
    page.keyboard.type(" sen")
    send_draft(page, "lost")
    page.keyboard.type("tence.")
    assert body(page).endswith(" Half a sentence.")
    page.click("text=Log in here")
    page.fill("#desk-login-password", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk-login .errornote:not([hidden])")
    page.fill("#desk-login-password", "a-long-password")
    page.keyboard.press("Enter")
    send_draft(page)
    assert page.evaluate("document.activeElement.id") == "id_body"
    save(page)
    assert body(page).endswith(" Half a sentence.")
    assert not [text for text in page.complaints if "Content" in text]


def test_saving_without_a_session_opens_the_login_dialog_and_then_saves(open_page_as, post_url):
    page = open_page_as("erika")
    page.goto(post_url)
    page.fill(BODY, "Typed for an hour.")
    page.context.clear_cookies()
    page.click("button[name=_continue]")
    page.wait_for_selector("#desk-login[open]")
    page.fill("#desk-login-password", "a-long-password")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Updated." in page.inner_text(".messagelist")
    assert body(page) == "Typed for an hour."


def test_a_stale_csrf_token_is_renewed_automatically(desk, open_page_as, post_url):
    page = open_page_as("erika")
    page.goto(post_url)
    begin_another_session(page, desk, "erika")
    page.fill(BODY, "Typed before the other tab.")
    send_draft(page)
    save(page)
    assert "Updated." in page.inner_text(".messagelist")
    assert body(page) == "Typed before the other tab."


def test_the_text_of_a_closed_tab_is_offered_with_its_differences(open_page_as, post_url):
    page = open_page_as("erika")
    page.goto(post_url)
    page.fill(BODY, "One line.\n\nTyped and never sent.\n\nA third line.")
    again = page.context.new_page()
    page.close(run_before_unload=False)
    again.goto(post_url)
    wait_for_offer(again)
    assert "Typed and never sent." in again.inner_text(".draft-offer:visible .new >> nth=2")
    assert body(again) == "One line.\n\nAnother line.\n\nA third line."
    take_over(again)
    assert body(again) == "One line.\n\nTyped and never sent.\n\nA third line."
    save(again)
    again.goto(post_url)
    assert count_offers(again) == 0
    assert again.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('desk-draft')).length") == 0


def test_a_discarded_draft_is_not_offered_again(open_page_as, post_url):
    page = open_page_as("erika")
    page.goto(post_url)
    page.fill(BODY, "Never mind.")
    send_draft(page)
    page.goto(post_url)
    wait_for_offer(page)
    with page.expect_navigation():
        page.click(".draft-offer:visible [data-discard]")
    assert count_offers(page) == 0


def test_an_ignored_draft_from_another_browser_is_offered_again(open_page_as, post_url):
    telephone, laptop = open_page_as("erika"), open_page_as("erika")
    telephone.goto(post_url)
    telephone.fill(BODY, "Typed on the telephone.")
    send_draft(telephone)
    laptop.goto(post_url)
    laptop.wait_for_selector(".draft-offer:visible")
    laptop.fill(BODY, "Typed on the laptop.")
    send_draft(laptop)
    save(laptop)
    laptop.wait_for_selector(".draft-offer:visible")
    assert "Typed on the telephone." in laptop.inner_text(".draft-offer:visible")


def test_the_text_of_a_new_post_that_never_reached_the_server_is_offered_with_its_authors(desk, open_page_as):
    page = open_page_as("alice")
    page.goto(f"{desk.url}/admin/posts/post/add/")
    page.context.set_offline(True)
    page.fill("#id_title", "Begun")
    page.fill(BODY, "And not finished.")
    send_draft(page, "offline")
    again = page.context.new_page()
    page.close(run_before_unload=False)
    page.context.set_offline(False)
    again.goto(f"{desk.url}/admin/posts/post/add/")
    wait_for_offer(again)
    take_over(again)
    assert again.input_value("#id_title") == "Begun"
    assert body(again) == "And not finished."
    assert "Alice Adams" in again.inner_text(".field-author_list")
    save(again)
    again.goto(f"{desk.url}/admin/posts/post/add/")
    assert count_offers(again) == 0


def test_leaving_the_page_prompts_only_for_unsaved_text(desk, open_page_as, post_url):
    page = open_page_as("erika")
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    page.goto(post_url)
    page.click(BODY)
    page.keyboard.type("Typed. ")
    page.goto(f"{desk.url}/admin/")
    assert dialogs == ["beforeunload"]
    page.goto(post_url)
    page.click(BODY)
    page.keyboard.type("Typed. ")
    save(page)
    page.goto(f"{desk.url}/admin/")
    assert dialogs == ["beforeunload"]


def test_two_tabs_of_one_user_keep_both_texts_and_show_a_warning(open_page_as, post_url):
    one = open_page_as("erika")
    one.goto(post_url)
    one.fill(BODY, "Typed in the first tab.")
    send_draft(one)
    two = one.context.new_page()
    two.goto(post_url)
    two.fill(BODY, "Typed in the second tab.")
    send_draft(two)
    for page in (two, one):
        expect(page.locator(".editor-meanwhile")).to_contain_text("open in another tab, too")
    assert "Saved as a draft on the server" not in one.inner_text(".editor-foot")
    three = one.context.new_page()
    one.close()
    two.close()
    three.goto(post_url)
    three.wait_for_selector(".draft-offer:visible >> nth=1")
    offered = three.inner_text("#content-main")
    assert "Typed in the first tab." in offered
    assert "Typed in the second tab." in offered


def test_a_double_click_on_save_makes_one_version(desk, open_page_as, post_url):
    page = open_page_as("erika")
    page.goto(post_url)
    page.fill(BODY, "Clicked twice.")
    with page.expect_navigation():
        page.dblclick("button[name=_continue]")
    assert page.locator(".conflict").count() == 0
    assert page.input_value("input[name=version]") == "2"
    page.fill(BODY, "Saved a second time in the same tab.")
    save(page)
    assert page.locator(".conflict").count() == 0
    assert page.input_value("input[name=version]") == "3"
