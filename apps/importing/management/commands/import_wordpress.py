"""`manage.py import_wordpress FILE.xml`: bring a WordPress site into the blog."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from apps.importing.command import ExportCommand
from apps.importing.comments import Remarks
from apps.importing.wordpress import WordPress


class Command(ExportCommand):
    """Import an export of WordPress."""

    help = (
        "Import the posts, pages, authors, tags and comments of a WordPress site from its export (Tools, Export: a file "
        "of XML). Run it again at any time: it updates what has changed in the file and touches nothing else."
    )
    images = "wp-content/uploads"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the name of the old site."""
        super().add_arguments(parser)
        parser.add_argument(
            "--source",
            default="",
            metavar="NAME",
            help="Names the old site, so that a later run knows the posts again; its address unless given.",
        )

    def handle(self, *, file: Path, **options) -> None:
        """Import the file."""
        reader = WordPress(file, source=options["source"])
        self.take(reader, "import_wordpress", file=file, remarks=Remarks(self.report), **options)
