"""Deletes files that an interrupted upload or deletion has left in the store."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from apps.audit.commands import RecordedCommand
from apps.media import services

HOURS = 24
"""The minimal age of deleted files. Younger ones may belong to an upload that is still in progress."""


class Command(RecordedCommand):
    """`manage.py tidy_images`."""

    help = f"Removes the files of images that have no row in the database, if they are older than {HOURS} hours."

    def handle(self, *args, **options) -> None:
        """Delete the files, and print the number of their folders."""
        removed = services.remove_orphans(timezone.now() - timedelta(hours=HOURS))
        noun = "folder of files without an image was" if removed == 1 else "folders of files without an image were"
        self.done, self.has_written = f"{removed} {noun} removed.", removed > 0
        self.stdout.write(self.done)
