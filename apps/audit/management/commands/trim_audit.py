"""Deletes old entries of the audit trail. The database user needs DELETE on them, which the roles' users lack."""

from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from apps.audit import trimming
from apps.audit.commands import RecordedCommand


class Command(RecordedCommand):
    """`manage.py trim_audit [--days N]`."""

    help = "Deletes the entries of the audit trail of all days (UTC) that are more than --days ago. Run `audit verify` first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--days`."""
        parser.add_argument(
            "--days", type=int, default=365, help="age in days above which entries are deleted (default: 365)"
        )

    def handle(self, *args, days: int, **options) -> None:
        """Delete whole days, the oldest first."""
        if days < 1:
            raise CommandError("--days: give at least 1, so that today's entries stay.")
        before = trimming.start_of_day(days)
        self.done = f"{trimming.trim(before)} entries before {before:%Y-%m-%d} were deleted."
        self.stdout.write(self.done)
