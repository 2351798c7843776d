"""The calendar of scheduled posts and updates: one month with days, in the active time zone."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import formats, timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format

from apps.posts.models import Post


class Entry(NamedTuple):
    """What readers will see from a moment on: a post, or an update of one."""

    at: datetime
    post: Post
    is_update: bool = False


def month_of(entries: list[Entry], wanted: str) -> dict[str, Any] | None:
    """Return template context for the month of `wanted` (2026-12), if entries are in it, else of the first entry.

    `entries` are in the order of their moments. None without entries.
    """
    by_day: dict[date, list[Entry]] = {}
    for entry in entries:
        by_day.setdefault(timezone.localtime(entry.at).date(), []).append(entry)
    months = list(dict.fromkeys(day.replace(day=1) for day in by_day))
    if not months:
        return None
    at = next((index for index, month in enumerate(months) if _key(month) == wanted), 0)
    shown = months[at]
    first = formats.get_format("FIRST_DAY_OF_WEEK")  # 0 is Sunday; Python's calendar begins with Monday.
    weeks = calendar.Calendar((first - 1) % 7).monthdatescalendar(shown.year, shown.month)
    return {
        "name": _name(shown),
        "weekdays": [(WEEKDAYS[day.weekday()], WEEKDAYS_ABBR[day.weekday()]) for day in weeks[0]],
        "weeks": [[_day(day, shown, by_day) for day in week] for week in weeks],
        "days": [_day(day, shown, by_day) for day in by_day if day.replace(day=1) == shown],
        "previous": _link(months, at - 1),
        "next": _link(months, at + 1),
    }


def _day(day: date, month: date, by_day: dict[date, list[Entry]]) -> dict[str, Any]:
    is_outside = day.month != month.month
    return {
        "day": day,
        "is_outside": is_outside,
        "is_today": day == timezone.localdate(),
        "entries": [] if is_outside else by_day.get(day, []),
    }


def _link(months: list[date], at: int) -> dict[str, str] | None:
    return {"key": _key(months[at]), "name": _name(months[at])} if 0 <= at < len(months) else None


def _key(month: date) -> str:
    return f"{month:%Y-%m}"


def _name(month: date) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")
