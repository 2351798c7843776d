"""Logs each request that was refused to somebody."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.core.refusal_log import log_refusal


class RefusalLogMiddleware:
    """Log refused requests."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request, and log it if it was refused."""
        response = self.get_response(request)
        log_refusal(request, response.status_code)
        return response
