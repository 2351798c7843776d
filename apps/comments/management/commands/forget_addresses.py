"""Deletes the IP addresses of comments after COMMENT_ADDRESS_DAYS. To be run daily."""

from __future__ import annotations

from apps.audit.commands import RecordedCommand
from apps.comments import services


class Command(RecordedCommand):
    """`manage.py forget_addresses`."""

    help = "Deletes the IP addresses of comments that are older than COMMENT_ADDRESS_DAYS."

    def handle(self, *args, **options) -> None:
        """Delete the old addresses and print their number."""
        self.done = f"{services.forget_addresses()} addresses forgotten"
        self.stdout.write(self.done)
