"""Setting a new password by a link from an e-mail, which takes the second factor too."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy

from . import factors


class SetPasswordWithFactorForm(SetPasswordForm):
    """Django's form, with a code for users who have a second factor. Who has only passkeys uses a recovery code."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        if user and factors.standing(user).has_factor:
            self.fields["factor_code"] = forms.CharField(
                label=gettext_lazy("Code"),
                max_length=32,
                help_text=gettext_lazy("Six digits from your authenticator app, or one of your recovery codes."),
                widget=forms.TextInput({"autocomplete": "one-time-code", "autocapitalize": "none"}),
            )

    def clean(self) -> dict[str, Any]:
        """Verify the code last: a recovery code is used up by it."""
        cleaned = super().clean()
        if "factor_code" in self.fields and not self.errors:
            try:
                factors.verify_code(self.user, cleaned["factor_code"])
            except forms.ValidationError as error:
                self.add_error("factor_code", error)
        return cleaned
