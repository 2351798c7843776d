"""The API is refused without TLS, where pages are redirected."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.core import problems
from blog_project import addresses


class ApiHttpsMiddleware:
    """Refuse requests to the API without TLS (`SECURE_REDIRECT_EXEMPT` has its addresses).

    A program follows a redirect without a word, so that nobody would notice that it sends its token in plain text.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 403 to such a request, and pass on all others."""
        if settings.SECURE_SSL_REDIRECT and request.path_info.startswith(addresses.API) and not request.is_secure():
            detail = _("Ask again with https. A token that was sent with http may have been read: make a new one.")
            return problems.problem(request, 403, detail, kind="https-required")
        return self.get_response(request)
