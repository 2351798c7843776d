"""The guard of the login: django-axes, counting by user name and address. What it says to whom it locks out is ours."""

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
"""Of an IPv6 address, the part that is not of its user's choice."""


def counted_address(request: HttpRequest) -> str | None:
    """Return the address that attempts are counted by (`AXES_CLIENT_IP_CALLABLE`): of IPv6, the first of its network."""
    found = address(request)
    if found is None or ":" not in found:
        return found
    return str(ip_network((found, NETWORK_BITS), strict=False).network_address)


def locked_out(request: HttpRequest, original_response: HttpResponse, credentials: dict | None) -> HttpResponse:
    """Answer who may not try again yet (`AXES_LOCKOUT_CALLABLE`): with the login page, which says when, and the text."""
    until = _locked_until(request, (credentials or {}).get("username"))
    seconds = max(ceil((until - timezone.now()).total_seconds()), 1)
    context = {"locked_until": until, "locked_minutes": ceil(seconds / 60)}
    response = admin.site.login_locked(request, context).render()
    response["Retry-After"] = str(seconds)
    return response


def _locked_until(request: HttpRequest, username: str | None) -> datetime:
    attempts = AccessAttempt.objects.filter(username=username, ip_address=request.axes_ip_address)
    last = attempts.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    return last + timedelta(minutes=settings.LOGIN_LOCK_MINUTES)
