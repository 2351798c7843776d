"""The admin site. A form that was posted without a session is carried through the login page with its content."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import csrf

from apps.accounts import devices, password_again
from apps.accounts.audit import audited
from apps.accounts.password_change import OwnPasswordView
from apps.accounts.second_factor import factors, login_step, pages
from apps.accounts.second_factor.middleware import must_enrol
from apps.core import heavy_work
from apps.core.admin.lost_forms import (
    CARRIED,
    UnsavedForm,
    can_show_again,
    deserialize_fields,
    is_change_form,
    render_without_database,
    serialize_fields,
    show_again,
)
from apps.core.admin.next_page import next_page
from apps.site.models import current

from . import navigation, start_page
from .account_changes import keep_tokens
from .privacy import PrivateAdmin
from .saved_words import SayingAdmin

logger = logging.getLogger(__name__)


class EditorAdminSite(admin.AdminSite):
    """Django's admin site with the blog's name and the editor's start page; carries forms through the login page."""

    index_title = gettext_lazy("Editor's desk")
    index_template = "admin/editor/index.html"
    login_template = "admin/posts/login.html"
    login_form = login_step.PasswordForm

    def index(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Show the editor's start page and Django's list of models."""
        return super().index(request, {**start_page.context(request), **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Use the blog's name as the header and title of every page."""
        name = current().name
        return {**super().each_context(request), "site_header": name, "site_title": name}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        """Return the places of the desk in our groups; for one app, its models as Django lists them."""
        apps = super().get_app_list(request, app_label)
        return apps if app_label else navigation.groups(apps)

    def register(self, model_or_iterable, admin_class=None, **options) -> None:
        """Register models with an admin class that writes to the audit trail, keeps private rows private and speaks plainly."""
        base = admin_class or admin.ModelAdmin
        limited = type(base.__name__, (PrivateAdmin, SayingAdmin, base), {"__module__": base.__module__})
        super().register(model_or_iterable, audited(limited), **options)

    def get_urls(self) -> list:
        """Leave out Django's `view_on_site` redirect: it shows any logged-in user the addresses of others' drafts."""
        return [route for route in super().get_urls() if getattr(route, "name", "") != "view_on_site"]

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        """Wrap a view as Django does; a form that is posted without a session is carried through the login page.

        Sensitive views ask for the password first (`password_again`).
        """
        inner = self._asking(view, self._telling_busy(super().admin_view(view, cacheable)))
        if not is_change_form(getattr(view, "__self__", None), view):
            return inner

        def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if request.method != "POST":
                return inner(request, *args, **kwargs)
            try:
                if not self.has_permission(request):
                    return self._login_with_form(request)
                return inner(request, *args, **kwargs)
            except DatabaseError:
                logger.exception(
                    "A form could not be saved, and its page could not be rendered; a plain page shows its text."
                )
                return render_without_database(request)

        return update_wrapper(wrapper, view)

    def _asking(self, view: Callable, inner: Callable) -> Callable:
        if not password_again.is_sensitive(view):
            return inner

        def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            is_due = self.has_permission(request) and password_again.is_due(request, view)
            return (is_due and password_again.ask(request, self)) or inner(request, *args, **kwargs)

        return update_wrapper(wrapper, inner)

    def password_change(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Change the own password, for which the form asks for the former one."""
        keep_tokens(request.user)
        request.current_app = self.name
        context = {**self.each_context(request), **(extra_context or {})}
        done = reverse("admin:password_change_done", current_app=self.name)
        response = OwnPasswordView.as_view(success_url=done, extra_context=context)(request)
        if response.status_code == 302:
            devices.remember(request, request.user)
        return response

    def _telling_busy(self, view: Callable) -> Callable:
        """Answer with a page (429) where too much heavy work is under way."""

        @wraps(view)
        def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except heavy_work.Busy as error:
                context = {**self.each_context(request), "title": _("Too busy at the moment"), "detail": str(error)}
                response = render(request, "admin/editor/busy.html", context, status=429)
                response["Retry-After"] = str(heavy_work.RETRY_AFTER)
                return response

        return wrapper

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Log in, in two steps with a second factor; then redirect to the next page or show the carried form again."""
        if request.method == "POST" and login_step.FIELD in request.POST:
            response = self._second_step(request)
        elif request.method != "POST" and must_enrol(request):
            return HttpResponseRedirect(
                f"{reverse('second_factor')}?{urlencode({REDIRECT_FIELD_NAME: _page_after_login(request)})}"
            )
        else:
            response = self._first_step(request, extra_context)
        fields = deserialize_fields(request.POST.get(CARRIED, ""))
        if response.status_code != 302 or not self.has_permission(request):
            return response
        if must_enrol(request):
            return self._setup(request)
        return (fields and self._show_carried(request, response.url, fields)) or response

    @staticmethod
    def _setup(request: HttpRequest) -> HttpResponse:
        """Return the page that sets up a first factor; to the editor's scripts, a sentence that says where it is."""
        if request.headers.get("Accept") == "application/json":
            detail = _("Your account needs a second factor now. Set one up in another tab, then log in here again.")
            return JsonResponse({"detail": detail})
        return pages.show_overview(request)

    def _first_step(self, request: HttpRequest, extra_context: dict[str, Any] | None) -> HttpResponse:
        carried = request.POST.get(CARRIED, "")
        fields = deserialize_fields(carried)
        extra_context = {"carried": carried if fields else "", "carried_name": CARRIED, **(extra_context or {})}
        response = super().login(request, extra_context)
        form = getattr(response, "context_data", {}).get("form")
        if user := getattr(form, "waiting_user", None):
            login_step.begin(request, user)
            return self._second_step_page(request, user, login_step.CodeForm())
        return response

    def _second_step(self, request: HttpRequest) -> HttpResponse:
        """Log in the user of the first step if the code is right. A passkey has logged them in before this request."""
        target, user = _page_after_login(request), login_step.waiting_user(request)
        if user is None and self.has_permission(request):
            return HttpResponseRedirect(target)
        if user is None or login_step.AGAIN in request.POST:
            return self._login_page(request, target, deserialize_fields(request.POST.get(CARRIED, "")))
        form = login_step.CodeForm(request.POST)
        if form.is_valid():
            try:
                login_step.finish(request, user, login_step.verify(request, user, form.cleaned_data[login_step.FIELD]))
                return HttpResponseRedirect(target)
            except ValidationError as error:
                form.add_error(login_step.FIELD, error)
        return self._second_step_page(request, user, form)

    def _second_step_page(self, request: HttpRequest, user: User, form: login_step.CodeForm) -> HttpResponse:
        """Return the page of the second step; to the editor's scripts, what they need for it as JSON."""
        has_passkeys = bool(factors.of(user).passkeys)
        if request.headers.get("Accept") == "application/json":
            return JsonResponse(
                {"second_factor": {"passkeys": has_passkeys, "errors": form.errors}, "csrf": get_token(request)}
            )
        carried = request.POST.get(CARRIED, "")
        context = {
            **self.each_context(request),
            "title": _("Second step of the login"),
            "form": form,
            "has_passkeys": has_passkeys,
            "again": login_step.AGAIN,
            "host": urlsplit(settings.SITE_URL).netloc,
            "app_path": request.get_full_path(),
            REDIRECT_FIELD_NAME: _page_after_login(request),
            "carried": carried if deserialize_fields(carried) else "",
            "carried_name": CARRIED,
        }
        response = TemplateResponse(request, "admin/accounts/second_factor/login.html", context)
        add_never_cache_headers(response)
        return response

    def login_again(self, request: HttpRequest) -> HttpResponse:
        """Show the login page again after a stale CSRF token, or the carried form if the user is logged in."""
        fields = deserialize_fields(request.POST.get(CARRIED, ""))
        target = next_page(request, "")
        if fields and target and self.has_permission(request):
            return self._show_carried(request, target, fields) or self._login_page(request, target, fields)
        return self._login_page(request, target, fields)

    def login_locked(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """Show the login page with a carried form to a client that is locked out for a while (429)."""
        request.user = AnonymousUser()  # The login view redirects a logged-in user.
        fields = deserialize_fields(request.POST.get(CARRIED, ""))
        target = _page_after_login(request)
        response = self._login_page(request, target, fields, context)
        response.status_code = 429
        return response

    def _show_carried(self, request: HttpRequest, target: str, fields: QueryDict) -> HttpResponse | None:
        try:
            match = resolve(urlsplit(target).path)
        except Resolver404:
            return None
        if not can_show_again(match):
            return None
        note = _("You had been logged out. What you typed is here again; it is not saved yet.")
        return show_again(request, match, UnsavedForm(fields, note), form_url=target)

    def _login_with_form(self, request: HttpRequest) -> HttpResponse:
        return self._login_page(request, request.get_full_path(), request.POST)

    def _login_page(self, request: HttpRequest, target: str, fields: QueryDict | None, more=None) -> HttpResponse:
        request.method = "GET"
        context = {
            **(more or {}),
            "carried": serialize_fields(fields) if fields else "",
            "carried_name": CARRIED,
            "app_path": f"{reverse('admin:login')}?{urlencode({REDIRECT_FIELD_NAME: target})}",
            REDIRECT_FIELD_NAME: target,
        }
        return super().login(request, context)


def _page_after_login(request: HttpRequest) -> str:
    return next_page(request, reverse("admin:index"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Handle a CSRF failure (`CSRF_FAILURE_VIEW`): a form of the admin is shown again with its content.

    A token goes stale when the user logs in again in another tab. A form that another site sent is never shown:
    Django reports its origin in `reason` before it checks the token, and browsers send `Sec-Fetch-Site`.
    """
    if request.headers.get("Accept") == "application/json":
        return _script_error(request)
    is_same_origin = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin" and reason.startswith("CSRF")
    if answer := getattr(getattr(request.resolver_match, "func", None), "csrf_failure", None):
        return answer(request)
    if is_same_origin and request.resolver_match:
        if request.path == reverse("admin:login"):
            return admin.site.login_again(request)
        if can_show_again(request.resolver_match):
            if not admin.site.has_permission(request):
                return admin.site._login_with_form(request)
            note = _("This form was opened before you last logged in. Your text is here; it is not saved yet.")
            return show_again(request, request.resolver_match, UnsavedForm(request.POST, note), status=403)
    return csrf.csrf_failure(request, reason)


def _script_error(request: HttpRequest) -> HttpResponse:
    """Return the error for the editor's scripts: a stale token (403), or nobody is logged in any more (401)."""
    if not admin.site.has_permission(request):
        return JsonResponse({"detail": _("You are not logged in any more.")}, status=401)
    return JsonResponse({"detail": _("This page was opened before you last logged in."), "is_stale": True}, status=403)
