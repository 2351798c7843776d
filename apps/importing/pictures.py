"""Store the image files of an import through the service of images, each once."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _

from apps.media import limits, services
from apps.media.models import Image

from . import interruption
from .problems import Warn
from .source_folders import SourceFolders

SUFFIXES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".webp")


class Pictures:
    """Finds image files that texts refer to, and stores them."""

    def __init__(
        self,
        folders: Iterable[Path],
        sources: SourceFolders,
        *,
        dry_run: bool,
        address: str = "",
        base_path: str = "",
    ) -> None:
        """Addresses with a leading slash are relative to one of `folders`, which are in `sources`.

        `address` (scheme and host) and `base_path` are those of the old site.
        """
        self.folders, self.sources = [folder.resolve() for folder in folders], sources
        self.dry_run, self.address, self.base_path = dry_run, address, base_path
        self._stored: dict[Path, Image | None] = {}
        self._names: dict[Path, dict[str, Path]] = {}

    def find(self, target: str, *, beside: Path | None = None) -> Path | None:
        """Return the picture that an address in a text refers to, or None; `beside` is the folder of the text."""
        path = self.local_path(target)
        return self.find_file(path, beside=beside) if path.lower().endswith(SUFFIXES) else None

    def local_path(self, target: str) -> str:
        """Return the path of an address of the old site, as it is written; empty for any other address."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return ""
        is_own = not parts.scheme and not parts.netloc
        if not is_own and f"{parts.scheme or 'https'}://{parts.netloc}" != self.address:
            return ""
        return parts.path if is_own else f"/{parts.path.lstrip('/')}"

    def find_file(self, path: str, *, beside: Path | None = None) -> Path | None:
        """Return the file that a path in a text refers to, or None."""
        # A file's own name may have a percent sign.
        for name in dict.fromkeys([unquote(path), path]):
            names = [name]
            if self.base_path and name.startswith(f"{self.base_path}/"):
                names.append(name.removeprefix(self.base_path))
            candidates = [folder / one.lstrip("/") for one in names for folder in self.folders]
            if beside is not None and not name.startswith("/"):
                candidates = [beside / name]
            found = next((path for one in candidates if (path := self._in_folders(one))), None)
            if found:
                return found
        return None

    def _in_folders(self, path: Path) -> Path | None:
        real = self.sources.resolve(path)
        if real is None:
            return None
        folder = next(folder for folder in self.sources.folders if real.is_relative_to(folder))
        return self.sources.file(real) or self._by_other_name(real, folder)

    def _by_other_name(self, path: Path, folder: Path) -> Path | None:
        """Return the file whose path differs in the form of its accents or in case, as macOS and Windows find it."""
        found: Path | None = folder
        for part in path.relative_to(folder).parts:
            if found not in self._names:
                self._names[found] = {_folded(one.name): one for one in self.sources.children(found)}
            found = self._names[found].get(_folded(part))
            if found is None:
                return None
        return self.sources.file(found)

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
                digest = sha256(self.sources.read(path, limits.BYTES_LIMIT)).hexdigest()
                return Image.objects.filter(digest=digest).first()
            with self.sources.open(path) as file, interruption.processor_limit():
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


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()
