"""Tokens that this process has just read from the database, with their users and the rights of these.

A program that reads many pages so costs one query a second and not several for each. What is revoked, deactivated or
taken away in the meantime ends for reads after `API_TOKEN_CACHE_SECONDS`, in each process by itself. Writes always ask.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from .models import ApiToken

MAX_TOKENS = 1000
"""The tokens that are kept at a time, some 2 kB each."""


class _Recent(NamedTuple):
    token: ApiToken
    read_at: float


_recent: dict[str, _Recent] = {}


def find(digest: str, read: Callable[[], ApiToken | None], *, seconds: float) -> ApiToken | None:
    """Return the token with a digest as it was at most `seconds` ago, or else as `read` returns it from the database.

    An unknown token is not kept: one that is issued works at once. Raises what `read` raises.
    """
    found, now = _recent.get(digest), time.monotonic()
    if found is not None and now - found.read_at < seconds:
        return found.token
    token = read()
    if token is None or not seconds:
        _recent.pop(digest, None)
    else:
        if len(_recent) >= MAX_TOKENS:
            _recent.clear()
        # The time before the query: what is revoked while it runs counts as later.
        _recent[digest] = _Recent(token, now)
    return token
