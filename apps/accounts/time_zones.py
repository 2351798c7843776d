"""The editor's time zone in the admin, from a cookie that `static/editor/zone.js` sets to the browser's time zone."""

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
def _available_names() -> frozenset[str]:
    return frozenset(available_timezones())


def find(name: str) -> ZoneInfo | None:
    """Return the time zone of this name, or None for an unknown name."""
    return ZoneInfo(name) if name in _available_names() else None


class TimeZoneMiddleware:
    """Activates the editor's time zone in the admin, or the site's (`TIME_ZONE`) without a valid cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request with the cookie's time zone, and restore the previous one afterwards."""
        if not addresses.is_private(request.path_info):
            return self.get_response(request)
        name = request.COOKIES.get(SECURE_COOKIE) or request.COOKIES.get(COOKIE, "")
        with timezone.override(find(name)):
            return self.get_response(request)
