"""Where a mail's link to end such mails leads: a page (the role read), and its button or RFC 8058's click (create)."""

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
from apps.site import languages
from apps.site.models import cached_settings
from blog_project import addresses
from blog_project.roles import METHODS, Operation, Role, carried

from . import forms, notifications, services


class Unsubscribe(RoutedMixin, APIView):
    """Ends the mails about answers to one comment. The signed address is all that is asked for."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []
    parser_classes = []
    metadata_class = Metadata
    http_method_names = ["get", "head", "options", "post"]
    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Speak the site's language."""
        with languages.speaking(site=cached_settings()):
            return super().dispatch(request, *args, **kwargs)

    def get(self, request: Request, token: str) -> HttpResponse:
        """Ask whether it is meant: programs that look at mail follow its links."""
        if notifications.unsubscribed(token) is None:
            return _unknown()
        return forms.page("comments/unsubscribe.html", 200, {"title": _("No more answers by e-mail?"), "asks": True})

    def post(self, request: Request, token: str) -> HttpResponse:
        """Stop mails about answers to the comment; 404 for a token that is wrong."""
        pk = notifications.unsubscribed(token)
        if pk is None:
            return _unknown()
        services.unsubscribe(pk)
        context = {"title": _("No more answers by e-mail"), "detail": _("Answers to this comment are no longer sent.")}
        return forms.page("comments/unsubscribe.html", 200, context)


def unsubscribe_view(roles: Collection[Role]) -> Any:
    """Return the view as a process of these roles has it."""
    own = carried(roles, addresses.api("comments"))
    methods = [
        method.lower()
        for operation in (Operation.READ, Operation.CREATE)
        if operation not in own
        for method in METHODS[operation]
    ]
    foreign = dict.fromkeys(methods, misdirected)
    return type("Unsubscribe", (Unsubscribe,), foreign).as_view()


def _unknown() -> HttpResponse:
    detail = _("This link is not complete, or not of this site. Copy all of it from the mail.")
    return forms.page("comments/unsubscribe.html", 404, {"title": _("No such link"), "detail": detail})
