"""What a request tells of its sender."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

AGENT_LIMIT = 300
"""Characters of a User-Agent that are passed on to the spam check."""


def address(request: HttpRequest) -> str | None:
    """Return the IP address of the client, as the last of our own proxies saw it (TRUSTED_PROXIES); None if unknown."""
    seen = [request.META.get("REMOTE_ADDR", "")]
    if settings.TRUSTED_PROXIES:
        seen = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), *seen]
    place = min(settings.TRUSTED_PROXIES + 1, len(seen))
    try:
        found = ip_address(seen[-place].strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def network(request: HttpRequest) -> str:
    """Return what one sender has at least: an IPv4 address, or the half of an IPv6 address that is not of their choice."""
    found = address(request)
    if found is None or ":" not in found:
        return found or "unknown"
    return IPv6Address(found).exploded[:19]


def agent(request: HttpRequest) -> str:
    """Return the beginning of the User-Agent."""
    return request.META.get("HTTP_USER_AGENT", "")[:AGENT_LIMIT]
