"""The comments of an item of WordPress's export."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from django.utils import timezone

from apps.core.validators import YEARS
from apps.markdown.conversion import from_html
from apps.markdown.rendering import TooComplex

from . import wordpress_text
from .dates import parse_datetime
from .plain_text import to_plain_markdown
from .report import CommentData
from .wxr_items import Item

_STATUSES = {"1": "approved", "0": "pending", "spam": "spam", "trash": "trash", "post-trashed": "trash"}
_LINK_TYPES = ("pingback", "trackback")


def read(item: Item, source_id: Callable[[str], str]) -> Iterator[CommentData]:
    """Yield each comment that has an id and a date; `source_id` returns the source id for a number."""
    for values in item.comments:
        if (created_at := _date(values)) is not None and values.get("wp:comment_id"):
            yield _comment(values, created_at, source_id)


def count(item: Item) -> int:
    """Return how many comments `read` yields."""
    return sum(bool(values.get("wp:comment_id")) and _date(values) is not None for values in item.comments)


def _comment(values: dict[str, str], created_at: datetime, source_id: Callable[[str], str]) -> CommentData:
    content = values.get("wp:comment_content", "")
    try:
        body = to_plain_markdown(wordpress_text.paragraphs(from_html.parse_html(content)))
    except (TooComplex, RecursionError):
        body = from_html.to_text(content)
    website = values.get("wp:comment_author_url", "")
    if values.get("wp:comment_type") in _LINK_TYPES and website and website not in body:
        body = f"{body}\n\n<{website}>".strip()
    parent = values.get("wp:comment_parent", "0")
    return CommentData(
        source_id=source_id(f"comment/{values['wp:comment_id']}"),
        parent=source_id(f"comment/{parent}") if parent not in ("", "0") else "",
        name=html.unescape(values.get("wp:comment_author", "")),
        body=body,
        status=_STATUSES.get(values.get("wp:comment_approved", ""), "pending"),
        created_at=created_at,
        email=values.get("wp:comment_author_email", ""),
        website=website,
    )


def _date(values: dict[str, str]) -> datetime | None:
    """Return the date from its value in UTC, else from its value in the blog's time zone; None if it is invalid."""
    found = parse_datetime(values.get("wp:comment_date_gmt", ""), UTC)
    found = found or parse_datetime(values.get("wp:comment_date", ""), timezone.get_default_timezone())
    return found.astimezone(UTC) if found and found.year in YEARS else None
