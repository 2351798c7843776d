"""Renders posts again whose HTML an older renderer made, after an upgrade that changed `rendering.VERSION`."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from apps.audit.commands import RecordedCommand
from apps.core import keysets
from apps.markdown import rendering
from apps.posts import services
from apps.posts.models import PendingVersion, Post

BATCH = 50
"""Posts in memory at a time: at most 50 MB of Markdown."""


class Command(RecordedCommand):
    """`manage.py rerender [--all]`."""

    is_long = True

    help = (
        "Renders the posts whose HTML an older version of the renderer made. "
        "An interrupted run goes on where it stopped when it is started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--all", action="store_true", help="also render the posts of the current version again")

    def handle(self, *args, **options) -> None:
        """Render posts in batches and report progress. Raises CommandError if some posts could not be rendered."""
        seen = changed = 0
        failed: list[int] = []
        for batch in _batches(include_current=options["all"]):
            for post in batch:
                seen += 1
                try:
                    changed += services.rerender_post(post, force=options["all"])
                except ValidationError as error:
                    failed.append(post.pk)
                    self.stderr.write(f"post {post.pk} ({post.slug}): {' '.join(error.messages)}")
            self.done = f"{changed} rendered, {len(failed)} failed"
            if options["verbosity"] > 0:
                self.stdout.write(f"{seen} posts looked at, the last one was {batch[-1].pk}")
        self.stdout.write(f"{changed} rendered, {seen - changed - len(failed)} changed meanwhile, {len(failed)} failed")
        self._render_pending(include_current=options["all"])
        if failed:
            raise CommandError("These posts keep the HTML that they had: " + ", ".join(map(str, failed)))

    def _render_pending(self, *, include_current: bool) -> None:
        """Render the texts that wait to be published."""
        rows = PendingVersion.objects.exclude(rendered_by="")  # Those whose text is another one.
        rows = rows if include_current else rows.exclude(rendered_by=rendering.VERSION)
        for batch in keysets.batches(rows, BATCH):
            for row in batch:
                try:
                    services.rerender_pending(row)
                except ValidationError as error:
                    self.stderr.write(f"changes of post {row.pk}: {' '.join(error.messages)}")


def _batches(*, include_current: bool) -> Iterator[list[Post]]:
    """Return the posts to render in batches, ordered by id: all posts, or those of older versions."""
    posts = Post.objects.all() if include_current else Post.objects.exclude(rendered_by=rendering.VERSION)
    return keysets.batches(posts, BATCH)
