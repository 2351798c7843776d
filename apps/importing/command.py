"""Base classes of the import commands: options, reports, and a clean stop between two posts on a signal."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from tqdm import tqdm

from apps.core.history import COMMAND, made_by

from .file_importer import FileImporter, Reader
from .problems import BadFile
from .report import Level, Outcome, Summary, WriteComments

INTERRUPTED = 130


class Importer(Protocol):
    """The interface of an importer that a command runs."""

    summary: Summary

    def run(self) -> Summary:
        """Import all posts and return the counts."""

    def stop(self) -> None:
        """Stop after the current post."""


class ImportCommand(BaseCommand):
    """Base class of all import commands."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options that all import commands share."""
        parser.add_argument("--dry-run", action="store_true", help="Check everything and write nothing.")
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Take the file's text also where the post has been edited in the blog since its import. "
            "The edited text stays in the post's history.",
        )

    def run(self, importer: Importer, name: str, *, dry_run: bool) -> None:
        """Run the importer and print the counts. Exits with 1 if a post failed, with 130 after an interruption."""
        try:
            with _stop_on_signals(importer), made_by(COMMAND, name):
                summary = importer.run()
        except BadFile as error:
            line = f"{error.line}: " if error.line else ""
            raise CommandError(f"{line}{error.message}") from None
        except DatabaseError as error:
            self.stdout.write(str(importer.summary))
            raise CommandError(
                _("Stopped by the database: %s. What was imported stays; run it again to go on.") % error
            ) from error
        if summary.interrupted:
            self.stderr.write(_("Interrupted. What was imported stays; run it again to go on."))
        if dry_run:
            self.stderr.write(_("This was a dry run: nothing was written."))
        self.stdout.write(str(summary))
        if summary.interrupted or summary.counts[Outcome.FAILED]:
            raise SystemExit(INTERRUPTED if summary.interrupted else 1)

    def report(self, level: Level, path: str, line: int, message: str) -> None:
        """Print a message about a file, a line of it (0 for none), or the whole import (an empty path)."""
        if self.verbosity < {Level.NOTE: 1, Level.DETAIL: 2}.get(level, 0):
            return
        prefix = f"{level}: " if level in (Level.WARNING, Level.NOTE) else ""
        where = f"{path}:{line}: " if path and line else f"{path}: " if path else ""
        style = {Level.ERROR: self.style.ERROR, Level.WARNING: self.style.WARNING}.get(level, str)
        with tqdm.external_write_mode(file=self.stderr):
            self.stderr.write(f"{where}{prefix}{message}", style)

    def progress(self, items: Iterable, description: str) -> Iterable:
        """Wrap an iterable in a progress bar, which is shown only on a terminal."""
        return tqdm(items, desc=description, unit=" posts", leave=False, disable=not self.stderr.isatty())


class FileImportCommand(ImportCommand):
    """Base class of commands that import one file exported by another program."""

    images = ""
    """The name of the folder of images on the old site."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the export file and the folder of its images."""
        parser.add_argument("file", type=Path, help="The export file. Import several files one by one.")
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
        file: Path,
        images: Path | None,
        overwrite: bool,
        dry_run: bool,
        verbosity: int,
        write_comments: WriteComments | None = None,
        **options: object,
    ) -> None:
        """Import the posts that `reader` reads from the file."""
        self.verbosity = verbosity
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


@contextmanager
def _stop_on_signals(importer: Importer) -> Iterator[None]:
    """Make the first SIGINT or SIGTERM stop the import after the current post; the next one has its usual effect."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous_handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, frame: object) -> None:
        importer.stop()
        signal.signal(number, previous_handlers[number])

    for number in previous_handlers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)
