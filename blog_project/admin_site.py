"""The admin site: stock, except that what an editor typed survives an expired session and a stale CSRF token.

Whatever keeps a form from being saved, the posted fields travel on (within the login page, or straight back) and the
form is shown again with them. It is shown by a GET of the same view, so nothing can be saved on that way: the editor
presses Save again, with a fresh token. Nothing is stored on the server for somebody who is not logged in.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import csrf

from apps.desk import start
from apps.desk.audit import audited
from apps.site.models import current

logger = logging.getLogger(__name__)

CARRIED = "carried_fields"
"""The hidden field of the login page that carries a form along."""

_OF_ONE_REQUEST = ("csrfmiddlewaretoken", CARRIED)


class Kept(NamedTuple):
    """A form that could not be saved, to be shown again with what was typed."""

    fields: QueryDict
    note: str
    """What to tell the editor."""
    error: ValidationError | None = None
    """What was wrong with it, as far as the form's own validation does not find it."""


class KeepsText(admin.ModelAdmin):
    """A ModelAdmin whose change form comes back with its text, whatever goes wrong on saving."""

    change_form_template = "admin/posts/change_form.html"

    def get_form(self, request: HttpRequest, obj=None, change: bool = False, **kwargs):
        """Return the form class; for a form shown again, one that is bound to what was typed."""
        form_class = super().get_form(request, obj, change, **kwargs)
        kept: Kept | None = getattr(request, "kept", None)
        if kept is None:
            return form_class

        class KeptForm(form_class):
            plain = form_class

            def __init__(self, data=None, files=None, **options) -> None:
                super().__init__(data=kept.fields, **options)

            def full_clean(self) -> None:
                super().full_clean()
                if kept.error is not None:
                    _add_errors(self, kept.error)

        return KeptForm

    def changeform_view(self, request: HttpRequest, object_id=None, form_url: str = "", extra_context=None):
        """Show or save one object; where saving fails, show the form again as it was sent.

        Unlike the stock view this opens no transaction: each save is one call of a service, which renders outside its
        own transaction and bumps the content generation at its very end.
        """
        try:
            return self._changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as error:
            return self._again(request, 200, "", error)
        except DatabaseError as error:
            if request.method != "POST":
                raise
            logger.exception("A form could not be saved; it is shown again.")
            note = _("The database did not take it (%s). Nothing was saved and your text is here: save it again.")
            return self._again(request, 503, note % type(error).__name__)

    def _again(self, request: HttpRequest, status: int, note: str, error: ValidationError | None = None):
        return show_again(request, request.resolver_match, Kept(request.POST, note, error), status=status)

    def render_change_form(self, request: HttpRequest, context, *args, **kwargs):
        """Render the form, with the note of one that is shown again."""
        if (kept := getattr(request, "kept", None)) and kept.note:
            messages.warning(request, kept.note)
        return super().render_change_form(request, context, *args, **kwargs)


def _add_errors(form, error: ValidationError) -> None:
    """Put a service's errors at their fields; those of fields that the form does not have at its top."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    for field, errors in by_field.items():
        form.add_error(field if field in form.fields else None, errors)


class EditorsDesk(admin.AdminSite):
    """The stock admin under the site's name, which carries a form through the login page."""

    index_title = gettext_lazy("Editor's desk")
    index_template = "admin/desk/index.html"
    login_template = "admin/posts/login.html"

    def index(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Show what there is to do, and the stock list of what there is."""
        return super().index(request, {**start.parts(request), **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Put the site's own name above every page."""
        name = current().name
        return {**super().each_context(request), "site_header": name, "site_title": name}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        """List what is written before what is administered, and with the posts their broken links."""
        apps = sorted(super().get_app_list(request, app_label), key=lambda app: app["app_label"] != "posts")
        for app in apps:
            if any(model["object_name"] == "Post" for model in app["models"]):
                name, url = _("Broken links"), reverse("admin:posts_post_links")
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
        if not _keeps_text(getattr(view, "__self__", None), view):
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
                return _without_database(request)

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


def show_again(
    request: HttpRequest, match: ResolverMatch, kept: Kept, *, form_url: str = "", status: int = 200
) -> HttpResponse:
    """Show a change form with what was typed: by a GET of its view, which saves nothing."""
    request.method = "GET"
    request.kept = kept
    response = match.func(request, *match.args, form_url=form_url, **match.kwargs)
    if response.status_code == 200:
        response.status_code = status
    return response


def keeps_text(match: ResolverMatch) -> bool:
    """Tell whether a route is a change form that can be shown again."""
    return _keeps_text(getattr(match.func, "model_admin", None), match.func)


def _keeps_text(model_admin, view: Callable) -> bool:
    return isinstance(model_admin, KeepsText) and getattr(view, "__name__", "") in ("add_view", "change_view")


def _without_database(request: HttpRequest) -> HttpResponse:
    """Give the text back where not even the session can be read: a page that asks the database nothing."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {"fields": [(name, value) for name, value in fields if name not in _OF_ONE_REQUEST]}
    response = render(request, "admin/posts/no_database.html", context, status=503)
    response["Retry-After"] = "10"
    return response


def pack(fields: QueryDict) -> str:
    """Return posted fields as JSON, without what belongs to one request alone."""
    packed = [[name, values] for name, values in fields.lists() if name not in _OF_ONE_REQUEST]
    return json.dumps(packed, ensure_ascii=False)


def unpack(packed: str) -> QueryDict | None:
    """Return what `pack` packed, or None for anything else."""
    fields = QueryDict(mutable=True)
    try:
        for name, values in json.loads(packed):
            fields.setlist(_text(name), [_text(value) for value in values])
    except (ValueError, TypeError, RecursionError):
        return None
    return fields or None


def _text(value: object) -> str:
    """Return a value as text that a page can hold: JSON can name halves of characters, UTF-8 cannot."""
    return str(value).encode("utf-8", "replace").decode()
