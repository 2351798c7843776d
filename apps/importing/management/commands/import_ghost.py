"""`manage.py import_ghost FILE.json`: import a Ghost site."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from apps.importing.command import FileImportCommand
from apps.importing.ghost import Ghost


class Command(FileImportCommand):
    """Import an export of Ghost."""

    help = (
        "Import the posts, pages, authors and tags of a Ghost site from its export (Settings, Import/Export: a file of "
        "JSON). Run it again at any time: it updates what has changed in the file and touches nothing else."
    )
    images = "content/images"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the option for the old site's address."""
        super().add_arguments(parser)
        parser.add_argument(
            "--url",
            default="",
            metavar="ADDRESS",
            help="The old site's address, such as https://blog.example.org, so that links to it are mapped.",
        )

    def handle(self, *, files: list[Path], **options) -> None:
        """Import the file."""
        self.import_file(Ghost(files[0], address=options["url"]), "import_ghost", files=files, **options)
