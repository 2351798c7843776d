"""The pages on which users manage their own second factors. Every user of the admin may, and nobody another's.

The pages pass on `next` and an unsaved form (`carried_fields`), so that who has to set up a first factor during a login
comes back to where they were.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_otp import DEVICE_ID_SESSION_KEY, devices_for_user, login
from django_otp.models import Device

from apps.core.admin.lost_forms import CARRIED, deserialize_fields
from blog_project import addresses

from .. import events
from . import factors, login_step

View = Callable[[HttpRequest], HttpResponse]


def own_page(view: View) -> View:
    """Decorate a view of one's own factors: it requires a user of the admin, and no permission beyond that."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        # The site is not ready when this module is imported.
        return admin.site.admin_view(view)(request)

    return wrapper


def sensitive(view: View) -> View:
    """Decorate a view that asks for the password again some minutes after it was last given (`password_again`)."""
    view.asks_password = True
    return view


@own_page
@sensitive
def overview(request: HttpRequest) -> HttpResponse:
    """List the user's factors. It asks for the password because its script adds passkeys."""
    return show_overview(request)


def show_overview(request: HttpRequest) -> HttpResponse:
    """Return the list of the user's factors, also as the answer to a login that requires the first one."""
    user = request.user
    context = {
        "factors": factors.of(user),
        "standing": factors.standing(user),
        "number_of_codes": factors.NUMBER_OF_CODES,
        "host": addresses.absolute("/"),
    }
    return _page(request, "overview", _("Second factor"), context)


@own_page
@sensitive
@require_POST
def app(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: show its QR code and, when it shows the right code, begin to use it."""
    code = request.POST.get("code")
    if code is None:
        return _show_app(request, factors.begin_app(request.user).config_url)
    device = factors.unconfirmed_app(request.user)
    if device is None:
        return show_overview(request)
    if not (confirmed := factors.confirm_app(request.user, code)):
        return _show_app(request, device.config_url, _("This is not the code that the app shows now. Try again."))
    return _added(request, confirmed)


def _show_app(request: HttpRequest, config_url: str, error: str = "") -> HttpResponse:
    device = factors.unconfirmed_app(request.user)
    secret = b32encode(device.bin_key).decode().rstrip("=")
    # Only paths and attributes: no style that the browser policy would refuse.
    svg = segno.make(config_url, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr-code")
    context = {
        "qr_code": mark_safe(svg),  # nosec B703  # drawn by segno, from a key that we made
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "config_url": config_url,
        "error": error,
    }
    return _page(request, "app", _("Authenticator app"), context)


def _added(request: HttpRequest, device: Device) -> HttpResponse:
    """Answer a new factor: the session has it from now on. The first one comes with recovery codes."""
    login(request, device)
    if not factors.of(request.user).codes_left:
        return _show_new_codes(request)
    messages.success(request, str(events.APP_ADDED.entry))
    return HttpResponseRedirect(reverse("second_factor"))


@own_page
@sensitive
@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes, and show them once. Needs another factor, which they stand in for."""
    if not factors.standing(request.user).has_factor:
        return show_overview(request)
    return _show_new_codes(request)


def _show_new_codes(request: HttpRequest) -> HttpResponse:
    codes = factors.new_recovery_codes(request.user)
    return _page(request, "codes", _("Recovery codes"), {"codes": [f"{code[:4]} {code[4:]}" for code in codes]})


@own_page
@sensitive
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Rename or remove one of the user's factors."""
    device = factors.find(request.user, request.POST.get("device", ""))
    if device is None:
        messages.error(request, _("This factor is not there any more."))
    elif "remove" in request.POST:
        _remove(request, device)
    elif name := request.POST.get("name", "").strip()[: Device._meta.get_field("name").max_length]:
        factors.rename(device, name)
        messages.success(request, _("It is called “%s” now.") % name)
    else:
        messages.error(request, _("Type a name."))
    return HttpResponseRedirect(reverse("second_factor"))


def _remove(request: HttpRequest, device: Device) -> None:
    try:
        message = factors.remove(device)
    except ValidationError as error:
        messages.error(request, error.message)
        return
    # This session goes on, with another factor or with none. Others that began with the removed one end.
    if other := next((other for other in devices_for_user(request.user)), None):
        login(request, other)
    else:
        request.session.pop(DEVICE_ID_SESSION_KEY, None)
    messages.success(request, message)


def _page(request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    carried = request.POST.get(CARRIED, "")
    context = {
        **admin.site.each_context(request),
        "title": title,
        "between": () if name == "overview" else ((_("Second factor"), reverse("second_factor")),),
        "step_field": login_step.FIELD,
        "carried_name": CARRIED,
        "carried": carried if deserialize_fields(carried) else "",
        "next": request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, ""),
        **context,
    }
    request.current_app = admin.site.name
    response = TemplateResponse(request, f"admin/accounts/second_factor/{name}.html", context)
    add_never_cache_headers(response)
    return response
