"""The kinds of previews in a browser: the phone's frame shows the page, and nothing needs scripts or violates a policy."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.axe import in_each_view, violations

pytestmark = [pytest.mark.browser, pytest.mark.server]

KINDS = ("", "phone", "search", "card", "feed", "page")
SEED = """
from django.contrib.auth.models import Group, User
from apps.posts import services
user = User.objects.create_user("erika", "erika@example.org", "a-long-password", is_staff=True)
user.groups.set(Group.objects.filter(name="Editors"))
author = services.create_author(name="Erika Adams", user=user)
body = "Water *comes* and goes, with a [link](/archive/) and a [place](#end). " * 20 + "\\n\\n## End"
print(services.create_post(by=user, title="Tides " * 12, summary="", body=body, authors=[author]).pk)
"""


@pytest.fixture(scope="module")
def desk(serve):
    return serve()


@pytest.fixture(scope="module")
def preview_url(desk) -> str:
    return f"{desk.url}/preview/{desk.shell(SEED).split()[-1]}/"


@pytest.fixture
def open_page_as_erika(desk, preview_url, new_page):
    def open_page(**options):
        page = new_page(**options)
        page.context.add_cookies([desk.session("erika")])
        page.complaints = []
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        return page

    return open_page


@pytest.mark.heavy
def test_no_kind_of_preview_has_violations_of_axe_or_of_a_policy(open_page_as_erika, preview_url):
    page = open_page_as_erika()
    for kind in KINDS:
        for width, scheme in in_each_view(page, lambda: page.goto(f"{preview_url}?as={kind}"), (1440, 390)):  # noqa: B023
            assert violations(page, scheme=scheme) == [], (kind, width, scheme)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, (kind, width)
    assert page.complaints == []


def test_without_scripts_the_links_lead_to_each_kind_and_the_phone_shows_the_page(open_page_as_erika, preview_url):
    page = open_page_as_erika(java_script_enabled=False)
    page.goto(preview_url)
    for name, words in (
        ("Search result", "search engines show"),
        ("Shared link", "an image with its title"),
        ("Feed", "Feeds have"),
    ):
        page.click(f".preview-switch a:text-is('{name}')")
        expect(page.locator(".preview-remarks")).to_contain_text(words)
        expect(page.locator(".preview-switch [aria-current]")).to_have_text(name)
    page.click(".preview-switch a:text-is('Phone')")
    frame = page.frame_locator(".preview-phone")
    expect(frame.locator(".prose em").first).to_have_text("comes")
    assert frame.locator(".preview-switch").count() == 0
    assert page.locator(".preview-phone").bounding_box()["width"] == 390 + 2 * 8


def test_in_the_phone_a_link_opens_a_tab_and_a_place_on_the_page_is_gone_to(open_page_as_erika, preview_url):
    page = open_page_as_erika()
    page.goto(f"{preview_url}?as=phone")
    frame = page.frame_locator(".preview-phone")
    frame.locator(".prose a", has_text="place").first.click()
    expect(frame.locator("#end")).to_be_in_viewport()
    with page.context.expect_page() as opened:
        frame.locator(".prose a", has_text="link").first.click()
    expect(opened.value).to_have_url(re.compile("/archive/$"))
    assert page.url.endswith("?as=phone")
    assert page.complaints == []
