"""Addresses below `/.well-known/` (RFC 8615): whom to tell of a vulnerability, and where a password is changed."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from blog_project import addresses

from .responses import page

VALID_FOR = timedelta(days=90)
"""How long readers of security.txt may rely on what it says; RFC 9116, 2.5.5, advises less than a year."""


def security_txt(request: HttpRequest) -> HttpResponse:
    """Return security.txt (RFC 9116) with the setting SECURITY_CONTACTS; 404 if that is empty."""
    if not settings.SECURITY_CONTACTS:
        raise Http404
    lines = [f"Contact: {contact}" for contact in settings.SECURITY_CONTACTS]
    lines.append(f"Expires: {timezone.now() + VALID_FOR:%Y-%m-%dT%H:%M:%SZ}")
    lines.append(f"Canonical: {addresses.absolute(addresses.SECURITY_TXT)}")
    # Not a page of the page cache: that keeps a page for as long as no content changes, and this has a date.
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8", headers=headers)


@page
def change_password(request: HttpRequest) -> HttpResponse:
    """Redirect to the page on which users change their password (https://w3c.github.io/webappsec-change-password-url/)."""
    return HttpResponseRedirect(addresses.CHANGE_PASSWORD)
