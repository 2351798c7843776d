"""The browser policy of public files: images and static files."""

from __future__ import annotations

from csp.constants import HEADER
from django.http import HttpResponse

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; sandbox"
"""Opened by itself, a file has no scripts and no origin. Icons in SVG have styles of their own."""


def allow_embedding(response: HttpResponse) -> None:
    """Let other sites show a file, because feed readers have to, and let it do nothing by itself."""
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response[HEADER] = _POLICY
