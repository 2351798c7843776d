"""Deletes old rows of the change feed. To be run daily."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from apps.audit.commands import RecordedCommand
from apps.core import change_feed


class Command(RecordedCommand):
    """`manage.py trim_changes`."""

    help = "Deletes the entries of the API's change feed that are older than CHANGES_DAYS."

    def handle(self, *args, **options) -> None:
        """Delete in batches, the oldest first, and print the number."""
        number = change_feed.trim(timezone.now() - timedelta(days=settings.CHANGES_DAYS))
        self.done = f"{number} changes deleted"
        self.stdout.write(self.done)
