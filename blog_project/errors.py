"""What a process answers when it has no view for a request: problem+json under /api/, a page elsewhere."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.api import problems
from blog_project import roles


def misdirected(request: HttpRequest) -> HttpResponse:
    """Answer 421 (RFC 9110, 15.5.20) with the role that serves this request."""
    return problems.misdirected(request, roles.owner(request.method, request.path))


misdirected.csrf_exempt = True


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400; `handler400` of the URLconf."""
    return _answer(request, 400, _("This request makes no sense here."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403; `handler403` of the URLconf."""
    return _answer(request, 403, _("You may not do this."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404; `handler404` of the URLconf."""
    return _answer(request, 404, _("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500; `handler500` of the URLconf."""
    return _answer(request, 500, _("Something went wrong on our side. It has been logged."))


def _answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    if not request.path.startswith("/api/") and roles.Role.FRONTEND in settings.ROLES:
        try:
            return HttpResponse(render_to_string(f"frontend/{status}.html", {"detail": detail}), status=status)
        except TemplateDoesNotExist:
            pass
    return problems.problem(request, status, detail)
