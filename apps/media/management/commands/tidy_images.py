"""Removes the files that an interrupted upload or deletion left behind."""

from __future__ import annotations

from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.media import services

HOURS = 24
"""Files that are younger may belong to an upload that is still under way."""


class Command(BaseCommand):
    """`manage.py tidy_images`."""

    help = f"Removes the files of images that have no row in the database, if they are older than {HOURS} hours."

    def handle(self, *args, **options) -> None:
        """Remove them, and say how many there were."""
        removed = services.remove_orphans(timezone.now() - timedelta(hours=HOURS))
        of_images = "folder of files without an image was" if removed == 1 else "folders of files without an image were"
        self.stdout.write(f"{removed} {of_images} removed.")
