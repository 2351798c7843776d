"""What browsers are told of each answer, beyond what Django and django-csp tell them."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class BrowserPolicyMiddleware:
    """Forbid pages what no page here does (Permissions-Policy), and other sites to embed what we answer (CORP).

    Static files are not among these answers: who reads a feed elsewhere is to see its pictures.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with both headers."""
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
