"""What a client is told whose request gunicorn cannot read: a problem, as whatever reads requests would say it."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from types import SimpleNamespace

from django.utils.translation import gettext as _

from apps.core import problems

from . import logs


def answer(status: int, message: str, extra_headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return the whole HTTP answer of a refusal, after which the connection is closed; `message` is gunicorn's reason."""
    request = SimpleNamespace(id=logs.acceptable(None).decode())
    detail = _("The server cannot read this request: %s.") % message if status < 500 else HTTPStatus(status).phrase
    response = problems.problem(request, status, detail, headers=dict(extra_headers))
    headers = {"X-Request-ID": request.id, "Content-Length": str(len(response.content)), "Connection": "close"}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in {**dict(response.items()), **headers}.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.content
