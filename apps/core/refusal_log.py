"""A log line for each request that was refused to somebody: who they are, from where, and what they asked for."""

from __future__ import annotations

import logging

from django.db import DatabaseError
from django.http import HttpRequest

from .clients import address

SENT_PATH = "broadsheet.sent_path"
"""The key of `META` with the path as it was sent, if it differs."""
STATUSES = frozenset({401, 403, 429})
"""Nobody is known, they may not, or they ask too often."""

logger = logging.getLogger("blog_project.refused")


def log_refusal(request: HttpRequest, status: int) -> None:
    """Log a request at WARNING level if its status is one of `STATUSES`.

    The access log has neither users nor addresses, because it has a line for every reader.
    """
    if status not in STATUSES:
        return
    fields = {"method": request.method, "path": request.META.get(SENT_PATH, request.path)}
    fields |= {"status": status, "user": _user_id(request), "address": address(request)}
    logger.warning("Refused: %(method)s %(path)s %(status)s to user %(user)s at %(address)s", fields, extra=fields)


def _user_id(request: HttpRequest) -> int | None:
    """Return the id of the user of a session or a token. (Most roles may not read names.)"""
    try:
        return getattr(getattr(request, "user", None), "pk", None)
    except DatabaseError:
        return None
