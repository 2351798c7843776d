"""`manage.py import_wordpress FILE.xml`: bring a WordPress site into the blog."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from apps.comments.importing import Remarks
from apps.posts.importers.command import ImportCommand
from apps.posts.importers.exports import ExportImporter
from apps.posts.importers.wordpress import WordPress


class Command(ImportCommand):
    """Import an export of WordPress."""

    help = (
        "Import the posts, pages, authors, tags and comments of a WordPress site from its export (Tools, Export: a file "
        "of XML). Run it again at any time: it updates what has changed in the file and touches nothing else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and the options."""
        parser.add_argument("file", type=Path, help="The export; of an export in several files, one after the other.")
        super().add_arguments(parser)
        parser.add_argument(
            "--images",
            type=Path,
            metavar="FOLDER",
            help="A copy of the old site's wp-content/uploads. Without it, pictures stay at their old addresses.",
        )
        parser.add_argument(
            "--source",
            default="",
            metavar="NAME",
            help="Names the old site, so that a later run knows the posts again; its address unless given.",
        )

    def handle(self, *, file: Path, **options) -> None:
        """Import the file."""
        self.verbosity = options["verbosity"]
        if not file.is_file():
            raise CommandError(_("There is no file %s. Give the export.") % file)
        if options["images"] and not options["images"].is_dir():
            raise CommandError(_("There is no folder %s. Give the one that holds the pictures.") % options["images"])
        importer = ExportImporter(
            WordPress(file, source=options["source"]),
            images=options["images"],
            overwrite=options["overwrite"],
            dry_run=options["dry_run"],
            remarks=Remarks(self.report),
            report=self.report,
            progress=self.progress,
        )
        self.run(importer, "import_wordpress", dry_run=options["dry_run"])
