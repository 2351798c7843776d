"""Fixtures: comments, the site's comment policy, and a form as a browser sends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from apps.comments import services
from apps.comments.models import Comment
from apps.core import content_state
from apps.site.models import Site
from tests.api.conftest import alice_client, client, erika_client  # noqa: F401
from tests.editor.conftest import log_in  # noqa: F401

SAME_ORIGIN = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def _empty_caches() -> None:
    cache.clear()
    # The content state that a process remembers outlives the transaction of a test.
    content_state.invalidate()


@pytest.fixture
def policy(db) -> Callable[..., None]:
    """Set the site's policy: `policy("open", days=3)`."""

    def set_policy(comments: str, *, days: int = 0) -> None:
        Site.objects.update_or_create(pk=1, defaults={"comments": comments, "comments_close_days": days})
        content_state.invalidate()

    return set_policy


@pytest.fixture
def post(make_post):
    return make_post("Tides")


@pytest.fixture
def comment(db) -> Callable[..., Comment]:
    """Write a comment: `comment(post, "Text.", status="approved")`."""

    def write(post, body: str = "A comment.", *, status: str = "approved", **fields) -> Comment:
        written = services.create_comment(by=None, post=post, body=body, **{"name": "Rita"} | fields)
        if written.status != status:
            services.update_comment(written, by=None, expected_version=written.version, status=status)
        return Comment.objects.get(pk=written.pk)

    return write


@pytest.fixture
def send(db) -> Callable:
    """Send the form of a page as a browser does: `send(post=1, name="Rita", body="Text.")`."""
    browser = Client(raise_request_exception=False)

    def post_form(*, headers: dict[str, str] | None = None, **fields):
        from urllib.parse import urlencode

        return browser.post(
            "/api/v1/comments/",
            urlencode(fields),
            content_type="application/x-www-form-urlencoded",
            headers={"Accept": "text/html,*/*;q=0.8", **(SAME_ORIGIN if headers is None else headers)},
        )

    return post_form
