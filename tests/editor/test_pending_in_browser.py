"""Changes that are not published yet, in a browser: the keyboard, merging with the post, and accessibility."""

from __future__ import annotations

import pytest

from tests.axe import in_each_view, violations
from tests.editor.test_publishing_in_browser import desk, erika, make  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.server]

CHANGE = """
from apps.posts import services
from apps.posts.models import Post
services.update_post(Post.objects.get(pk={pk}), by=None, expected_version=1, body="The corrected text.")
"""


def test_changes_are_kept_by_a_key_merged_with_the_post_and_published(erika, desk, make):  # noqa: F811
    page, url = erika(), make(title="Tides", body="The old text.", status="published")
    page.goto(url)
    page.fill("#id_body", "The waiting text.")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    assert "Published · changes not published yet" in page.inner_text(".bar")
    assert "The old text." in page.request.get(f"{desk.url}/tides/").text()

    desk.shell(CHANGE.format(pk=url.split("/")[-3]))
    page.goto(url)
    button = page.locator(".conflict [data-field=body] button")
    button.click()
    assert page.input_value("#id_body") == "The corrected text."
    button.click()
    assert page.input_value("#id_body") == "The waiting text."
    with page.expect_navigation():
        page.click(".bar-main")
    assert "Published on" in page.inner_text(".bar")
    assert "The waiting text." in page.request.get(f"{desk.url}/tides/").text()
    assert not page.complaints


@pytest.mark.heavy
def test_the_pages_of_unpublished_changes_are_accessible_and_fit_a_phone(erika, make):  # noqa: F811
    page, url = erika(), make(title="Ebb", body="The old text.", status="published")
    page.goto(url)
    page.fill("#id_title", "Ebb and flow")
    with page.expect_navigation():
        page.click("text=Save for later")
    for address in (url, url.replace("/change/", "/pending/"), url.replace("/change/", "/pending/discard/")):
        for width, scheme in in_each_view(page, lambda address=address: page.goto(address), (1440, 768, 390)):
            assert violations(page, None, scheme) == [], (address, width, scheme)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, width)
    assert not page.complaints
