"""The client of a request: its IP address, network and User-Agent."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

AGENT_LIMIT = 300
"""Length in characters to which a User-Agent is cut for the spam check."""


def address(request: HttpRequest) -> str | None:
    """Return the client's IP address as the outermost of our own proxies saw it, or None if it is unknown."""
    return address_of(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def network(request: HttpRequest) -> str:
    """Return the IPv4 address of the client or the /64 prefix of its IPv6 address, or "unknown"."""
    return network_of(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def address_of(peer: str, forwarded: str) -> str | None:
    """Return the client's IP address from that of the connection and the header X-Forwarded-For, or None.

    `TRUSTED_PROXIES` is the number of our own proxies. An IPv4-mapped IPv6 address is returned as IPv4.
    """
    hops = [*forwarded.split(","), peer] if settings.TRUSTED_PROXIES else [peer]
    distance = min(settings.TRUSTED_PROXIES + 1, len(hops))
    try:
        found = ip_address(hops[-distance].strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def network_of(peer: str, forwarded: str) -> str:
    """Return the same as `network`, from the values of `address_of`.

    A client can choose the other 64 bits of its IPv6 address freely.
    """
    found = address_of(peer, forwarded)
    if found is None or ":" not in found:
        return found or "unknown"
    return IPv6Address(found).exploded[:19]


def agent(request: HttpRequest) -> str:
    """Return the User-Agent, cut to `AGENT_LIMIT`."""
    return request.META.get("HTTP_USER_AGENT", "")[:AGENT_LIMIT]
