"""The storage of images on the disk of one machine. For several machines, see `buckets`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

IMMUTABLE = "public, max-age=31536000, immutable"
"""The Cache-Control of files. Their names contain a digest, so their content never changes."""


class DiskStore(FileSystemStorage):
    """Stores files below MEDIA_ROOT, in one folder for each image. Only their owner can read them.

    Images of drafts are among them, whose addresses nobody else on the machine should learn. The blog serves them itself.
    """

    def __init__(self, **options: Any) -> None:
        # An existing file of the same name has the same content.
        options = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700} | options
        super().__init__(allow_overwrite=True, **options)

    def delete(self, name: str) -> None:
        """Delete a file, and its folder if that is then empty."""
        super().delete(name)
        if "/" in name:
            with suppress(OSError):
                Path(self.path(name)).parent.rmdir()
