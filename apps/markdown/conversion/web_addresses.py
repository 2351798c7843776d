"""Take addresses of old sites apart, also those that are none."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split(address: str) -> SplitResult:
    """Return the parts of an address; all are empty if it is none, such as `http://[x`."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
