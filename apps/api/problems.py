"""One error format: `application/problem+json` (RFC 9457). This module does not need DRF."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

CONTENT_TYPE = "application/problem+json"


def problem(
    request: HttpRequest,
    status: int,
    detail: str,
    *,
    kind: str = "",
    headers: dict[str, str] | None = None,
    **members: Any,
) -> HttpResponse:
    """Return a problem document as a response.

    `kind` names the type of problem, in the documentation's words (`stale-version`); without one the status says it
    all (`about:blank`). `members` are RFC 9457 extension members.
    """
    document = {
        "type": f"/api/docs/problems/#{kind}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **members,
        "request_id": getattr(request, "id", ""),
    }
    return HttpResponse(json.dumps(document), status=status, content_type=CONTENT_TYPE, headers=headers)


def misdirected(request: HttpRequest, role: str) -> HttpResponse:
    """Return the 421 of a process that does not serve this request; `role` is the one that does."""
    detail = f"This process does not serve {request.method} {request.path}; the role “{role}” does."
    return problem(request, 421, detail, kind="misdirected", role=role)
