"""What a client is told whose request gunicorn cannot read: a problem, as whatever reads requests would say it."""

from __future__ import annotations

from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext as _

from apps.core import problems

from . import logs


def send_error_response(protocol: Any, status: int, message: str, extra_headers: tuple = ()) -> None:
    """Send a refusal; takes the place of a method of gunicorn's `ASGIProtocol`, which would say it as plain text."""
    request = SimpleNamespace(id=logs.acceptable(None).decode())
    detail = _("The server cannot read this request: %s.") % message if status < 500 else HTTPStatus(status).phrase
    response = problems.problem(request, status, detail, headers=dict(extra_headers))
    headers = {"X-Request-ID": request.id, "Content-Length": str(len(response.content)), "Connection": "close"}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in {**dict(response.items()), **headers}.items()]
    protocol._safe_write("\r\n".join([*lines, "", ""]).encode("latin-1") + response.content)
