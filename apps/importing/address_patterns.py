"""The patterns of addresses in which programs name parts of a post with colons: `/:year/:month/:slug/`."""

from __future__ import annotations

import re
from datetime import date, datetime


def expand(template: str, values: dict[str, str], published_at: datetime | None) -> str:
    """Return a template with its placeholders replaced; those of dates only if `published_at` is given."""
    return replace_placeholders(template, values | (date_values(published_at.date()) if published_at else {}))


def replace_placeholders(template: str, values: dict[str, str]) -> str:
    """Return a template as a path with a leading slash, its placeholders replaced; unknown ones stay."""
    path = re.sub(r":([a-z_]+)", lambda found: _placeholder_value(found[1], values), template)
    return re.sub(r"/{2,}", "/", path if path.startswith("/") else f"/{path}")


def _placeholder_value(name: str, values: dict[str, str]) -> str:
    """Return the value of the longest known placeholder at the start of `name`, followed by the rest of `name`."""
    for end in range(len(name), 0, -1):
        if name[:end] in values:
            return values[name[:end]] + name[end:]
    return f":{name}"


def date_values(day: date) -> dict[str, str]:
    """Return the values of all placeholders of a date, as Jekyll, Hugo and Ghost call them."""
    return {
        "year": f"{day:%Y}",
        "short_year": f"{day:%y}",
        "month": f"{day:%m}",
        "i_month": str(day.month),
        "monthname": f"{day:%B}".lower(),
        "short_month": f"{day:%b}",
        "long_month": f"{day:%B}",
        "day": f"{day:%d}",
        "i_day": str(day.day),
        "y_day": f"{day:%j}",
        "yearday": str(int(f"{day:%j}")),
        "week": f"{day:%V}",
        "short_day": f"{day:%a}",
        "long_day": f"{day:%A}",
        "weekday": str(day.isoweekday() % 7),
    }
