"""Where the files of images are on one machine. `buckets` has them in a bucket."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

IMMUTABLE = "public, max-age=31536000, immutable"
"""What browsers and caches are told of a file: its name says what is in it, so it never changes."""


class DiskStore(FileSystemStorage):
    """Files below MEDIA_ROOT, a folder for each image."""

    def __init__(self, **options: Any) -> None:
        # What is there already under the name of a file shows the same picture.
        super().__init__(allow_overwrite=True, **options)

    def delete(self, name: str) -> None:
        """Delete a file, and its folder with the last one of it."""
        super().delete(name)
        if "/" in name:
            with suppress(OSError):
                Path(self.path(name)).parent.rmdir()
