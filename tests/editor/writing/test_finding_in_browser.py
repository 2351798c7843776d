"""Finding and replacing words in the text."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.server]

BODY = "#id_body"


@pytest.fixture(params=[1280, 390])
def page(request, open_page_as, post_url):
    """The form of a post with the fields for finding, which have the focus."""
    page = open_page_as("erika", viewport={"width": request.param, "height": 800})
    page.goto(post_url)
    page.wait_for_selector(".editor.is-ready")
    page.fill(BODY, "Sea, sea and seaweed.")
    page.focus(BODY)
    page.keyboard.press("Control+f")
    page.keyboard.type("sea")
    expect(page.locator(".find-count")).to_have_text("1 of 3")
    return page


def test_finding_and_replacing_are_one_row_each_at_every_width(page):
    for row in (["Find", "Previous", "Next", "Close"], ["Replace with", "Replace", "Replace all"]):
        boxes = [
            page.locator(".editor-find")
            .get_by_role("textbox" if name in ("Find", "Replace with") else "button")
            .and_(page.get_by_label(name, exact=True).or_(page.get_by_text(name, exact=True)))
            .bounding_box()
            for name in row
        ]
        middles = {round(box["y"] + box["height"] / 2) for box in boxes}
        assert max(middles) - min(middles) <= 1
        assert boxes[-1]["x"] + boxes[-1]["width"] <= page.viewport_size["width"]


def test_one_or_all_are_replaced_and_one_step_takes_all_back(page):
    page.get_by_label("Replace with").fill("lake")
    page.keyboard.press("Enter")
    expect(page.locator(BODY)).to_have_value("lake, sea and seaweed.")
    page.get_by_role("button", name="Replace all").click()
    expect(page.locator(BODY)).to_have_value("lake, lake and lakeweed.")
    page.focus(BODY)
    page.keyboard.press("Control+z")
    expect(page.locator(BODY)).to_have_value("lake, sea and seaweed.")


def test_the_tab_key_goes_through_the_fields_in_the_order_in_which_they_are_seen(page):
    seen = []
    for _ in range(6):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.dataset.find ?? document.activeElement.className"))
    assert seen == ["previous", "next", "close", "find-instead", "replace", "all"]
