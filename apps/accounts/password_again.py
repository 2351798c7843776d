"""Sensitive pages of the admin ask for the password again some minutes after it was last given.

A ModelAdmin names its views in `asks_password`, such as `("add_view", "change_view")`; a list that is named there asks
only before an action. Another view of the admin has the attribute `asks_password = True`. A form that was sent too late
is carried through the question, and then handled as if it had been sent just now.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import authenticate, user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from apps.core.admin.lost_forms import CARRIED, deserialize_fields, serialize_fields

FIELD = "password_again"
"""The field with the password."""
GIVEN_AT = "password_given_at"
"""The key of the session's data: seconds since 1970."""


def is_sensitive(view: Callable) -> bool:
    """Return whether a view of the admin asks for the password."""
    named = getattr(getattr(view, "__self__", None), "asks_password", ())
    return getattr(view, "asks_password", False) or getattr(view, "__name__", "") in named


def is_due(request: HttpRequest, view: Callable) -> bool:
    """Return whether a sensitive view asks for the password before it handles this request."""
    is_list = getattr(view, "__name__", "") == "changelist_view" and request.method != "POST"
    return not is_list and request.session.get(GIVEN_AT, 0) < time.time() - settings.PASSWORD_AGAIN_MINUTES * 60


def note(request: HttpRequest) -> None:
    """Note that the user has just given their password, or something as good."""
    request.session[GIVEN_AT] = int(time.time())


@sensitive_variables("password")
def ask(request: HttpRequest, site: AdminSite) -> HttpResponse | None:
    """Return the question, or None after a right answer: then `request.POST` has the fields of the carried form.

    Wrong answers count as failed logins of the user.
    """
    is_answer = request.method == "POST" and FIELD in request.POST
    carried = deserialize_fields(request.POST.get(CARRIED, "")) if is_answer else request.POST
    if is_answer and is_own_password(request, request.POST[FIELD]):
        # As with a login: who knows the former key of the session does not have what the password has just opened.
        request.session.cycle_key()
        note(request)
        if not carried:
            return HttpResponseRedirect(request.get_full_path())
        request.POST = carried
        return None
    context = {
        **site.each_context(request),
        "title": _("Your password again"),
        "field": FIELD,
        "is_wrong": is_answer,
        "carried_name": CARRIED,
        "carried": serialize_fields(carried) if carried else "",
    }
    response = TemplateResponse(request, "admin/accounts/password_again.html", context)
    add_never_cache_headers(response)
    return response


@sensitive_variables("password")
def is_own_password(request: HttpRequest, password: str) -> bool:
    """Return whether this is the password of the logged-in user. A wrong one counts as a failed login."""
    user = authenticate(request, username=request.user.get_username(), password=password)
    return user is not None and user.pk == request.user.pk


@receiver(user_logged_in)
def _logged_in(sender: object, request: HttpRequest, **kwargs: object) -> None:
    note(request)
