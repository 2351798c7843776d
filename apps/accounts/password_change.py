"""Changing the own password, for which the former one is asked: wrong ones count as failed logins.

Otherwise who finds a browser left open could guess the password there without a limit, and keep the account.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from . import password_again


class CountingPasswordForm(AdminPasswordChangeForm):
    """Django's form, which checks the former password as a login does."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        """Return the former password. Raises ValidationError for a wrong one."""
        password = self.cleaned_data["old_password"]
        if not password_again.is_own_password(self.request, password):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return password


class OwnPasswordView(PasswordChangeView):
    """Django's view with this form."""

    form_class = CountingPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the request, by which failed logins are counted."""
        return {**super().get_form_kwargs(), "request": self.request}
