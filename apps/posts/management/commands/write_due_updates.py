"""Writes the scheduled updates of posts whose moment has come."""

from __future__ import annotations

from apps.audit.commands import RecordedCommand
from apps.posts import services


class Command(RecordedCommand):
    """`manage.py write_due_updates`."""

    help = (
        "Writes the scheduled updates of posts whose moment has come: search, history and lists by date of change follow. "
        "Readers see the updates without it."
    )

    def handle(self, *args, **options) -> None:
        """Write them, and print their number."""
        written = services.write_due_updates()
        self.done = f"{written} updates written"
        self.stdout.write(self.done)
