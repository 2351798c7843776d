"""Store the image files of an import through the service of images, each once."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _

from apps.media import limits, services
from apps.media.models import Image

from .problems import Warn

SUFFIXES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".webp")


class Pictures:
    """Finds image files that texts refer to, and stores them."""

    def __init__(self, folders: Iterable[Path], *, dry_run: bool) -> None:
        """Addresses with a leading slash are relative to one of `folders`. Files outside of them are not read."""
        self.folders = [folder.resolve() for folder in folders]
        self.dry_run = dry_run
        self._stored: dict[Path, Image | None] = {}

    def find(self, target: str, *, beside: Path | None = None) -> Path | None:
        """Return the file that an address in a text refers to, or None; `beside` is the folder of the text."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        if parts.scheme or parts.netloc or not parts.path.lower().endswith(SUFFIXES):
            return None
        name = unquote(parts.path)
        candidates = [folder / name.lstrip("/") for folder in self.folders]
        if beside is not None and not name.startswith("/"):
            candidates = [beside / name]
        return next((path for path in candidates if self._is_in_folders(path)), None)

    def _is_in_folders(self, path: Path) -> bool:
        try:
            real = path.resolve()
            return real.is_file() and any(real.is_relative_to(folder) for folder in self.folders)
        except (OSError, ValueError):
            return False

    def store(self, path: Path, warn: Warn, **fields: str) -> Image | None:
        """Store a file and return its image; None if it is refused (with a warning), or new in a dry run."""
        path = path.resolve()
        if path not in self._stored:
            self._stored[path] = self._store(path, warn, fields)
        return self._stored[path]

    def _store(self, path: Path, warn: Warn, fields: dict[str, str]) -> Image | None:
        try:
            limits.check_size(path.stat().st_size)
            if self.dry_run:
                return Image.objects.filter(digest=sha256(path.read_bytes()).hexdigest()).first()
            with path.open("rb") as file:
                return services.create_image(by=None, file=File(file, name=path.name), **fields)
        except ValidationError as error:
            problem = " ".join(error.messages)
        except services.Busy:
            problem = _("Too many pictures are worked on just now.")
        except services.StorageFailed:
            problem = _("It cannot be stored.")
        except OSError as error:
            problem = str(error.strerror)
        warn(0, _("the picture %(name)s stays where it is: %(problem)s") % {"name": path.name, "problem": problem})
        return None
