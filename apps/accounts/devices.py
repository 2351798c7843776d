"""Browsers in which a user has logged in before, known by a cookie.

They are told from new ones, of which the owner is mailed, and their logins are not limited by what strangers try
("device cookies", OWASP). The database has digests of the cookies.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from blog_project import addresses

from . import events
from .models import KnownDevice
from .passwords import password_changed

LIFETIME = timedelta(days=365)
"""How long a browser is known after the last login in it."""


def digest(secret: str) -> str:
    """Return the SHA-256 of a cookie in hex. (It is random, so no slow hash is needed.)"""
    return hashlib.sha256(secret.encode()).hexdigest()


def known(request: HttpRequest, username: str) -> KnownDevice | None:
    """Return the row of the browser if a user of this name has logged in with it, or None."""
    secret = request.COOKIES.get(settings.DEVICE_COOKIE_NAME)
    if not secret or not username:
        return None
    recent = KnownDevice.objects.filter(seen_at__gt=timezone.now() - LIFETIME)
    return recent.filter(digest=digest(secret), user__username=username).first()


def clear_expired() -> int:
    """Delete what is no longer known, and return the number of rows."""
    return KnownDevice.objects.filter(seen_at__lte=timezone.now() - LIFETIME).delete()[0]


class DeviceCookieMiddleware:
    """Sends the cookie after a login in a new browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request, and set the cookie if a login has made one."""
        response = self.get_response(request)
        if secret := getattr(request, "device_secret", None):
            response.set_cookie(
                settings.DEVICE_COOKIE_NAME,
                secret,
                max_age=LIFETIME,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


@receiver(user_logged_in)
def _logged_in(sender: object, request: HttpRequest, user: Any, **kwargs: object) -> None:
    if not request.path.startswith(addresses.ADMIN):
        return  # Not a login by a browser: tests and commands have a request of no path.
    if device := known(request, user.get_username()):
        KnownDevice.objects.filter(pk=device.pk).update(seen_at=timezone.now())
        return
    remember(request, user)
    events.happened(events.NEW_BROWSER, user)


def remember(request: HttpRequest, user: Any) -> None:
    """Make the browser known for a user; `DeviceCookieMiddleware` sends its cookie.

    Several people may use a browser: each has a row, with one cookie. A cookie that is not ours is replaced, because
    somebody may have put it there.
    """
    secret = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    if not KnownDevice.objects.filter(digest=digest(secret)).exists():
        secret = request.device_secret = secrets.token_urlsafe(32)
    KnownDevice.objects.update_or_create(user=user, digest=digest(secret), defaults={"seen_at": timezone.now()})


@receiver(password_changed)
def _forget(sender: object, user: Any, **kwargs: object) -> None:
    """Forget all browsers of a user: who knew the former password may have one."""
    KnownDevice.objects.filter(user=user).delete()
