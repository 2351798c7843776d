"""`manage.py create_token`: issues an API token and prints it once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.utils import timezone

from apps.api.models import SCOPES, ApiToken, parse_networks
from apps.audit.commands import RecordedCommand
from apps.core import background_mail

DEFAULT_DAYS = 90


class Command(RecordedCommand):
    """Issue an API token. The last line of the output is the token alone."""

    in_one_transaction = True

    help = "Make a token for the API. It is shown once: the last line of the output is the token, alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the user, the scopes, the lifetime and the name."""
        parser.add_argument("--user", required=True, help="Login name of the user that the token acts for.")
        parser.add_argument(
            "--scopes", required=True, help=f"One or several, joined by commas, of: {', '.join(SCOPES)}."
        )
        parser.add_argument(
            "--expires",
            type=int,
            default=min(DEFAULT_DAYS, settings.API_TOKEN_DAYS),
            metavar="DAYS",
            help=f"Lifetime in days: 1 to {settings.API_TOKEN_DAYS}, API_TOKEN_DAYS (default: {DEFAULT_DAYS}).",
        )
        parser.add_argument("--name", default="", help="The purpose of the token, shown in the admin.")
        parser.add_argument(
            "--networks",
            default="",
            help="IP addresses and networks from which alone it can be used, joined by commas (default: everywhere).",
        )

    def handle(self, *, user: str, scopes: str, expires: int, name: str, networks: str, **options: object) -> None:
        """Issue the token. Raises CommandError."""
        users = get_user_model()
        owner = users.objects.filter(**{users.USERNAME_FIELD: user}).first()
        if owner is None:
            raise CommandError(f"There is no user {user!r}. Make one in the admin, or with manage.py createsuperuser.")
        if not owner.is_active:
            raise CommandError(f"The user {user!r} may not log in (is not active), so a token would be refused.")
        if not 1 <= expires <= settings.API_TOKEN_DAYS:
            raise CommandError(
                f"--expires {expires}: give a number of days from 1 to {settings.API_TOKEN_DAYS} (API_TOKEN_DAYS)."
            )
        try:
            networks = parse_networks(networks)
        except ValueError as error:
            raise CommandError(f"--networks: {error}. Write 192.0.2.7 or 192.0.2.0/24, joined by commas.") from None
        for option, value in (("name", name), ("networks", networks)):
            max_length = ApiToken._meta.get_field(option).max_length
            if len(value) > max_length:
                raise CommandError(f"--{option} has {len(value)} characters; it can have {max_length}.")
        expires_at = timezone.now() + timedelta(days=expires)
        scope_list = [scope.strip() for scope in scopes.split(",") if scope.strip()]
        try:
            token, secret = ApiToken.objects.issue(
                user=owner, scopes=scope_list, expires_at=expires_at, name=name, networks=networks
            )
        except ValueError as error:
            raise CommandError(f"--scopes {scopes}: {error}") from None
        # Where mail goes to the terminal, the notice to the user must not stand below the secret.
        background_mail.wait()
        self.stdout.write(f"A token for {user} to {', '.join(token.scope_list)}, until {expires_at:%Y-%m-%d}. Keep it:")
        self.stdout.write(secret)
