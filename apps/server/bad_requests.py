"""The response to a request that gunicorn cannot parse: a problem document, like every other API error."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from types import SimpleNamespace

from django.utils.translation import gettext as _

from apps.core import problems

from . import logs


def error_response(status: int, message: str, extra_headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return the raw HTTP error response, which closes the connection; `message` is gunicorn's reason."""
    request = SimpleNamespace(id=logs.valid_request_id(None).decode())
    detail = _("The server cannot read this request: %s.") % message if status < 500 else HTTPStatus(status).phrase
    response = problems.problem(request, status, detail, headers=dict(extra_headers))
    headers = {"X-Request-ID": request.id, "Content-Length": str(len(response.content)), "Connection": "close"}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in {**dict(response.items()), **headers}.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.content
