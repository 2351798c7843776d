"""The folders that an import was given. Every file of them that an importer opens is opened here.

An imported folder is not trusted: a symbolic link in it, or a path with `..`, can lead to any file of the machine.
A path is resolved before it is used and must then lie in the folders. Links within the folders are followed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from .report import Level, Report

DATA_LIMIT = 10_000_000
"""Bytes of a configuration, data or included file."""


class LeadsOut(PermissionError):
    """A path that leads out of the folders."""


class TooLarge(ValueError):
    """A file that is larger than its limit."""


class SourceFolders:
    """Resolves and opens paths in a set of folders."""

    def __init__(self, *folders: Path, links_out: dict[Path, None] | None = None) -> None:
        """`links_out` is the collection of links to add to, where several objects share one."""
        self.folders = [folder.resolve() for folder in folders]
        self.links_out: dict[Path, None] = {} if links_out is None else links_out
        """The symbolic links that lead out of the folders, in the order in which they were met."""

    def resolve(self, path: Path) -> Path | None:
        """Return a path with its links followed; None if it leads out of the folders or in a circle.

        A link that leads out is noted in `links_out`. The path need not exist.
        """
        try:
            real = path.resolve()
        except (OSError, RuntimeError, ValueError):  # A circle of links; a name that is too long, or has a NUL.
            return None
        if self._is_inside(real):
            return real
        self._note_link(path)
        return None

    def file(self, path: Path) -> Path | None:
        """Return the resolved path of a file in the folders, or None if there is none. A pipe or a device is none."""
        real = self.resolve(path)
        return real if real is not None and _is(real, Path.is_file) else None

    def folder(self, path: Path) -> Path | None:
        """Return the resolved path of a folder in the folders, or None if there is none."""
        real = self.resolve(path)
        return real if real is not None and _is(real, Path.is_dir) else None

    def is_hidden(self, real: Path) -> bool:
        """Return whether a resolved path is a hidden file or in a hidden folder of the folders."""
        folder = next(folder for folder in self.folders if real.is_relative_to(folder))
        return any(part.startswith(".") for part in real.relative_to(folder).parts)

    def children(self, folder: Path) -> list[Path]:
        """Return the paths in a folder, in order; none if there is no such folder in the folders."""
        real = self.folder(folder)
        try:
            return sorted(folder / name for name in os.listdir(real)) if real else []
        except OSError:
            return []

    def walk(self, top: Path, is_skipped: Callable[[str], bool]) -> Iterator[Path]:
        """Yield the paths of all files at any depth below `top`, in order.

        Folders whose name `is_skipped` are left out. Linked folders come last, and no folder is read twice, so that a
        circle of links ends.
        """
        waiting, seen = [top], set()
        while waiting:
            place = waiting.pop(0)
            if self.folder(place) is None:
                continue
            for current, folders, names in os.walk(place):
                real = Path(current).resolve()
                is_new = real not in seen
                seen.add(real)
                kept = [Path(current, name) for name in sorted(folders) if is_new and not is_skipped(name)]
                waiting += [path for path in kept if path.is_symlink()]
                folders[:] = [path.name for path in kept if not path.is_symlink()]
                if is_new:
                    yield from (Path(current, name) for name in sorted(names))

    def open(self, path: Path) -> BinaryIO:
        """Open a file for reading. Raises OSError, and LeadsOut for a path that leads out of the folders."""
        real = self.resolve(path)
        if real is None:
            raise LeadsOut(errno.EACCES, _("it leads out of the folder"))
        return real.open("rb")

    def read(self, path: Path, limit: int = DATA_LIMIT) -> bytes:
        """Return the content of a file. Raises OSError as `open` does, and TooLarge for more than `limit` bytes."""
        with self.open(path) as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise TooLarge(_("it has more than %s bytes") % f"{limit:,}")
        return content

    def read_text(self, path: Path) -> str:
        """Return the text of a file of at most DATA_LIMIT bytes. Raises OSError, TooLarge and UnicodeDecodeError."""
        return self.read(path).decode("utf-8-sig")

    def report_links(self, report: Report) -> None:
        """Report each link that leads out."""
        for path in self.links_out:
            report(Level.WARNING, str(path), 1, _("is a link out of the folder; not read"))

    def _is_inside(self, real: Path) -> bool:
        return any(real.is_relative_to(folder) for folder in self.folders)

    def _note_link(self, path: Path) -> None:
        """Note the outermost link by which a path leads out; a path that leads out by its `..` has none."""
        for place in reversed([path, *path.parents]):
            is_link = _is(place, Path.is_symlink) and self._is_inside(place.parent.resolve())
            if is_link and not self._is_inside(place.resolve()):
                self.links_out[place] = None
                return


def _is(path: Path, check: Callable[[Path], bool]) -> bool:
    try:
        return check(path)
    except (OSError, ValueError):
        return False
