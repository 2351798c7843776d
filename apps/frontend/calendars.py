"""Years and months in which something was published, without counting or reading posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists
from django.utils import timezone

from apps.posts.models import Post
from blog_project import addresses

YEARS = 100
"""How many years back from the newest post the archive goes."""


class Month(NamedTuple):
    """A month of the archive."""

    first_day: datetime
    path: str
    has_posts: bool


class Year(NamedTuple):
    """A year of the archive in which something was published."""

    number: int
    path: str


def span(year: int, month: int | None = None) -> tuple[datetime, datetime]:
    """Return the first moment of a year or month, in the site's time zone, and the first moment after it."""
    zone = timezone.get_current_timezone()
    if month is None:
        return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return datetime(year, month, 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone)


def years() -> tuple[list[Year], list[Month]]:
    """Return the years that have posts, newest first, and the months of the newest. At most four queries."""
    posts = Post.objects.published().posts().newest_first().only("published_at")
    newest, oldest = posts.first(), posts.last()
    if newest is None:
        return [], []
    last = timezone.localtime(newest.published_at).year
    first = max(timezone.localtime(oldest.published_at).year, last - YEARS + 1)
    numbers = range(last, first - 1, -1)
    have_posts = _have_posts([span(number) for number in numbers], newest)
    found = [Year(number, addresses.archive(number)) for number, has in zip(numbers, have_posts, strict=True) if has]
    return found, months(last, newest)


def months(year: int, witness: Post) -> list[Month]:
    """Return the twelve months of a year. One query; see `_have_posts` for the witness."""
    spans = [span(year, month) for month in range(1, 13)]
    have_posts = _have_posts(spans, witness)
    return [
        Month(start, addresses.archive(year, start.month), has)
        for (start, _), has in zip(spans, have_posts, strict=True)
    ]


def _have_posts(spans: Sequence[tuple[datetime, datetime]], witness: Post) -> list[bool]:
    # One EXISTS each, a look into the index of public posts, all in one query. A query needs a row to hang them on:
    # any post that is there.
    public = Post.objects.published().posts()
    asked = {
        f"span_{number}": Exists(public.filter(published_at__gte=start, published_at__lt=end))
        for number, (start, end) in enumerate(spans)
    }
    answers = Post.objects.filter(pk=witness.pk).values(**asked).first() or {}
    return [bool(answers.get(name)) for name in asked]
