"""Django's protection against cross-site request forgery, for the admin's forms."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from blog_project import addresses


class AdminCsrfMiddleware(CsrfViewMiddleware):
    """Django's CSRF check for the admin alone.

    On other pages it would answer an invalid `csrftoken` cookie with a new cookie, and those pages are in shared caches.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Read the CSRF secret of a request to the admin."""
        return super().process_request(request) if self._is_the_admins(request) else None

    def process_view(self, request: HttpRequest, *args: object) -> HttpResponse | None:
        """Check the CSRF token of a request to the admin."""
        return super().process_view(request, *args) if self._is_the_admins(request) else None

    @staticmethod
    def _is_the_admins(request: HttpRequest) -> bool:
        # Not `path`, which begins with what the site is mounted under.
        return addresses.is_private(request.path_info)
