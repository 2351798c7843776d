"""The list of posts shows all of each row, its buttons too, on screens of every usual width."""

from __future__ import annotations

import pytest

from tests.editor.test_presses_in_browser import POSTS, filled_desk  # noqa: F401
from tests.editor.writing.conftest import desk, open_page_as  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.server]

LONG_ROW = """
from datetime import UTC, datetime
from apps.posts import services
from apps.posts.models import Post
authors = [services.create_author(name=name) for name in ("Ines Holm", "The Broadsheet editors")]
services.create_post(
    by=None, title="Eight hours at the harbour wall", body="Text.", status="published", authors=authors,
    published_at=datetime(2026, 9, 24, 12, tzinfo=UTC),
)
Post.objects.filter(title__startswith="Eight").update(updated_at=datetime(2026, 9, 24, 12, tzinfo=UTC))
"""


@pytest.fixture(scope="module")
def long_rows(filled_desk):  # noqa: F811
    """The desk with a row of long words: two authors, and a month with a long name."""
    filled_desk.shell(LONG_ROW)
    return filled_desk


@pytest.mark.parametrize("width", [390, 768, 1024, 1280, 1366, 1440, 1920])
def test_nothing_of_a_row_is_cut_off(width, long_rows, open_page_as):  # noqa: F811
    page = open_page_as("erika", viewport={"width": width, "height": 900})
    page.goto(f"{long_rows.url}{POSTS}")
    hidden = page.evaluate("(box => box.scrollWidth - box.clientWidth)(document.querySelector('#changelist .results'))")
    assert hidden <= 0
    page.locator(".row-menu button").last.scroll_into_view_if_needed()
    box = page.locator(".row-menu button").last.bounding_box()
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
