"""Deletes old entries of the audit trail. The database user needs DELETE on them, which the admin role's lacks."""

from __future__ import annotations

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.accounts.models import AuditEntry

BATCH_SIZE = 1_000
"""The number of entries that one transaction deletes."""


class Command(BaseCommand):
    """`manage.py trim_audit [--days N]`."""

    help = "Deletes the entries of the audit trail that are older than --days."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--days`."""
        parser.add_argument(
            "--days", type=int, default=365, help="age in days above which entries are deleted (default: 365)"
        )

    def handle(self, *args, days: int, **options) -> None:
        """Delete in batches, the oldest first."""
        old = AuditEntry.objects.filter(at__lt=timezone.now() - timedelta(days=days)).order_by("at", "id")
        deleted = 0
        while keys := list(old.values_list("pk", flat=True)[:BATCH_SIZE]):
            deleted += AuditEntry.objects.filter(pk__in=keys).delete()[0]
        self.stdout.write(f"{deleted} entries were deleted.")
