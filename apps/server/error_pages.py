"""Error handlers of the URLconf: problem+json under /api/, an HTML page elsewhere."""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from apps.core import problems
from apps.core.database_errors import is_outage
from apps.site import languages
from blog_project import roles

RETRY_AFTER = 10
"""Seconds in the Retry-After header while the database is unavailable."""


def misdirected(request: HttpRequest) -> HttpResponse:
    """Answer 421 (RFC 9110, 15.5.20) and name the role that serves this request."""
    return problems.misdirected(request, roles.owner(request.method, request.path))


misdirected.csrf_exempt = True


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400, with the message of a BadRequest that a view raised; `handler400` of the URLconf."""
    # The messages of other exceptions that mean 400 (such as DisallowedHost) are for developers.
    message = str(exception) if isinstance(exception, BadRequest) else ""
    return _answer(request, 400, message or _("The server cannot process this request."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403; `handler403` of the URLconf."""
    return _answer(request, 403, _("You may not do this."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404; `handler404` of the URLconf."""
    return _answer(request, 404, _("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 if the database is unavailable or too busy; `handler500` of the URLconf."""
    # Django calls this handler while it handles the exception, but does not pass the exception.
    if is_outage(sys.exc_info()[1]):
        response = _answer(request, 503, _("The database does not answer. Please try again in a moment."))
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    return _answer(request, 500, _("Something went wrong on our side. It has been logged."))


def _answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    # In the site's language if this process has it cached: the database may be the cause of the error.
    has_pages = settings.ROLES & {roles.Role.FRONTEND, roles.Role.ADMIN}
    if has_pages and not request.path.startswith("/api/"):
        try:
            with languages.activated():
                page = render_to_string(f"frontend/{status}.html", {"detail": detail})
            return HttpResponse(page, status=status, headers={"Cache-Control": "no-store"})
        except TemplateDoesNotExist:
            pass
    return problems.problem(request, status, str(detail))
