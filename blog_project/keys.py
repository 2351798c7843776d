"""Keys that follow from others, so that whoever holds one cannot compute the one that it came from."""

from __future__ import annotations

import hmac


def derive(key: str, purpose: str) -> str:
    """Return the key for a purpose: HMAC with SHA-256 (RFC 2104), in hexadecimal digits."""
    return hmac.digest(key.encode(), purpose.encode(), "sha256").hex()
