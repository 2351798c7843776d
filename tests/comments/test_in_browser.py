"""A reader comments without JavaScript and a moderator approves, in a browser on the real server."""

from __future__ import annotations

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.server]

SEED = """
from django.contrib.auth.models import Group, User
from apps.comments.services import create_comment, update_comment
from apps.posts import services
erika = User.objects.create_user("erika", "erika@example.org", "a-long-password", is_staff=True)
erika.groups.set(Group.objects.filter(name="Editors"))
post = services.create_post(by=None, title="Tides", body="They come and go.", status="published")
busy = services.create_post(by=None, title="Busy", body="Much is said here.", status="published")
parent = None
for number in range(5):
    fields = {"website": "https://example.org/" + "long" * 30} if number == 2 else {}
    comment = create_comment(
        by=erika if number == 1 else None, post=busy, parent=parent, name="A name of some length " + str(number),
        body="Well *said*, `code`, [a link](https://example.org) " + "Donaudampfschifffahrt" * 6 + "\\n\\n> A quote", **fields)
    if number != 1:
        update_comment(comment, by=None, expected_version=1, status="approved")
    parent = comment
"""


@pytest.fixture(scope="module")
def site(serve):
    server = serve(HTTPS="0")
    server.shell(SEED)
    return server


@pytest.fixture
def reader(new_page):
    return new_page(java_script_enabled=False)


def moderate(page, site, action: str) -> None:
    page.context.add_cookies([site.session("erika")])
    page.goto(f"{site.url}/admin/comments/comment/")
    page.check("input[name=_selected_action] >> nth=0")
    page.select_option("select[name=action]", action)
    page.click("button[name=index]")


def test_a_comment_appears_after_approval_and_the_next_one_at_once(site, reader, new_page):
    reader.goto(f"{site.url}/tides/")
    assert not reader.locator("#comment-pending").is_visible()
    reader.get_by_label("Comment", exact=True).fill("And *come* again.")
    reader.get_by_label("Name").fill("Rita")
    reader.get_by_label("E-mail").fill("rita@example.org")
    reader.get_by_role("button", name="Send").click()
    assert reader.url == f"{site.url}/tides/#comment-pending"
    assert "waits for" in reader.locator("#comment-pending").inner_text()
    assert reader.locator("#comment-pending").is_visible()
    assert reader.context.cookies() == []

    moderate(new_page(), site, "approve")
    reader.goto(f"{site.url}/tides/")
    assert reader.locator(".comment-body em").inner_text() == "come"

    # An answer, in two steps. The address has an approved comment now, so the answer is published at once.
    reader.locator(".comment summary").first.click()
    reader.locator(".comment textarea").first.fill("I forgot: twice a day.")
    reader.locator(".comment button").first.click()
    assert reader.get_by_role("heading", name="Who writes?").is_visible()
    reader.get_by_label("Name").fill("Rita")
    reader.get_by_label("E-mail").fill("rita@example.org")
    reader.get_by_role("button", name="Send").click()
    number = re.fullmatch(rf"{re.escape(site.url)}/tides/#comment-(\d+)", reader.url)[1]
    assert "twice a day" in reader.locator(f"#comment-{number}").inner_text()


def test_an_invalid_form_comes_back_with_its_text(site, reader):
    reader.goto(f"{site.url}/tides/")
    reader.get_by_label("Comment", exact=True).fill("Typed for an hour.")
    reader.get_by_label("Name").fill("Rita")
    reader.get_by_label("Mail me answers").check()
    reader.get_by_role("button", name="Send").click()
    assert reader.get_by_label("Comment", exact=True).input_value() == "Typed for an hour."
    assert reader.get_by_label("Mail me answers").is_checked()
    assert reader.locator("#email-error").is_visible()
    reader.get_by_role("link", name="Back").click()
    assert reader.url == f"{site.url}/tides/"


def test_a_form_of_another_site_is_refused(site, new_page):
    page = new_page()
    form = '<form method="post" action="{}/api/v1/comments/"><input name="body" value="Spam"><button>x</button></form>'
    page.route(
        "http://other.example/", lambda route: route.fulfill(content_type="text/html", body=form.format(site.url))
    )
    page.goto("http://other.example/")
    with page.expect_navigation() as navigation:
        page.click("button")
    assert navigation.value.status == 403


def test_a_narrow_page_does_not_scroll_sideways_and_logs_no_csp_errors(site, new_page):
    page = new_page(viewport={"width": 320, "height": 640})
    console = []
    page.on("console", lambda message: console.append(message.text))
    page.goto(f"{site.url}/busy/")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.locator(".comment summary").first.click()
    page.locator(".comment textarea").first.fill("x")
    page.locator(".comment button").first.click()
    assert page.get_by_role("heading", name="Who writes?").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate("getComputedStyle(document.querySelector('.field input')).borderRadius") == "0px"
    assert console == []
