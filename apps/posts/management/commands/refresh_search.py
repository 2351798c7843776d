"""Updates the names of tags in search documents after a tag with many posts was renamed, merged or deleted."""

from __future__ import annotations

from django.core.management.base import CommandParser

from apps.audit.commands import RecordedCommand
from apps.core import keysets
from apps.posts import services
from apps.posts.models import SearchDocument

BATCH = 200
"""Documents in one transaction."""


class Command(RecordedCommand):
    """`manage.py refresh_search [--after ID]`."""

    help = (
        "Compares the names of tags in the search index with the tags that posts have, and writes those that differ. "
        "It can be run at any time and as often as you like."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--after", type=int, default=0, help="start after the post with this id")

    def handle(self, *args, after: int, verbosity: int, **options) -> None:
        """Update all documents in batches; with --verbosity 2, report progress."""
        changed = 0
        for batch in keysets.batches(SearchDocument.objects.only("pk"), BATCH, after=after):
            changed += services.refresh_tags([document.pk for document in batch])
            self.done = f"{changed} search documents were changed."
            if verbosity > 1:
                self.stdout.write(f"{changed} changed, the last post was {batch[-1].pk}")
        self.stdout.write(f"{changed} search documents were changed.")
