"""Time zones by their names, and the names by which pages of the admin send that of the browser.

`static/editor/zone.js` sets a cookie to the browser's time zone. `preferences.TimeZoneMiddleware` activates it.
"""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

COOKIE = "desk_zone"
SECURE_COOKIE = f"__Secure-{COOKIE}"
"""The name on HTTPS: browsers take a cookie of this prefix from HTTPS alone (RFC 6265bis)."""
FIELD = "zone"
"""The hidden field of a form with dates that holds the form's time zone."""


@lru_cache(1)
def names() -> frozenset[str]:
    """Return the names of all time zones."""
    return frozenset(available_timezones())


def find(name: str) -> ZoneInfo | None:
    """Return the time zone of this name, or None for an unknown name."""
    return ZoneInfo(name) if name in names() else None
