"""`manage.py import_markdown FOLDER`: bring the posts of a static site into the blog."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from tqdm import tqdm

from apps.posts.history import COMMAND, made_by
from apps.posts.importers import site
from apps.posts.importers.markdown import MarkdownImporter
from apps.posts.importers.records import Level, Outcome

INTERRUPTED = 130


class Command(BaseCommand):
    """Import a folder of Markdown files."""

    help = (
        "Import the Markdown posts (.md, .markdown, .mdown) of a Jekyll, Hugo, Zola or Eleventy site, or of any folder. "
        "Run it again at any time: it updates what has changed in the files and touches nothing else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder and the options."""
        parser.add_argument("folder", type=Path, help="Where the posts are; its sub-folders are read too.")
        parser.add_argument("--dry-run", action="store_true", help="Check everything and write nothing.")
        parser.add_argument(
            "--config",
            type=Path,
            metavar="FILE",
            help="The site's configuration (_config.yml, hugo.toml, config.toml), for its old addresses and its "
            f"variables. Looked for in FOLDER and up to {site.PARENTS} folders above.",
        )
        parser.add_argument(
            "--generator",
            choices=site.GENERATORS,
            default="",
            help="What the files were written for. Told by the configuration, else by each file.",
        )
        parser.add_argument(
            "--source",
            default="",
            metavar="NAME",
            help="Names the origin, so that a later run knows the posts again; the folder's name unless given.",
        )
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Take the file's text also where the post has been edited in the blog since its import. "
            "The edited text stays in the post's history.",
        )

    def handle(self, *, folder: Path, **options) -> None:
        """Import, and say what became of the files. Exits with 1 where one failed."""
        self.verbosity = options["verbosity"]
        importer = MarkdownImporter(
            self._site(folder, options["config"], options["generator"]),
            source=options["source"],
            overwrite=options["overwrite"],
            dry_run=options["dry_run"],
            report=self._report,
            progress=self._progress,
        )
        try:
            with _stopped_by_signals(importer), made_by(COMMAND, "import_markdown"):
                summary = importer.run()
        except DatabaseError as error:
            self.stdout.write(str(importer.summary))
            raise CommandError(
                _("Stopped by the database: %s. What was imported stays; run it again to go on.") % error
            ) from error
        if summary.interrupted:
            self.stderr.write(_("Interrupted. What was imported stays; run it again to go on."))
        if options["dry_run"]:
            self.stderr.write(_("This was a dry run: nothing was written."))
        self.stdout.write(str(summary))
        if summary.interrupted or summary.counts[Outcome.FAILED]:
            raise SystemExit(INTERRUPTED if summary.interrupted else 1)

    def _site(self, folder: Path, config: Path | None, generator: str) -> site.Site:
        if not folder.is_dir():
            raise CommandError(_("There is no folder %s. Give the one that holds the posts.") % folder)
        if config is not None and not config.is_file():
            raise CommandError(_("There is no file %s. --config takes the site's configuration.") % config)
        try:
            return site.find(folder, config=config, generator=generator)
        except site.BadConfiguration as error:
            raise CommandError(str(error)) from None

    def _report(self, level: Level, path: str, line: int, message: str) -> None:
        if self.verbosity < {Level.NOTE: 1, Level.DETAIL: 2}.get(level, 0):
            return
        prefix = f"{level}: " if level in (Level.WARNING, Level.NOTE) else ""
        style = {Level.ERROR: self.style.ERROR, Level.WARNING: self.style.WARNING}.get(level, str)
        with tqdm.external_write_mode(file=self.stderr):
            self.stderr.write(f"{path}:{line}: {prefix}{message}", style)

    def _progress(self, items: Iterable, doing: str) -> Iterable:
        return tqdm(items, desc=doing, unit=" posts", leave=False, disable=not self.stderr.isatty())


@contextmanager
def _stopped_by_signals(importer: MarkdownImporter) -> Iterator[None]:
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
