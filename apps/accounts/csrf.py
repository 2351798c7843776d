"""Django's protection against forged forms, where there are forms."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from blog_project import addresses


class AdminCsrfMiddleware(CsrfViewMiddleware):
    """Checks what is sent to the admin, and leaves all else alone.

    Misdirected it would answer a crooked `csrftoken` cookie with a cookie, on pages that caches keep for everybody.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Read the token of a request to the admin."""
        return super().process_request(request) if self._is_the_admins(request) else None

    def process_view(self, request: HttpRequest, *args: object) -> HttpResponse | None:
        """Check the token of a form that was sent to the admin."""
        return super().process_view(request, *args) if self._is_the_admins(request) else None

    @staticmethod
    def _is_the_admins(request: HttpRequest) -> bool:
        # Not `path`, which begins with what the site is mounted under.
        return addresses.is_private(request.path_info)
