"""The unsubscribe link of mails: GET is a page (role read), POST its button or RFC 8058's one click (role create)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.metadata import Metadata
from apps.api.viewsets import RoutedMixin, misdirected
from apps.audit import trail
from apps.audit.trail import Action
from apps.core.transactions import record_writes
from apps.site import languages
from apps.site.models import cached_settings
from blog_project import addresses
from blog_project.roles import METHODS, Operation, Role, carried

from . import notifications, services
from .models import Comment
from .self_contained import render_page


class Unsubscribe(RoutedMixin, APIView):
    """Unsubscribes from answers to one comment. The signed token in the address is the only credential."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []
    parser_classes = []
    metadata_class = Metadata
    http_method_names = ["get", "head", "options", "post"]
    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Use the site's language, not the client's."""
        with languages.activated(site=cached_settings()):
            return super().dispatch(request, *args, **kwargs)

    def get(self, request: Request, token: str) -> HttpResponse:
        """Return a page with a confirm button; GET changes nothing, because mail scanners follow links."""
        if notifications.parse_unsubscribe_token(token) is None:
            return _invalid_link()
        return render_page("comments/unsubscribe.html", 200, {"title": _("No more answers by e-mail?"), "asks": True})

    def post(self, request: Request, token: str) -> HttpResponse:
        """Stop mail about answers to the comment; 404 for an invalid token."""
        pk = notifications.parse_unsubscribe_token(token)
        if pk is None:
            return _invalid_link()
        with record_writes(_record):
            services.unsubscribe(pk)
        context = {"title": _("No more answers by e-mail"), "detail": _("Answers to this comment are no longer sent.")}
        return render_page("comments/unsubscribe.html", 200, context)


def unsubscribe_view(roles: Collection[Role]) -> Any:
    """Return the view; a method whose operation these roles do not carry gets the response for misdirected requests."""
    operations = carried(roles, addresses.api("comments"))
    methods = [
        method.lower()
        for operation in (Operation.READ, Operation.CREATE)
        if operation not in operations
        for method in METHODS[operation]
    ]
    misdirected_methods = dict.fromkeys(methods, misdirected)
    return type("Unsubscribe", (Unsubscribe,), misdirected_methods).as_view()


def _record(comment: Comment) -> None:
    trail.record(Action.CHANGED, obj=comment, message="notify")


def _invalid_link() -> HttpResponse:
    detail = _("This link is not complete, or not of this site. Copy all of it from the mail.")
    return render_page("comments/unsubscribe.html", 404, {"title": _("No such link"), "detail": detail})
