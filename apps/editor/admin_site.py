"""The admin site: stock, except that a form which could not be saved is carried through the login page with its text."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import update_wrapper
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import csrf

from apps.accounts.audit import audited
from apps.core.admin.lost_forms import CARRIED, Kept, is_kept_by, keeps_text, pack, show_again, unpack, without_database
from apps.site.models import current

from . import start_page

logger = logging.getLogger(__name__)


class EditorsDesk(admin.AdminSite):
    """The stock admin under the site's name, which carries a form through the login page."""

    index_title = gettext_lazy("Editor's desk")
    index_template = "admin/editor/index.html"
    login_template = "admin/posts/login.html"

    def index(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Show what there is to do, and the stock list of what there is."""
        return super().index(request, {**start_page.parts(request), **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Put the site's own name above every page."""
        name = current().name
        return {**super().each_context(request), "site_header": name, "site_title": name}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        """List what is written before what is administered, and with the posts their broken links."""
        apps = sorted(super().get_app_list(request, app_label), key=lambda app: app["app_label"] != "posts")
        for app in apps:
            if any(model["object_name"] == "Post" for model in app["models"]):
                name, url = _("Broken links"), reverse("broken_links")
                app["models"].append({"name": name, "object_name": "BrokenLink", "admin_url": url, "view_only": True})
        return apps

    def register(self, model_or_iterable, admin_class=None, **options) -> None:
        """Register models; whatever is done to them here is in the audit trail."""
        super().register(model_or_iterable, audited(admin_class or admin.ModelAdmin), **options)

    def get_urls(self) -> list:
        """Leave out the stock shortcut to any object's page: it tells whoever logs in where others' drafts will be."""
        return [route for route in super().get_urls() if getattr(route, "name", "") != "view_on_site"]

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        """Wrap a view as the stock site does; a form sent without a session is carried through the login."""
        inner = super().admin_view(view, cacheable)
        if not is_kept_by(getattr(view, "__self__", None), view):
            return inner

        def keeping(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if request.method != "POST":
                return inner(request, *args, **kwargs)
            try:
                if not self.has_permission(request):
                    return self._login_carrying(request)
                return inner(request, *args, **kwargs)
            except DatabaseError:
                logger.exception("A form could not be saved and its page not be made; its text is shown alone.")
                return without_database(request)

        return update_wrapper(keeping, view)

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Log in; then go on to the next page, or show the form that was carried along."""
        carried = request.POST.get(CARRIED, "")
        fields = unpack(carried)
        extra_context = {"carried": carried if fields else "", "carried_name": CARRIED, **(extra_context or {})}
        response = super().login(request, extra_context)
        if fields and response.status_code == 302 and self.has_permission(request):
            return self._resume(request, response.url, fields) or response
        return response

    def login_again(self, request: HttpRequest) -> HttpResponse:
        """Show the login page anew, after a stale token; what it carries stays, and who is logged in goes on."""
        fields = unpack(request.POST.get(CARRIED, ""))
        target = request.POST.get(REDIRECT_FIELD_NAME, "")
        if fields and self.has_permission(request) and url_has_allowed_host_and_scheme(target, {request.get_host()}):
            return self._resume(request, target, fields) or self._login_page(request, target, fields)
        return self._login_page(request, target, fields)

    def login_locked(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """Show the login page to whom it is closed for a while; what it carries stays."""
        request.user = AnonymousUser()  # Somebody who is logged in would be led on.
        fields = unpack(request.POST.get(CARRIED, ""))
        target = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        response = self._login_page(request, target, fields, context)
        response.status_code = 429
        return response

    def _resume(self, request: HttpRequest, target: str, fields: QueryDict) -> HttpResponse | None:
        try:
            match = resolve(urlsplit(target).path)
        except Resolver404:
            return None
        if not keeps_text(match):
            return None
        note = _("You had been logged out. What you typed is here again; it is not saved yet.")
        return show_again(request, match, Kept(fields, note), form_url=target)

    def _login_carrying(self, request: HttpRequest) -> HttpResponse:
        return self._login_page(request, request.get_full_path(), request.POST)

    def _login_page(self, request: HttpRequest, target: str, fields: QueryDict | None, more=None) -> HttpResponse:
        request.method = "GET"
        context = {
            **(more or {}),
            "carried": pack(fields) if fields else "",
            "carried_name": CARRIED,
            "app_path": f"{reverse('admin:login')}?{urlencode({REDIRECT_FIELD_NAME: target})}",
            REDIRECT_FIELD_NAME: target,
        }
        return super().login(request, context)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a wrong CSRF token (`CSRF_FAILURE_VIEW`): forms of the admin come back with their text.

    A token goes stale when somebody logs in again in another tab. A form that another site sent is never shown:
    Django says so in `reason` before it looks at the token, and browsers in `Sec-Fetch-Site`.
    """
    if request.headers.get("Accept") == "application/json":
        return _refuse_script(request)
    from_here = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin" and reason.startswith("CSRF")
    if answer := getattr(getattr(request.resolver_match, "func", None), "answer_forged", None):
        return answer(request)
    if from_here and request.resolver_match:
        if request.path == reverse("admin:login"):
            return admin.site.login_again(request)
        if keeps_text(request.resolver_match):
            if not admin.site.has_permission(request):
                return admin.site._login_carrying(request)
            note = _("This form was opened before you last logged in. Your text is here; it is not saved yet.")
            return show_again(request, request.resolver_match, Kept(request.POST, note), status=403)
    return csrf.csrf_failure(request, reason)


def _refuse_script(request: HttpRequest) -> HttpResponse:
    """Tell a script of ours that its token is stale, or that nobody is logged in any more."""
    if not admin.site.has_permission(request):
        return JsonResponse({"detail": _("You are not logged in any more.")}, status=401)
    return JsonResponse({"detail": _("This page was opened before you last logged in."), "is_stale": True}, status=403)
