"""What the commands that import share: options, reports, and an end between two posts."""

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

from .exports import ExportImporter, Reader
from .problems import BadFile
from .report import Level, Outcome, Remarks, Summary

INTERRUPTED = 130


class Importer(Protocol):
    """What a command runs."""

    summary: Summary

    def run(self) -> Summary:
        """Import everything."""

    def stop(self) -> None:
        """Stop after the post that is being worked on."""


class ImportCommand(BaseCommand):
    """A command that imports posts."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options that all of them have."""
        parser.add_argument("--dry-run", action="store_true", help="Check everything and write nothing.")
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Take the file's text also where the post has been edited in the blog since its import. "
            "The edited text stays in the post's history.",
        )

    def run(self, importer: Importer, name: str, *, dry_run: bool) -> None:
        """Import, and say what became of the posts. Exits with 1 where one failed."""
        try:
            with _stopped_by_signals(importer), made_by(COMMAND, name):
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
        """Say something about a file, or about a post of it, or about all of it."""
        if self.verbosity < {Level.NOTE: 1, Level.DETAIL: 2}.get(level, 0):
            return
        prefix = f"{level}: " if level in (Level.WARNING, Level.NOTE) else ""
        where = f"{path}:{line}: " if path and line else f"{path}: " if path else ""
        style = {Level.ERROR: self.style.ERROR, Level.WARNING: self.style.WARNING}.get(level, str)
        with tqdm.external_write_mode(file=self.stderr):
            self.stderr.write(f"{where}{prefix}{message}", style)

    def progress(self, items: Iterable, doing: str) -> Iterable:
        """Show how far it is, where somebody looks."""
        return tqdm(items, desc=doing, unit=" posts", leave=False, disable=not self.stderr.isatty())


class ExportCommand(ImportCommand):
    """A command that imports what another program exported into one file."""

    images = ""
    """What the old site calls the folder of its pictures."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and the folder of the pictures."""
        parser.add_argument("file", type=Path, help="The export; where there are several, one after the other.")
        super().add_arguments(parser)
        parser.add_argument(
            "--images",
            type=Path,
            metavar="FOLDER",
            help=f"A copy of the old site's {self.images}. Without it, pictures stay at their old addresses.",
        )

    def take(
        self,
        reader: Reader,
        name: str,
        *,
        file: Path,
        images: Path | None,
        overwrite: bool,
        dry_run: bool,
        verbosity: int,
        remarks: Remarks | None = None,
        **options: object,
    ) -> None:
        """Import what `reader` reads of the file."""
        self.verbosity = verbosity
        if not file.is_file():
            raise CommandError(_("There is no file %s. Give the export.") % file)
        if images and not images.is_dir():
            raise CommandError(_("There is no folder %s. Give the one that holds the pictures.") % images)
        importer = ExportImporter(
            reader,
            images=images,
            overwrite=overwrite,
            dry_run=dry_run,
            remarks=remarks,
            report=self.report,
            progress=self.progress,
        )
        self.run(importer, name, dry_run=dry_run)


@contextmanager
def _stopped_by_signals(importer: Importer) -> Iterator[None]:
    """Have Ctrl-C or a SIGTERM stop the import between two posts, so that the sum is true; the next one kills."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, frame: object) -> None:
        importer.stop()
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
