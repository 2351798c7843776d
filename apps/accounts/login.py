"""Login protection with django-axes, by user name and IP address, and the response to a locked out user."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_network
from math import ceil

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.core.clients import address

NETWORK_BITS = 64
"""The length of the prefix of an IPv6 address that its user cannot choose."""


def counted_address(request: HttpRequest) -> str | None:
    """Return the address by which attempts are counted; for IPv6, the network address. `AXES_CLIENT_IP_CALLABLE`."""
    found = address(request)
    if found is None or ":" not in found:
        return found
    return str(ip_network((found, NETWORK_BITS), strict=False).network_address)


def locked_out(request: HttpRequest, original_response: HttpResponse, credentials: dict | None) -> HttpResponse:
    """Return the login page with the end of the lockout and the text of an unsaved form. `AXES_LOCKOUT_CALLABLE`."""
    until = getattr(request, "locked_until", None) or _locked_until(request, (credentials or {}).get("username"))
    seconds = max(ceil((until - timezone.now()).total_seconds()), 1)
    is_for_new_browsers = getattr(request, "is_locked_for_new_browsers", False)
    context = {"locked_until": until, "locked_minutes": ceil(seconds / 60), "is_for_new_browsers": is_for_new_browsers}
    response = admin.site.login_locked(request, context).render()
    response["Retry-After"] = str(seconds)
    return response


def _locked_until(request: HttpRequest, username: str | None) -> datetime:
    attempts = AccessAttempt.objects.filter(username=username, ip_address=request.axes_ip_address)
    last = attempts.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    return last + timedelta(minutes=settings.LOGIN_LOCK_MINUTES)
