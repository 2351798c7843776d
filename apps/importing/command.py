"""Base classes of the import commands: options, reports, and a clean stop between two posts on a signal."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils.functional import Promise as StrPromise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from tqdm import tqdm

from apps.audit.commands import RecordedCommand
from apps.core.history import COMMAND, made_by

from . import interruption
from .file_importer import FileImporter, Reader
from .problems import BadFile
from .report import Level, Outcome, Subject, Summary, WriteComments

MAX_LISTED = 20
"""The most pictures, or links, that the end of an import lists; the file of `--report` has all."""


class Importer(Protocol):
    """The interface of an importer that a command runs."""

    summary: Summary

    def run(self) -> Summary:
        """Import all posts and return the counts."""

    def stop(self) -> None:
        """Stop after the current post."""


class ImportCommand(RecordedCommand):
    """Base class of all import commands."""

    is_long = True

    nothing_found: StrPromise = gettext_lazy("There is no post in it. Give the export with all content.")
    """What is said if there is nothing to import."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options that all import commands share."""
        parser.add_argument("--dry-run", action="store_true", help="Check everything and write nothing.")
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Take the file's text also where the post has been edited in the blog since its import. "
            "The edited text stays in the post's history.",
        )
        parser.add_argument(
            "--report",
            type=Path,
            metavar="FILE",
            help="Write all that is said about the import into this file too, as JSON.",
        )

    def execute(self, *args, **options) -> str | None:
        """Run the command, then write the report, also of an import that failed."""
        self.messages: list[dict[str, str | int]] = []
        self.verbosity = options["verbosity"]
        self.summary = Summary()
        self.report_path = path = options.pop("report", None)
        if path:
            self._write_report(path)  # Tells before the import if the file cannot be written.
        try:
            return super().execute(*args, **options)
        except CommandError as error:
            self.messages.append({"level": Level.ERROR, "file": "", "line": 0, "message": str(error)})
            raise
        finally:
            if path:
                self._write_report(path)

    def what_was_done(self) -> str:
        """Return the counts so far, on one line."""
        return "; ".join(str(self.summary).splitlines())

    def _write_report(self, path: Path) -> None:
        content = {
            "interrupted": self.summary.interrupted,
            "counts": {"posts": self.summary.counts} | self.summary.others,
            "subjects": {one: sum(entry.get("subject") == one for entry in self.messages) for one in Subject},
            "messages": self.messages,
        }
        try:
            path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            message = _("The report cannot be written to %(path)s: %(problem)s.")
            raise CommandError(message % {"path": path, "problem": error.strerror}) from None

    def run(self, importer: Importer, name: str, *, dry_run: bool) -> None:
        """Run the importer and print the counts. Exits with 1 if a post failed, with 130 after an interruption."""
        self.summary = importer.summary
        try:
            with interruption.stop_on_signals(importer, self._end_at_last), made_by(COMMAND, name):
                summary = importer.run()
        except interruption.Stopped:
            summary = importer.summary
        except BadFile as error:
            raise CommandError(f"{_place(error.path, error.line)}{error.message}") from None
        except DatabaseError as error:
            self.stdout.write(str(importer.summary))
            raise CommandError(
                _("Stopped by the database: %s. What was imported stays; run it again to go on.") % error
            ) from error
        if summary.interrupted:
            self.stderr.write(self._interrupted)
        if dry_run:
            self.stderr.write(_("This was a dry run: nothing was written."))
        self._list_at_the_end()
        if not summary.interrupted and not any(summary.counts.values()):
            self.report(Level.WARNING, "", 0, str(self.nothing_found))
        self.stdout.write(str(summary))
        if summary.interrupted or summary.counts[Outcome.FAILED]:
            raise SystemExit(interruption.INTERRUPTED if summary.interrupted else 1)

    @property
    def _interrupted(self) -> str:
        return _("Interrupted. What was imported stays; run it again to go on.")

    def _end_at_last(self) -> None:
        """Say that the import was interrupted, from another thread, just before the process is ended."""
        sys.stderr.write(f"{self._interrupted}\n")
        sys.stdout.write(f"{self.summary}\n")
        sys.stderr.flush()
        sys.stdout.flush()
        if self.report_path:
            with suppress(CommandError):
                self._write_report(self.report_path)

    def report(self, level: Level, path: str, line: int, message: str, subject: Subject | None = None) -> None:
        """Print a message about a file, a line of it (0 for none), or the whole import (an empty path)."""
        entry = {"level": level, "file": path, "line": line, "message": message}
        self.messages.append(entry | ({"subject": subject} if subject else {}))
        if self.verbosity < {Level.NOTE: 1, Level.DETAIL: 2}.get(level, 0):
            return
        prefix = f"{level}: " if level in (Level.WARNING, Level.NOTE) else ""
        style = {Level.ERROR: self.style.ERROR, Level.WARNING: self.style.WARNING}.get(level, str)
        with tqdm.external_write_mode(file=self.stderr):
            self.stderr.write(f"{_place(path, line)}{prefix}{message}", style)

    def _list_at_the_end(self) -> None:
        """Print the pictures and links that were found, each with its file and line."""
        titles = {
            Subject.PICTURE: _("Pictures that are not at hand"),
            Subject.LINK: _("Links that lead to nothing here"),
            Subject.DATE: _("Dates that were guessed"),
        }
        for subject, title in titles.items():
            found = [entry for entry in self.messages if entry.get("subject") == subject]
            if not found or self.verbosity < 1:
                continue
            self.stderr.write(f"{title}: {len(found)}")
            for entry in found[:MAX_LISTED]:
                self.stderr.write(f"  {_place(entry['file'], entry['line'])}{entry['message']}")
            if len(found) > MAX_LISTED:
                more = {"count": len(found) - MAX_LISTED}
                self.stderr.write("  " + _("and %(count)s more; --report FILE lists all") % more)

    def progress(self, items: Iterable, description: str, total: int | None = None) -> Iterable:
        """Wrap an iterable in a progress bar, which is shown only on a terminal.

        With the number of items, it shows the percentage that is done and the time that is left.
        """
        return tqdm(items, desc=description, total=total, unit=" posts", leave=False, disable=not self.stderr.isatty())


def _place(path: str, line: int) -> str:
    return f"{path}:{line}: " if path and line else f"{path}: " if path else f"{line}: " if line else ""


class FileImportCommand(ImportCommand):
    """Base class of commands that import one file exported by another program."""

    images = ""
    """The name of the folder of images on the old site."""
    nargs: str | int = 1
    """How many files there can be, as for `add_argument`."""
    file_help = "The export."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the export file and the folder of its images."""
        parser.add_argument("files", type=Path, nargs=self.nargs, metavar="FILE", help=self.file_help)
        super().add_arguments(parser)
        parser.add_argument(
            "--images",
            type=Path,
            metavar="FOLDER",
            help=f"A copy of the old site's {self.images}. Without it, pictures stay at their old addresses.",
        )

    def import_file(
        self,
        reader: Reader,
        name: str,
        *,
        files: list[Path],
        images: Path | None,
        overwrite: bool,
        dry_run: bool,
        verbosity: int,
        write_comments: WriteComments | None = None,
        **options: object,
    ) -> None:
        """Import the posts that `reader` reads from the files."""
        for file in files:
            if not file.is_file():
                raise CommandError(_("There is no file %s. Give the export.") % file)
        if images and not images.is_dir():
            raise CommandError(_("There is no folder %s. Give the one that holds the pictures.") % images)
        importer = FileImporter(
            reader,
            images=images,
            overwrite=overwrite,
            dry_run=dry_run,
            write_comments=write_comments,
            report=self.report,
            progress=self.progress,
        )
        self.run(importer, name, dry_run=dry_run)
