"""Responses that the server sends itself, without Django's handler: problem documents with the usual headers."""

from __future__ import annotations

from types import SimpleNamespace

from django.http import HttpResponse

from apps.core import problems

from . import browser_policy


class Refused(Exception):
    """The request is refused before it reaches Django: status, detail, kind and headers of the problem response."""

    def __init__(self, status: int, detail: str, kind: str = "", **headers: str) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind, self.headers = status, detail, kind, headers


def problem(
    status: int,
    detail: str,
    kind: str = "",
    headers: dict[str, str] | None = None,
    *,
    request_id: str,
    is_secure: bool = False,
) -> HttpResponse:
    """Return a problem document (see `problems`); `is_secure` is whether the request came by HTTPS, as far as known."""
    # What the policies read of a request. A problem document is the same for every path.
    request = SimpleNamespace(id=request_id, path_info="/", is_secure=lambda: is_secure)
    response = problems.problem(request, status, detail, kind=kind, headers=headers)
    response["X-Request-ID"] = request_id
    browser_policy.apply(request, response)
    return response
