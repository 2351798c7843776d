"""On HTTPS the cookies of the editor's scripts have a prefix, so that no page without TLS can set them."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

ADMIN = "https://blog.example.org/admin/"


@pytest.fixture
def page(new_page):
    """A page on HTTPS with the scripts; nothing is asked of a server."""
    scripts = "".join(
        f"<script>{Path(finders.find(f'editor/{name}.js')).read_text()}</script>" for name in ("zone", "drafts")
    )
    page = new_page(timezone_id="Asia/Tokyo")
    page.route("**/*", lambda route: route.fulfill(body=f"<!doctype html>{scripts}", content_type="text/html"))
    page.goto(ADMIN)
    return page


def cookies(page) -> dict[str, tuple[str, bool]]:
    return {cookie["name"]: (cookie["value"], cookie["secure"]) for cookie in page.context.cookies(ADMIN)}


def test_the_time_zone_has_it(page):
    assert cookies(page) == {"__Secure-desk_zone": ("Asia/Tokyo", True)}


def test_the_list_of_saved_forms_is_read_and_deleted_with_it(page):
    page.evaluate("desk.drafts.write({ user: 1, key: 'post:1', tab: 'one', text: {} })")
    page.context.add_cookies([{"name": "__Secure-desk_saved", "value": "zero.one", "url": ADMIN, "secure": True}])
    page.evaluate("desk.drafts.tidy('/admin/')")
    assert page.evaluate("desk.drafts.all()") == []
    assert "__Secure-desk_saved" not in cookies(page)
