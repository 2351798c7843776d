"""CSRF protection of the admin."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from blog_project import addresses


class AdminCsrfMiddleware(CsrfViewMiddleware):
    """Django's CSRF middleware for the admin and previews only.

    On other pages it would respond to an invalid `csrftoken` cookie with a new cookie, which shared caches would store.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Read the CSRF cookie of a request to the admin."""
        return super().process_request(request) if self._is_private(request) else None

    def process_view(self, request: HttpRequest, *args: object) -> HttpResponse | None:
        """Check the CSRF token of a request to the admin."""
        return super().process_view(request, *args) if self._is_private(request) else None

    @staticmethod
    def _is_private(request: HttpRequest) -> bool:
        # `path` would include the prefix under which the site is mounted.
        return addresses.is_private(request.path_info)
