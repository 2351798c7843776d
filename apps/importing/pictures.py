"""Pictures that lie beside what is imported: kept through the service of images, each once."""

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
    """Finds the files that texts name below some folders, and has the blog keep them."""

    def __init__(self, folders: Iterable[Path], *, dry_run: bool) -> None:
        """`folders` are where addresses that begin with a slash are looked for. Nothing outside of them is read."""
        self.folders = [folder.resolve() for folder in folders]
        self.dry_run = dry_run
        self._taken: dict[Path, Image | None] = {}

    def find(self, target: str, *, beside: Path | None = None) -> Path | None:
        """Return the file that an address of a text names; `beside` is the folder of the text."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        if parts.scheme or parts.netloc or not parts.path.lower().endswith(SUFFIXES):
            return None
        name = unquote(parts.path)
        places = [folder / name.lstrip("/") for folder in self.folders]
        if beside is not None and not name.startswith("/"):
            places = [beside / name]
        return next((path for path in places if self._is_ours(path)), None)

    def _is_ours(self, path: Path) -> bool:
        try:
            real = path.resolve()
            return real.is_file() and any(real.is_relative_to(folder) for folder in self.folders)
        except (OSError, ValueError):
            return False

    def take(self, path: Path, warn: Warn, **described: str) -> Image | None:
        """Keep a file and return its image; None where it is refused, and in a dry run where it is new."""
        path = path.resolve()
        if path not in self._taken:
            self._taken[path] = self._take(path, warn, described)
        return self._taken[path]

    def _take(self, path: Path, warn: Warn, described: dict[str, str]) -> Image | None:
        try:
            limits.check_size(path.stat().st_size)
            if self.dry_run:
                return Image.objects.filter(digest=sha256(path.read_bytes()).hexdigest()).first()
            with path.open("rb") as file:
                return services.create_image(by=None, file=File(file, name=path.name), **described)
        except ValidationError as error:
            problem = " ".join(error.messages)
        except services.Busy:
            problem = _("Too many pictures are worked on just now.")
        except services.NotStored:
            problem = _("It cannot be stored.")
        except OSError as error:
            problem = str(error.strerror)
        warn(0, _("the picture %(name)s stays where it is: %(problem)s") % {"name": path.name, "problem": problem})
        return None
