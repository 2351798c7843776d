"""Read dates of front matter and of exports, with the meaning that Ruby's `Time.parse` (and so Jekyll) gives them.

https://docs.ruby-lang.org/en/master/Time.html#method-c-parse. What Ruby reads in a way that cannot be told from a
mistake (a zone that it does not know, a year of two digits, a day without a year) is no date here.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from dateutil import parser as dateutil_parser

DATED_NAME = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[-_](.*))?$")
"""A file's name with a date before it, without suffix."""

_DATED_PATH = re.compile(r"(?:^|/)(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?=[/_-]|$)")
_ZONES = {"UTC": 0, "UT": 0, "GMT": 0, "Z": 0} | {
    f"{zone}{kind}": hours + (kind == "DT")
    for zone, hours in {"E": -5, "C": -6, "M": -7, "P": -8}.items()
    for kind in ("ST", "DT")
}
"""The zones that Ruby knows by name, in hours from UTC."""
_WORDS = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|[ap]m|at|"
    rf"st|nd|rd|th|t|{'|'.join(_ZONES).lower()}"
)
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_SHORT_TIME = re.compile(r"(?<=[\sT])(\d{1,2}):(\d{1,2})(?=\s*(?:[ap]m|[+-]\d|z|[a-z]{2,4}|$))", re.IGNORECASE)
_MIDNIGHT = re.compile(r"(?<=[\sT])24:00(?::00)?(?!\d|:)")
_DATE_PREFIX = re.compile(
    r"(?P<day>\d{4}-\d\d?-\d\d?)(?:[T ]+(?P<time>\d\d?:\d\d(?::\d\d)?))?\b.*?(?P<offset>\s[+-]\d\d:?\d\d)?\s*",
    re.DOTALL,
)
_WORD_AFTER_TIME = re.compile(r":\d+(?:\.\d+)?\s*[A-Za-z]|^\S+\s+\d+\s*[A-Za-z]")
_NAME_AND_OFFSET = re.compile(r"[A-Za-z]\s*[+-]\d|\(")
_NUMBERED_MONTH = re.compile(r"(?:\d{4}[/.-](\d{1,2})[/.-]\d{1,2}|\d{1,2}[/.-](\d{1,2})[/.-]\d{4})(?!\d)")
_AMBIGUOUS = re.compile(r"^\s*(?:\w+,?\s+)?(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}\b")


def parse_datetime(value: Any, zone: tzinfo) -> datetime | None:
    """Return a date of front matter as an aware datetime, or None if it cannot be parsed.

    Takes datetimes, dates (midnight) and texts: ISO 8601 with a space or a T and any offset, RFC 2822, and what
    `Time.parse` of Ruby reads: `May 5, 2013 10:00 PM EST`, `5/6/2013` (the 5th of June). A date without an offset is in
    `zone`.
    """
    if isinstance(value, str):
        value = _from_text(value.strip())
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=zone)


def parse_datetime_prefix(text: str, zone: tzinfo) -> datetime | None:
    """Return the date at the beginning of a text, ignoring what follows, as Ruby (and so Jekyll) reads dates.

    None if a word follows the time: it may be meant as a time zone.
    """
    if _WORD_AFTER_TIME.search(text):
        return None
    found = _DATE_PREFIX.fullmatch(text.strip())
    return parse_datetime(" ".join(part.strip() for part in found.groups() if part), zone) if found else None


def parse_seconds(value: Any) -> datetime | None:
    """Return the moment of a number of seconds since 1970 (nine to ten digits), as Hugo reads it, or None."""
    return datetime.fromtimestamp(int(str(value)), UTC) if re.fullmatch(r"\d{9,10}", str(value)) else None


def is_ambiguous(text: str) -> bool:
    """Return whether the day and the month of a date such as 05/06/2013 could be exchanged."""
    found = _AMBIGUOUS.match(text)
    return bool(found) and int(found[1]) <= 12 and int(found[2]) <= 12 and found[1] != found[2]


def date_in_path(path: str) -> date | None:
    """Return the date in an address or a path: `2018/10/25/name`, `2018-10-25-name/`; None without one."""
    found = _DATED_PATH.search(path)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _from_text(text: str) -> datetime | None:
    iso = re.sub(r"^(\d{4})/(\d{1,2})/(\d{1,2})", r"\1-\2-\3", text)
    iso = re.sub(r"^(\d{4})-(\d{1,2})-(\d{1,2})", lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", iso)
    iso = re.sub(r"\s*(?:UTC|GMT|[Zz])$", "+00:00", iso)
    iso = re.sub(r"(?<=\d)\s+(?=[+-]\d)", "", iso)
    iso = re.sub(r"([T ])(\d):", r"\g<1>0\2:", iso)
    iso = re.sub(r"([+-]\d)(?=:\d\d$)", lambda m: f"{m[1][0]}0{m[1][1]}", iso)
    for parse, written in ((datetime.fromisoformat, iso), (_from_mail, text), (_from_words, text)):
        try:
            return parse(written)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _from_mail(text: str) -> datetime:
    """Parse RFC 2822. Without its numeric offset, a text is for `_from_words`, which knows what Ruby knows."""
    if not re.search(r"[+-]\d{4}$|GMT$", text):
        raise ValueError(text)
    return parsedate_to_datetime(text)


def _from_words(text: str) -> datetime:
    """Parse with dateutil what Ruby reads with the same meaning: the day before the month where both are numbers."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    if not _YEAR.search(text) or _NAME_AND_OFFSET.search(text) or not all(map(_WORDS.fullmatch, words)):
        raise ValueError(text)
    # dateutil would exchange a month over 12 with the day.
    if (month := _NUMBERED_MONTH.search(text)) and int(month[1] or month[2]) > 12:
        raise ValueError(text)
    is_next_day = bool(_MIDNIGHT.search(text))
    text = _MIDNIGHT.sub("00:00", text)
    text = _SHORT_TIME.sub(lambda found: f"{int(found[1]):02}:{int(found[2]):02}", text)
    # Fields that a text leaves out are taken from the default. A text without a month or a year differs for the two.
    first, second = (
        dateutil_parser.parse(text, default=default, dayfirst=not text[:4].isdigit(), tzinfos=_zone)
        for default in (datetime(2000, 1, 1), datetime(2001, 2, 1))
    )
    if first != second:
        raise ValueError(text)
    return first + timedelta(days=is_next_day)


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Return the zone of a text, None if it has none. Raises ValueError for a name that Ruby does not know."""
    if name and name.upper() not in _ZONES:
        raise ValueError(name)
    if name:
        return timezone(timedelta(hours=_ZONES[name.upper()]))
    return None if offset is None else timezone(timedelta(seconds=offset))
