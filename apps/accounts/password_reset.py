"""Setting a new password by e-mail: the form answers alike for known and unknown addresses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView, PasswordResetView
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.core import background_mail

from . import devices, guessing, preferences
from .limits import Limit

MAILS_PER_ADDRESS = Limit("reset", 3, timedelta(hours=1))
REQUESTS_PER_NETWORK = Limit("reset.network", 30, timedelta(hours=1))
"""Each request writes a count for its address, whether or not somebody has it."""


class EvenPasswordResetForm(PasswordResetForm):
    """Django's form, which does the same work for every address: only the mail to an unknown one is not sent.

    Sending is left to another thread, because the time that a mail server takes would tell the addresses apart.
    """

    def get_users(self, email: str) -> Iterable[User]:
        """Return the users of an address, or one who does not exist."""
        return list(super().get_users(email)) or [User(pk=0, email=email)]

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict,
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """Write the mail in plain text, and queue it for a known address within its limit."""
        with preferences.activated(context["user"]):
            subject = " ".join(render_to_string(subject_template_name, context).split())
            text = render_to_string(email_template_name, context)
        is_within_limit = MAILS_PER_ADDRESS.add(to_email.casefold())
        if context["user"].pk and is_within_limit:
            background_mail.send(EmailMessage(subject, text, from_email, [to_email]))


class RequestView(PasswordResetView):
    """Django's view, with a limit for the client's network."""

    form_class = EvenPasswordResetForm

    def form_valid(self, form: EvenPasswordResetForm) -> HttpResponse:
        """Send the mail. Answer 429, for any address alike, to a network that has asked too often."""
        network = guessing.network(self.request)
        if REQUESTS_PER_NETWORK.add(network):
            return super().form_valid(form)
        form.add_error("email", _("This was asked from your network too often. Try again in an hour."))
        response = self.form_invalid(form)
        response.status_code = 429
        response["Retry-After"] = str(int(REQUESTS_PER_NETWORK.period.total_seconds()))
        return response


class NewPasswordView(PasswordResetConfirmView):
    """Django's view for the link in the mail. Who has set a password with it can log in, whatever strangers try."""

    def form_valid(self, form) -> HttpResponse:
        """Save the password, and make the browser known."""
        response = super().form_valid(form)
        devices.remember(self.request, form.user)
        return response
