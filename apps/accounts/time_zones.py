"""The editor's time zone in the admin: the one of their profile, or else that of the browser.

`static/editor/zone.js` sets a cookie to the browser's time zone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from blog_project import addresses

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


class TimeZoneMiddleware:
    """Activates the editor's time zone in the admin: the chosen one, the cookie's, or the site's (`TIME_ZONE`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request with the editor's time zone, and restore the previous one afterwards."""
        if not addresses.is_private(request.path_info):
            return self.get_response(request)
        from . import preferences  # It finds time zones here.

        name = request.COOKIES.get(SECURE_COOKIE) or request.COOKIES.get(COOKIE, "")
        with timezone.override(find(preferences.of_request(request).time_zone) or find(name)):
            return self.get_response(request)
