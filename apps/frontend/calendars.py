"""The years and months of the archive, with the numbers of their posts.

Posts are counted from their dates, which the index of public posts has, and only the newest `MAX_COUNTED` of a list. Of
what is older it is only looked up whether there are posts: no number is shown there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists
from django.utils import timezone

from apps.posts.models import Post, PostQuerySet
from blog_project import addresses

MAX_YEARS = 100
"""The most years of the archive, back from the newest post."""
MAX_COUNTED = 5000
"""The most posts that are counted for a page."""


class Month(NamedTuple):
    """A month of the archive."""

    first_day: datetime
    path: str
    has_posts: bool
    number: int | None
    """How many posts it has; None if they were not counted."""


class Year(NamedTuple):
    """A year of the archive that has posts."""

    number: int
    path: str
    months: list[Month]
    """Its twelve months; none for a year whose posts were not counted, except the newest."""
    posts: int | None
    """How many posts it has; None if they were not counted."""


def span(year: int, month: int | None = None) -> tuple[datetime, datetime]:
    """Return the start and the (exclusive) end of a year or month, in the site's time zone."""
    zone = timezone.get_current_timezone()
    if month is None:
        return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    next_month = (year + 1, 1) if month == 12 else (year, month + 1)
    return datetime(year, month, 1, tzinfo=zone), datetime(*next_month, 1, tzinfo=zone)


def years() -> list[Year]:
    """Return the years that have posts, newest first. One query, and three more for more than `MAX_COUNTED` posts."""
    posts = Post.objects.published().posts().newest_first()
    dates = _dates(posts)
    counts = Counter(map(_month_of, dates[:MAX_COUNTED]))
    if len(dates) <= MAX_COUNTED:
        numbers = sorted({year for year, _month in counts}, reverse=True)
        return [_counted_year(number, counts) for number in numbers[:MAX_YEARS]]
    # The first post that is not counted is in the midst of a year, or begins one.
    whole = {year for year, _month in counts} - {_month_of(dates[-1])[0]}
    any_post, newest = posts.only("published_at").last(), _month_of(dates[0])[0]
    numbers = range(newest, max(_month_of(any_post.published_at)[0], newest - MAX_YEARS + 1) - 1, -1)
    others = [number for number in numbers if number not in whole]
    have_posts = dict(zip(others, _have_posts([span(number) for number in others], any_post), strict=True))
    return [
        _counted_year(number, counts) if number in whole else _uncounted_year(number, any_post, newest)
        for number in numbers
        if number in whole or have_posts[number]
    ]


def _uncounted_year(year: int, any_post: Post, newest: int) -> Year:
    """Return a year without numbers; only of the newest one the months are looked up, by a query."""
    shown = _uncounted_months(year, any_post) if year == newest else []
    return Year(year, addresses.archive(year), shown, None)


def months(year: int, any_post: Post) -> list[Month]:
    """Return the twelve months of a year, by one or two queries. `any_post` is any post that exists; see `_have_posts`."""
    start, end = span(year)
    of_year = Post.objects.published().posts().filter(published_at__gte=start, published_at__lt=end)
    dates = _dates(of_year.newest_first())
    if len(dates) > MAX_COUNTED:
        return _uncounted_months(year, any_post)
    return _counted_year(year, Counter(map(_month_of, dates))).months


def _dates(posts: PostQuerySet) -> list[datetime]:
    """Return the dates of posts: of `MAX_COUNTED`, and one more if there are more."""
    return list(posts.values_list("published_at", flat=True)[: MAX_COUNTED + 1])


def _month_of(moment: datetime) -> tuple[int, int]:
    local = timezone.localtime(moment)
    return local.year, local.month


def _counted_year(year: int, counts: Counter[tuple[int, int]]) -> Year:
    numbers = {month: counts[year, month] for month in range(1, 13)}
    shown = [
        Month(span(year, month)[0], addresses.archive(year, month), number > 0, number)
        for month, number in numbers.items()
    ]
    return Year(year, addresses.archive(year), shown, sum(numbers.values()))


def _uncounted_months(year: int, any_post: Post) -> list[Month]:
    spans = [span(year, month) for month in range(1, 13)]
    have_posts = _have_posts(spans, any_post)
    return [
        Month(start, addresses.archive(year, start.month), has, None)
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
