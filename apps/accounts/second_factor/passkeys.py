"""Adding a passkey, and the login's second step with one: django-otp-webauthn's views, for the users of this login."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext_lazy
from django_otp_webauthn import exceptions, views
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential

from .. import events, password_again
from . import factors, login_step

logger = logging.getLogger(__name__)


class PasskeyHelper(WebAuthnHelper):
    """Names a new passkey as the user typed. `OTP_WEBAUTHN_HELPER_CLASS`."""

    def create_credential(self, user: User, response, parsed_credential, original_data: dict) -> WebAuthnCredential:
        """Return the credential, not saved yet. The name is the member `name` of the browser's JSON."""
        credential = super().create_credential(user, response, parsed_credential, original_data)
        credential.name = str(original_data.get("name") or "").strip()[:64] or factors.kind_name(WebAuthnCredential)
        return credential


class _StrictJson:
    """Answers 400 to a body of another form than a browser's, which the library does not check to its depth."""

    def initial(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that is no JSON object."""
        if not hasattr(request.data, "get"):
            raise exceptions.MalformedRequest
        super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> JsonResponse:
        """Return the answer to an error of the ceremony; other errors are raised."""
        if isinstance(exc, ValueError | TypeError | AttributeError | LookupError | RecursionError):
            logger.warning("A passkey's data could not be read.", exc_info=exc)
            exc = exceptions.MalformedRequest()
        return super().handle_exception(exc)


class PasswordNeeded(exceptions.OTPWebAuthnApiError):
    """The password was last given too long ago."""

    status_code = 403
    default_detail = gettext_lazy("Open this page again and give your password, then add the passkey.")
    default_code = "password_needed"


class _OwnPasskeys(_StrictJson):
    """Lets only users of the admin add passkeys, each to their own account, and soon after they gave their password."""

    def initial(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Raise PasswordNeeded where a page would ask for the password again."""
        super().initial(request, *args, **kwargs)
        if password_again.is_due(request, self.post):
            raise PasswordNeeded

    def get_user(self) -> User | None:
        """Return the logged-in user, or None for one who may not use the admin."""
        return self.request.user if admin.site.has_permission(self.request) else None


class BeginAdding(_OwnPasskeys, views.BeginCredentialRegistrationView):
    """Returns the options with which the browser makes a passkey."""


class CompleteAdding(_OwnPasskeys, views.CompleteCredentialRegistrationView):
    """Stores the passkey that the browser made."""

    def post(self, *args: Any, **kwargs: Any) -> JsonResponse:
        """Store it and write the audit entry."""
        response = super().post(*args, **kwargs)
        events.happened(events.PASSKEY_ADDED, self.request.user)
        return response


class _SecondStep(_StrictJson):
    """The user is the one whose password was right in this session."""

    @cached_property
    def _user(self) -> User | None:
        return login_step.waiting_user(self.request)

    def get_user(self) -> User | None:
        """Return that user, or None: then the library refuses, because a passkey does not replace the password."""
        return self._user


class BeginLogin(_SecondStep, views.BeginCredentialAuthenticationView):
    """Returns the options with which the browser asks for one of the user's passkeys."""


class CompleteLogin(_SecondStep, views.CompleteCredentialAuthenticationView):
    """Completes the login with a passkey."""

    def complete_auth(self, device: WebAuthnCredential) -> None:
        """Log in the user of the first step."""
        login_step.finish(self.request, self.get_user(), device)

    def get_success_data(self, device: WebAuthnCredential) -> dict[str, str]:
        """Return a new CSRF token: the login has changed it, and the page sends its form after this."""
        return {"csrf": get_token(self.request)}
