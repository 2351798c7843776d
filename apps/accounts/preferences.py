"""What people choose for themselves: the language and the time zone of the desk, and which mails they get."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from blog_project import addresses

from . import time_zones
from .models import Preferences


def of(user: Any) -> Preferences:
    """Return what a user has chosen, or the defaults. No query for the user of a request (`auth_backend.py`)."""
    try:
        return user.preferences
    except (ObjectDoesNotExist, AttributeError):  # Nothing was chosen yet; or nobody is logged in.
        return Preferences(user_id=user.pk)


def of_request(request: HttpRequest) -> Preferences:
    """Return what the user of a request has chosen; the defaults while the database does not answer."""
    try:
        return of(request.user)
    except DatabaseError:
        return Preferences()


def choose(user: User, **values: Any) -> Preferences:
    """Store what a user has chosen: values of fields of `Preferences`."""
    user.preferences, _created = Preferences.objects.update_or_create(user=user, defaults=values)
    return user.preferences


@contextmanager
def activated(user: User, default: str = "") -> Iterator[None]:
    """Write texts and dates for a user: in their language, or `default` (the desk's unless given), and time zone."""
    chosen = of(user)
    language = chosen.language or default or settings.LANGUAGE_CODE
    zone = time_zones.find(chosen.time_zone) or timezone.get_current_timezone()
    with translation.override(language), timezone.override(zone):
        yield


class LanguageMiddleware:
    """Activates the language that the user has chosen for the desk, or that of the environment (`LANGUAGE_CODE`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle a request to the desk in the user's language, and restore the previous one afterwards."""
        if not request.path_info.startswith(addresses.ADMIN):
            return self.get_response(request)
        with translation.override(of_request(request).language or settings.LANGUAGE_CODE):
            return self.get_response(request)


class TimeZoneMiddleware:
    """Activates the editor's time zone in the admin: the chosen one, the cookie's, or the site's (`TIME_ZONE`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request with the editor's time zone, and restore the previous one afterwards."""
        if not addresses.is_private(request.path_info):
            return self.get_response(request)
        cookie = request.COOKIES.get(time_zones.SECURE_COOKIE) or request.COOKIES.get(time_zones.COOKIE, "")
        zone = time_zones.find(of_request(request).time_zone) or time_zones.find(cookie)
        with timezone.override(zone):
            return self.get_response(request)
