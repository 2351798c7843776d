"""The editor's own time zone: what their browser says it is (`static/editor/zone.js`), for the pages of the admin alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from blog_project import addresses

COOKIE = "desk_zone"
FIELD = "zone"
"""The hidden field of a form with dates: the zone that it shows them in, and is read in."""


@lru_cache(1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def named(name: str) -> ZoneInfo | None:
    """Return the time zone of a name, or None for what is no name of one."""
    return ZoneInfo(name) if name in _names() else None


class TimeZoneMiddleware:
    """Shows dates in the editor's zone; in the site's (`TIME_ZONE`) where the cookie is missing or makes no sense."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the zone that the cookie names; whatever zone the answer was made in, it ends with it."""
        if not addresses.is_private(request.path_info):
            return self.get_response(request)
        with timezone.override(named(request.COOKIES.get(COOKIE, ""))):
            return self.get_response(request)
