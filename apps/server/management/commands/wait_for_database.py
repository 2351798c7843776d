"""`manage.py wait_for_database`: what a Job runs first, because the database server may start at the same time."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

TIMEOUT_SECONDS = 300
PAUSE_SECONDS = 2
REPORT_SECONDS = 30
"""How often a reason that stays the same is printed again."""
_TRANSIENT = {1040, 1053, 2002, 2003, 2005, 2006, 2013}
"""Error codes of a server that is full (1040), stopping (1053), unreachable or without a name in DNS (2002, 2003, 2005),
or gone in the middle (2006, 2013). Other errors, such as a wrong password, do not go away by waiting."""


class Command(BaseCommand):
    """Return when the database server accepts a login; fail at once where waiting does not help."""

    help = (
        "Wait until the database server accepts connections. Fails when the time is over, and at once if the server "
        "refuses for another reason, such as a wrong password or certificate."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option for the time."""
        parser.add_argument(
            "--seconds",
            type=float,
            default=TIMEOUT_SECONDS,
            help="How long to wait at most (default: %(default)s).",
        )

    def handle(self, *, seconds: float, **options: Any) -> None:
        """Wait. Raises CommandError, which names the server and the last reason."""
        deadline = time.monotonic() + seconds
        printed, print_again = "", 0.0
        while reason := self._refusal():
            if time.monotonic() >= deadline:
                raise CommandError(f"{_server()} did not accept connections for {seconds:g} seconds: {reason}")
            if reason != printed or time.monotonic() >= print_again:
                self.stderr.write(
                    f"{_server()} is not there yet; waiting {deadline - time.monotonic():.0f} s more: {reason}"
                )
                printed, print_again = reason, time.monotonic() + REPORT_SECONDS
            time.sleep(min(PAUSE_SECONDS, max(0, deadline - time.monotonic())))
        self.stdout.write(f"{_server()} accepts connections.")

    @staticmethod
    def _refusal() -> str:
        """Return why the server accepts no connection now, empty if it does. Raises CommandError for a lasting reason."""
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if error.args[0] in _TRANSIENT:
                return str(error)
            raise CommandError(f"{_server()} refuses the connection: {error}") from None
        return ""


def _server() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"The database {database['NAME']}"
    address = f"{database['HOST'] or 'localhost'}:{database['PORT'] or 3306}"
    return f"The database server at {database['OPTIONS'].get('unix_socket', address)}"
