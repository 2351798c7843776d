"""A log line for each request that was refused to somebody: who they are, from where, and what they asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from apps.core.clients import address

logger = logging.getLogger("blog_project.refused")

STATUSES = frozenset({401, 403, 429})
"""Nobody is known, they may not, or they ask too often."""


class RefusalLogMiddleware:
    """Log refused requests. The access log has neither users nor addresses, because it has a line for every reader."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request, and log it at WARNING level if its status is one of `STATUSES`."""
        response = self.get_response(request)
        if response.status_code in STATUSES:
            fields = {"method": request.method, "path": request.META.get("broadsheet.sent_path", request.path)}
            fields |= {"status": response.status_code, "user": _user_id(request), "address": address(request)}
            logger.warning(
                "Refused: %(method)s %(path)s %(status)s to user %(user)s at %(address)s", fields, extra=fields
            )
        return response


def _user_id(request: HttpRequest) -> int | None:
    """Return the id of the user of a session or a token. (Most roles may not read names.)"""
    try:
        return getattr(getattr(request, "user", None), "pk", None)
    except DatabaseError:
        return None
