"""`manage.py import_wordpress FILE.xml …`: import a WordPress site."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from apps.importing.command import FileImportCommand
from apps.importing.comments import CommentWriter
from apps.importing.wordpress import WordPress


class Command(FileImportCommand):
    """Import an export of WordPress."""

    help = (
        "Import the posts, pages, authors, tags and comments of a WordPress site from its export (Tools, Export: a file "
        "of XML). Run it again at any time: it updates what has changed in the file and touches nothing else."
    )
    images = "wp-content/uploads"
    nargs = "+"
    file_help = "The export, also as .gz or .zip; all parts of it, where WordPress made several."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the option for the old site's name."""
        super().add_arguments(parser)
        parser.add_argument(
            "--source",
            default="",
            metavar="NAME",
            help="A name for the old site, by which later runs recognise its posts (default: its address).",
        )

    def handle(self, *, files: list[Path], **options) -> None:
        """Import the files."""
        reader = WordPress(*files, source=options["source"])
        self.import_file(reader, "import_wordpress", files=files, write_comments=CommentWriter(self.report), **options)
