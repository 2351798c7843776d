"""The second step of the login: whose password was right, and the code or passkey that completes the login.

Between the steps nobody is logged in. The session holds who gave the right password, for ten minutes.
"""

from __future__ import annotations

import time

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.models import Device

from . import factors

SECONDS = 600
"""Seconds from the right password to the end of the second step."""
FIELD = "factor_code"
"""The field of the second step, by which the login page tells the steps apart."""
AGAIN = "begin_again"
"""The name of the button that leads from the second step back to the first."""
_KEY = "second_factor_of"
"""The key in the session of who gave the right password."""


class PasswordForm(AdminAuthenticationForm):
    """The first step. A user with a second factor is not logged in by it; `waiting_user` is that user."""

    waiting_user: User | None = None

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse a user who has a second factor, for now."""
        super().confirm_login_allowed(user)
        if factors.standing(user).has_factor:
            self.waiting_user = user
            raise ValidationError(_("Now the second step."), code="second_factor")


class CodeForm(forms.Form):
    """The second step: a code of the authenticator app, or a recovery code."""

    factor_code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=32,
        help_text=gettext_lazy("Six digits from your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "none"}),
    )


def begin(request: HttpRequest, user: User) -> None:
    """Remember in the session that a user gave the right password."""
    # With a new key, so that nobody who knows the session from before has this step done for them.
    request.session.cycle_key()
    request.session[_KEY] = {
        "user": user.pk,
        "backend": user.backend,
        "hash": user.get_session_auth_hash(),
        "until": time.time() + SECONDS,
    }


def waiting_user(request: HttpRequest) -> User | None:
    """Return who gave the right password in this session; None after ten minutes, or if it was changed since."""
    waiting = request.session.get(_KEY)
    if not waiting or waiting["until"] < time.time():
        return None
    user = User.objects.filter(pk=waiting["user"], is_active=True, is_staff=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), waiting["hash"]):
        return None
    user.backend = waiting["backend"]
    return user


def finish(request: HttpRequest, user: User, device: Device) -> None:
    """Log a user in, with the factor that completed the login."""
    request.session.pop(_KEY, None)
    # django-otp keeps it in the session when the user is logged in.
    user.otp_device = device
    login(request, user)


def verify(request: HttpRequest, user: User, code: str) -> Device:
    """Return the factor of a right code. Raises ValidationError otherwise; a wrong code counts as a failed login.

    After LOGIN_ATTEMPTS of them, django-axes answers with the page of a lockout instead.
    """
    credentials = {"username": user.get_username()}
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out, request.axes_credentials = True, credentials
        raise ValidationError(_("Too many attempts."), code="locked_out")
    try:
        return factors.verify_code(user, code)
    except ValidationError as error:
        if error.code == factors.WRONG:
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        raise
