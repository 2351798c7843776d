"""Values that clients carry and that must come back unchanged: cursors of the API, links to unsubscribe.

They are signed with SIGNING_KEY, which pods have that hold no key of sessions (docs/decisions/0031).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import signing
from django.core.signing import BadSignature

__all__ = ["BadSignature", "dumps", "loads"]


def dumps(value: Any, *, salt: str) -> str:
    """Return a value of JSON as signed text for an address. `salt` names the purpose: another one is another signature."""
    return signing.dumps(value, key=settings.SIGNING_KEY, salt=salt, compress=True)


def loads(text: str, *, salt: str) -> Any:
    """Return the value of a signed text. Raises BadSignature if it was not signed here for this purpose."""
    return signing.loads(text, key=settings.SIGNING_KEY, salt=salt, fallback_keys=settings.SIGNING_KEY_FALLBACKS)
