"""When the files of a folder were made and changed: by the history of the folder (Git), else by the files' times."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from apps.importing.source_folders import SourceFolders

# The folder is not trusted. None of these commands runs what its configuration names, or asks another machine.
_GIT = ["git", "--no-pager", "-c", "core.fsmonitor=false", "-c", "protocol.allow=never", "-c", "core.quotePath=false"]
# A configuration may leave out the first commit.
_GIT += ["-c", "log.showRoot=true"]
_LOG = ["log", "--no-show-signature", "--no-ext-diff", "--no-textconv", "-M", "-z", "--format=%x01%aI"]
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}
_TIMEOUT = 300
"""Seconds for reading the whole history."""


class FileHistory:
    """The moments at which the files of one folder were made and changed."""

    def __init__(self, folder: Path, sources: SourceFolders) -> None:
        """`sources` are the folders that may be read: a repository in them that is kept elsewhere is not."""
        self.folder, self.sources = folder.resolve(), sources

    def created(self, relative: str) -> datetime | None:
        """Return the moment at which a file came into the folder's history, or None if there is none."""
        return self._commits.get(relative, (None, None))[0]

    def moment(self, relative: str, word: str) -> datetime | None:
        """Return the moment that one of Eleventy's words for a date stands for, or None for any other text.

        https://www.11ty.dev/docs/dates/. Without a history, the words with `git` stand for the times of the file too.
        """
        kind = word.strip().lower()
        created, modified = self._commits.get(relative, (None, None))
        if kind not in ("created", "last modified", "git created", "git last modified"):
            return None
        if kind.startswith("git") and (found := created if kind.endswith("created") else modified):
            return found
        status = (self.folder / relative).stat()
        # Linux has no time of birth here: the earlier of what it has is the best guess.
        seconds = min(status.st_ctime, status.st_mtime) if kind.endswith("created") else status.st_mtime
        return datetime.fromtimestamp(int(seconds), UTC)

    @cached_property
    def _commits(self) -> dict[str, tuple[datetime, datetime]]:
        """The moments of the first and the last commit of each file, by its path."""
        if self._is_kept_elsewhere():
            return {}
        # A shallow clone knows only when it was cut off.
        if self._git("rev-parse", "--is-shallow-repository").strip() != b"false":
            return {}
        return _read_log(self._git(*_LOG, "--name-status", "--relative", "HEAD", "--", "."))

    def _is_kept_elsewhere(self) -> bool:
        """Return whether the repository of the folder is a link, or names a place, outside of the folders."""
        for path in (place / ".git" for place in (self.folder, *self.folder.parents)):
            if not os.path.lexists(path):
                continue
            if self.sources.resolve(path.parent) is None:
                return False  # It is above the folders, whose history it has.
            if self.sources.file(path):
                path = path.parent / self._place_in(path)
            return self.sources.resolve(path) is None
        return False

    def _place_in(self, path: Path) -> str:
        try:
            return self.sources.read_text(path).strip().removeprefix("gitdir: ")
        except (OSError, ValueError):
            return ""

    def _git(self, *arguments: str) -> bytes:
        if not shutil.which("git"):
            return b""
        # A caller's variables (in a hook of Git, for instance) may name another repository.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        try:
            return subprocess.run(  # noqa: S603 - git with fixed arguments
                [*_GIT, *arguments],
                cwd=self.folder,
                env=inherited | _ENVIRONMENT,
                capture_output=True,
                check=True,
                timeout=_TIMEOUT,
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return b""


def _read_log(log: bytes) -> dict[str, tuple[datetime, datetime]]:
    """Read what `git log --name-status -z` wrote, newest commit first, and follow renamed files to their names now."""
    found: dict[str, tuple[datetime, datetime]] = {}
    names_now: dict[str, str] = {}
    for commit in log.decode("utf-8", "surrogateescape").split("\x01")[1:]:
        moment, *parts = commit.strip("\0\n").replace("\0\n", "\0").split("\0")
        try:
            when = datetime.fromisoformat(moment.strip())
        except ValueError:  # Git writes years and offsets that no date has, and nothing for some commits.
            continue
        words = iter(part for part in parts if part)
        for kind in words:
            name = next(words, "")
            if kind.startswith(("R", "C")):
                name, before = next(words, ""), name
                if kind.startswith("R"):
                    names_now[before] = names_now.get(name, name)
            name = names_now.get(name, name)
            found[name] = (when, found[name][1] if name in found else when)
    return found
