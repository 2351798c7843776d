"""Erases the personal data of a commenter, on their request."""

from __future__ import annotations

from django.core.management.base import CommandParser

from apps.audit.commands import RecordedCommand
from apps.comments import services


class Command(RecordedCommand):
    """`manage.py erase_commenter EMAIL`."""

    in_one_transaction = True

    help = (
        "Erases the name, the text and all addresses of the comments written with an e-mail address. "
        "The empty comments stay, so that the answers to them do."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the argument."""
        parser.add_argument("email")

    def handle(self, *args, **options) -> None:
        """Erase the comments of the address and print their number."""
        self.done = f"{services.erase_commenter(options['email'])} comments erased"
        self.stdout.write(self.done)
