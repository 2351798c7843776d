"""Values that must come back unchanged: cursors of the API, links to unsubscribe, entries of the audit trail.

They are signed with SIGNING_KEY, which pods have that hold no key of sessions (docs/decisions/0031).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.signing import BadSignature

from blog_project import keys

__all__ = ["BadSignature", "digest", "digests", "dumps", "loads"]


def dumps(value: Any, *, salt: str) -> str:
    """Return a value of JSON as signed text for an address. `salt` names the purpose: another one is another signature."""
    return signing.dumps(value, key=settings.SIGNING_KEY, salt=salt, compress=True)


def loads(text: str, *, salt: str) -> Any:
    """Return the value of a signed text. Raises BadSignature if it was not signed here for this purpose."""
    return signing.loads(text, key=settings.SIGNING_KEY, salt=salt, fallback_keys=settings.SIGNING_KEY_FALLBACKS)


def digest(value: Any, *, salt: str) -> str:
    """Return the HMAC of a value of JSON in hexadecimal digits: 64 that nobody can make without the key."""
    return next(digests(value, salt=salt))


def digests(value: Any, *, salt: str) -> Iterator[str]:
    """Yield the digests of a value with the key and with each former one, to compare a stored digest with."""
    text = json.dumps(value, separators=(",", ":")).encode()
    for key in (settings.SIGNING_KEY, *settings.SIGNING_KEY_FALLBACKS):
        yield hmac.digest(keys.derive(key, salt).encode(), text, "sha256").hex()
