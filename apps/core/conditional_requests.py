"""Conditional requests (RFC 9110, 13): whether the client already has a representation.

A representation has validators, `ETag` and `Last-Modified` (8.8); the client sends those of its stored copy. For page
views Django's `get_conditional_response` compares them by the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest
from django.utils.http import parse_etags, parse_http_date_safe


def is_named(etag: str, if_none_match: str) -> bool:
    """Return whether an `If-None-Match` contains an ETag, by weak comparison (8.8.3.2, 13.1.2); `*` matches any."""
    given = parse_etags(if_none_match)
    return given == ["*"] or _opaque(etag) in map(_opaque, given)


def has_etag(request: HttpRequest, etag: str) -> bool:
    """Return whether the `If-None-Match` of a request contains an ETag, so that the client has this representation."""
    return is_named(etag, request.headers.get("If-None-Match", ""))


def is_unmodified(etag: bytes, modified: bytes, given: Mapping[bytes, bytes]) -> bool:
    """Return whether the client has the representation with this `ETag` and `Last-Modified`; either may be empty.

    `given` maps the request headers as in ASGI: bytes, with names in lower case. `If-Modified-Since` counts only
    without an `If-None-Match` (13.1.3).
    """
    if (tags := given.get(b"if-none-match")) is not None:
        # The header is nearly always a single ETag, and comparing it takes a tenth of the time of parsing it.
        if etag and tags.removeprefix(b"W/") == etag.removeprefix(b"W/"):
            return True
        return is_named(etag.decode("latin-1"), tags.decode("latin-1"))
    since = parse_http_date_safe(given.get(b"if-modified-since", b"").decode("latin-1"))
    changed = parse_http_date_safe(modified.decode("latin-1"))
    return since is not None and changed is not None and changed <= since


def _opaque(etag: str) -> str:
    return etag.removeprefix("W/")
