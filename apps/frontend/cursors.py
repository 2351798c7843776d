"""Cursors of public lists: the date and id of the last post of a page, as the query parameter `before`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _

from apps.core.validators import YEARS
from apps.posts.models import Post

_CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)Z_(\d{1,18})", re.ASCII)


def cursor_after(post: Post) -> str:
    """Return the cursor of the posts after `post` in a list: `2026-03-01T12:30:00Z_42`, with the date in UTC."""
    return f"{post.published_at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z_{post.pk}"


def parse(value: str) -> tuple[datetime, int]:
    """Return the date and id of a cursor, the argument of `PostQuerySet.newest_first`.

    Raises BadRequest, with a message for the reader, for anything that `cursor_after` does not return.
    """
    match = _CURSOR.fullmatch(value)
    try:
        moment = datetime.fromisoformat(match[1]) if match else None
    except ValueError:
        moment = None
    if moment is None or moment.year < YEARS[0]:
        raise BadRequest(
            _("The “before” in this address is not the end of a page: it looks like 2026-03-01T12:30:00Z_42.")
        )
    return moment.replace(tzinfo=UTC), int(match[2])
