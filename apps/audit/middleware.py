"""Records the user and the address of a request of the admin in the entries that it writes."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from blog_project import addresses

from . import trail


class AuditMiddleware:
    """Names the request to `trail`, for what is recorded by signals. Only requests of the admin have a session's user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request."""
        with trail.acting(request if request.path_info.startswith(addresses.ADMIN) else None):
            return self.get_response(request)
