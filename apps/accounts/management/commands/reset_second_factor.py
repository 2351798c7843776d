"""Deletes the second factors of a user, for when no administrator can log in to do it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser

from apps.accounts.second_factor import factors
from apps.audit.commands import RecordedCommand


class Command(RecordedCommand):
    """`manage.py reset_second_factor NAME`."""

    help = "Deletes the authenticator app, the passkeys and the recovery codes of a user. Writes an audit entry."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the name of the user."""
        parser.add_argument("name", help="the name with which the user logs in")

    def handle(self, *args, name: str, **options) -> None:
        """Delete the factors."""
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user {name!r}. Give the name with which the user logs in.")
        kinds = ", ".join(factors.reset(user))
        self.stdout.write(f"{name} has no second factor any more ({kinds})." if kinds else f"{name} had none.")
