"""The response to a request that never reaches the application: a problem document, like every other API error."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus

from django.utils.translation import gettext as _

from . import logs, refusals

logger = logging.getLogger("blog_project.refused")


def error_response(status: int, message: str, extra_headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return the raw HTTP error response, which closes the connection; `message` is the reason, of gunicorn or ours."""
    detail = HTTPStatus(status).phrase
    if status == 503:
        detail = _("There are too many connections at the moment. Try again.")
    elif status < 500:
        detail = _("The server cannot read this request: %s.") % message
    request_id = logs.valid_request_id(None).decode()
    _log(status, message or detail, request_id)
    kind = "busy" if status == 503 else ""
    response = refusals.problem(status, detail, kind, dict(extra_headers), request_id=request_id)
    headers = {**dict(response.items()), "Content-Length": str(len(response.content)), "Connection": "close"}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.content


def _log(status: int, reason: str, request_id: str) -> None:
    """Log a request that no access log has, under the id that its client is told."""
    token = logs.request_id.set(request_id)
    try:
        logger.info("Refused unread: %s, %s", status, reason)
    finally:
        logs.request_id.reset(token)
