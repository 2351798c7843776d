"""Years and months in which something was published, without counting or reading posts."""

from __future__ import annotations

from collections.abc import Iterable
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
    months: list[Month]


def span(year: int, month: int | None = None) -> tuple[datetime, datetime]:
    """Return the first moment of a year or month, in the site's time zone, and the first moment after it."""
    zone = timezone.get_current_timezone()
    if month is None:
        return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return datetime(year, month, 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone)


def years() -> list[Year]:
    """Return the years that have posts, newest first. Three queries."""
    posts = Post.objects.published().posts().newest_first().only("published_at")
    newest, oldest = posts.first(), posts.last()
    if newest is None:
        return []
    last = timezone.localtime(newest.published_at).year
    first = max(timezone.localtime(oldest.published_at).year, last - YEARS + 1)
    made = (Year(year, addresses.archive(year), []) for year in range(last, first - 1, -1))
    by_number = {year.number: year for year in made}
    for month in _months(by_number, newest):
        by_number[month.first_day.year].months.append(month)
    return [year for year in by_number.values() if any(month.has_posts for month in year.months)]


def months(year: int, witness: Post) -> list[Month]:
    """Return the twelve months of a year. One query; see `_months` for the witness."""
    return _months([year], witness)


def _months(numbers: Iterable[int], witness: Post) -> list[Month]:
    # One EXISTS a month, each a look into the index of public posts, all in one query. A query needs a row to hang
    # them on: any post that is there.
    public = Post.objects.published().posts()
    spans = {(year, month): span(year, month) for year in numbers for month in range(1, 13)}
    asked = {
        f"posts_in_{year}_{month}": Exists(public.filter(published_at__gte=start, published_at__lt=end))
        for (year, month), (start, end) in spans.items()
    }
    answers = Post.objects.filter(pk=witness.pk).values(**asked).first() or {}
    return [
        Month(start, addresses.archive(year, month), answers.get(f"posts_in_{year}_{month}", False))
        for (year, month), (start, _) in spans.items()
    ]
