"""The years and months of the archive, without counting or loading posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists
from django.utils import timezone

from apps.posts.models import Post
from blog_project import addresses

MAX_YEARS = 100
"""The most years of the archive, counted back from the newest post."""


class Month(NamedTuple):
    """A month of the archive."""

    first_day: datetime
    path: str
    has_posts: bool


class Year(NamedTuple):
    """A year of the archive that has posts."""

    number: int
    path: str


def span(year: int, month: int | None = None) -> tuple[datetime, datetime]:
    """Return the start and the (exclusive) end of a year or month, in the site's time zone."""
    zone = timezone.get_current_timezone()
    if month is None:
        return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    next_month = (year + 1, 1) if month == 12 else (year, month + 1)
    return datetime(year, month, 1, tzinfo=zone), datetime(*next_month, 1, tzinfo=zone)


def years() -> tuple[list[Year], list[Month]]:
    """Return the years that have posts, newest first, and the months of the newest. At most four queries."""
    posts = Post.objects.published().posts().newest_first().only("published_at")
    newest, oldest = posts.first(), posts.last()
    if newest is None:
        return [], []
    last = timezone.localtime(newest.published_at).year
    first = max(timezone.localtime(oldest.published_at).year, last - MAX_YEARS + 1)
    numbers = range(last, first - 1, -1)
    have_posts = _have_posts([span(number) for number in numbers], newest)
    listed = [Year(number, addresses.archive(number)) for number, has in zip(numbers, have_posts, strict=True) if has]
    return listed, months(last, newest)


def months(year: int, any_post: Post) -> list[Month]:
    """Return the twelve months of a year, by one query. `any_post` is any post that exists; see `_have_posts`."""
    spans = [span(year, month) for month in range(1, 13)]
    have_posts = _have_posts(spans, any_post)
    return [
        Month(start, addresses.archive(year, start.month), has)
        for (start, _), has in zip(spans, have_posts, strict=True)
    ]


def _have_posts(spans: Sequence[tuple[datetime, datetime]], any_post: Post) -> list[bool]:
    # One EXISTS for each span, which reads the index of public posts, all in one query. The query must select one row:
    # that of any post that exists.
    public = Post.objects.published().posts()
    annotations = {
        f"span_{number}": Exists(public.filter(published_at__gte=start, published_at__lt=end))
        for number, (start, end) in enumerate(spans)
    }
    row = Post.objects.filter(pk=any_post.pk).values(**annotations).first() or {}
    return [bool(row.get(name)) for name in annotations]
