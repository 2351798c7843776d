"""`manage.py export_markdown FOLDER`: export the blog as a folder of Markdown files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from apps.importing.exporter import Exporter


class Command(BaseCommand):
    """Export the blog."""

    help = (
        "Write all posts and pages as Markdown files with front matter, and images, authors and tags beside them: "
        "drafts and the trash too, but no comments, no earlier versions and no changes that were saved for later. "
        "import_markdown restores the blog from it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder to write."""
        parser.add_argument("folder", type=Path, help="A new or empty folder.")

    def handle(self, *, folder: Path, **options) -> None:
        """Export the blog and print the number of posts. Exits with 1 if an image was left out."""
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(_("%s is not empty. Name a folder that is, or that does not exist yet.") % folder)
        problems: list[str] = []
        count = 0
        try:
            written = Exporter(folder, warn=problems.append).run()
            for _name in tqdm(written, unit=" posts", leave=False, disable=not self.stderr.isatty()):
                count += 1
        except OSError as error:
            raise CommandError(
                _("%(folder)s cannot be written: %(error)s") % {"folder": folder, "error": error}
            ) from None
        for problem in problems:
            self.stderr.write(problem, self.style.WARNING)
        self.stdout.write(f"posts: {count} exported")
        if problems:
            raise SystemExit(1)
