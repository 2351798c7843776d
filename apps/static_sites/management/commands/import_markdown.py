"""`manage.py import_markdown FOLDER`: import the posts of a static site."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.importing.command import ImportCommand
from apps.static_sites import site
from apps.static_sites.markdown import MarkdownImporter


class Command(ImportCommand):
    """Import a folder of Markdown files."""

    help = (
        "Import the posts (Markdown, and HTML with front matter) of a Jekyll, Hugo, Zola or Eleventy site, or any folder. "
        "Run it again at any time: it updates what has changed in the files and touches nothing else."
    )

    nothing_found = gettext_lazy(
        "There is no post here that can be read. Give the folder with the posts, or that of the whole site."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder and the options."""
        parser.add_argument("folder", type=Path, help="Where the posts are; its sub-folders are read too.")
        super().add_arguments(parser)
        parser.add_argument(
            "--config",
            type=Path,
            metavar="FILE",
            help="The site's configuration (_config.yml, hugo.toml, config.toml), for its old addresses and its "
            f"variables. Looked for in FOLDER and {site.PARENTS} folders above, and as far above `content` or `_posts`.",
        )
        parser.add_argument(
            "--generator",
            choices=site.GENERATORS,
            default="",
            help="The program that the files were written for (default: detected from the configuration or each file).",
        )
        parser.add_argument(
            "--source",
            default="",
            metavar="NAME",
            help="A name for the source, by which later runs recognise its posts (default: the folder's name).",
        )

    def handle(self, *, folder: Path, **options) -> None:
        """Import the folder."""
        self.verbosity = options["verbosity"]
        importer = MarkdownImporter(
            self._site(folder, options["config"], options["generator"]),
            source=options["source"],
            overwrite=options["overwrite"],
            dry_run=options["dry_run"],
            report=self.report,
            progress=self.progress,
        )
        self.run(importer, "import_markdown", dry_run=options["dry_run"])

    def _site(self, folder: Path, config: Path | None, generator: str) -> site.Site:
        if not folder.is_dir():
            raise CommandError(_("There is no folder %s. Give the one that holds the posts.") % folder)
        if config is not None and not config.is_file():
            raise CommandError(_("There is no file %s. --config takes the site's configuration.") % config)
        try:
            return site.find(folder, config=config, generator=generator)
        except site.BadConfiguration as error:
            raise CommandError(str(error)) from None
