"""Limits for wrong passwords (`AXES_HANDLER`): by name, by network and in all, besides django-axes' by both together.

Who knows a name can use up its limit, and everybody together that of all logins. So these limits, and that of a name from
an address, hold only for browsers in which the user has not logged in before: a known one has a limit of its own, which
nobody else can use up. And a new password that was set by e-mail makes the browser known. So nobody is locked out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_network

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from apps.core.clients import address

from . import devices
from .limits import Limit
from .models import KnownDevice

HOUR = timedelta(hours=1)
NETWORK_BITS = {4: 24, 6: 48}
"""The length of the prefix of a network, by IP version: what one customer of a provider can often choose from."""


class LoginHandler(AxesDatabaseHandler):
    """django-axes' handler with more limits. It sets `request.locked_until` when one of them is reached."""

    def is_allowed(self, request: HttpRequest, credentials: dict | None = None) -> bool:
        """Return whether a password may be tried."""
        username = _name(request, credentials)
        if device := devices.known(request, username):
            request.locked_until = _of_device().reached_until(_key(device))
            return request.locked_until is None
        request.locked_until = max(_reached(request, username), default=None)
        request.is_locked_for_new_browsers = request.locked_until is not None
        return request.locked_until is None and super().is_allowed(request, credentials)

    def user_login_failed(self, sender, credentials: dict, request: HttpRequest | None = None, **kwargs) -> None:
        """Count a wrong password, unless it was refused unread."""
        username = _name(request, credentials) if request else ""
        device = request and devices.known(request, username)
        if request is None or request.axes_locked_out:
            super().user_login_failed(sender, credentials, request, **kwargs)
        elif device:
            _of_device().add(_key(device))
            request.locked_until = _of_device().reached_until(_key(device))
            # What django-axes' middleware and the audit trail read.
            request.axes_failures_since_start, request.axes_credentials = 1, credentials
            request.axes_locked_out = request.locked_until is not None
        else:
            for limit, value in _limits(request, username):
                limit.add(value)
            super().user_login_failed(sender, credentials, request, **kwargs)

    def user_logged_in(self, sender, request: HttpRequest, user: User, **kwargs) -> None:
        """Forget the wrong passwords of this browser, and of this name from this address."""
        super().user_logged_in(sender, request, user, **kwargs)
        if device := devices.known(request, user.get_username()):
            _of_device().reset(_key(device))


def _of_device() -> Limit:
    return Limit("login.device", settings.AXES_FAILURE_LIMIT, timedelta(minutes=settings.LOGIN_LOCK_MINUTES))


def _key(device: KnownDevice) -> str:
    return str(device.pk)


def _name(request: HttpRequest, credentials: dict | None) -> str:
    """Return the name that a password is tried with, in the spelling of the account that the database finds by it.

    MySQL and MariaDB take “érika” for “erika”, so each of many spellings would have a limit of its own.
    """
    given = get_client_username(request, credentials) or ""
    return User.objects.filter(username=given).values_list("username", flat=True).first() or given


def _limits(request: HttpRequest, username: str) -> list[tuple[Limit, str]]:
    """Return the limits for a browser that is not known, each with what it counts by."""
    return [
        (Limit("login.name", settings.LOGIN_ATTEMPTS_PER_NAME, HOUR), username.casefold()),
        (Limit("login.network", settings.LOGIN_ATTEMPTS_PER_NETWORK, HOUR), network(request)),
        (Limit("login", settings.LOGIN_ATTEMPTS_IN_ALL, HOUR), ""),
    ]


def _reached(request: HttpRequest, username: str) -> Iterator[datetime]:
    """Return the ends of the limits that are reached."""
    return filter(None, (limit.reached_until(value) for limit, value in _limits(request, username)))


def network(request: HttpRequest) -> str:
    """Return the network of the client, or "unknown"."""
    found = address(request)
    if found is None:
        return "unknown"
    return str(ip_network((found, NETWORK_BITS[6 if ":" in found else 4]), strict=False))
