"""`manage.py make_posts N`: generates a blog of N posts for benchmarks. See `apps.posts.corpus`."""

from __future__ import annotations

from argparse import ArgumentTypeError

from django.core.management.base import CommandError, CommandParser
from django.db import reset_queries
from tqdm import tqdm

from apps.audit.commands import RecordedCommand
from apps.posts.corpus import Corpus


def _integer(minimum: int, maximum: int):
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and minimum <= int(text) <= maximum):
            raise ArgumentTypeError(f"a whole number from {minimum:,} to {maximum:,}")
        return int(text)

    return parse


class Command(RecordedCommand):
    """Generate posts until the database has N posts of the corpus."""

    is_long = True

    help = (
        "Makes a blog of N published posts with tags, authors and search documents, the same each time. An interrupted "
        "run goes on where it stopped when it is started again. Posts of your own are left as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("size", metavar="N", type=_integer(1, 100_000_000), help="number of posts")
        parser.add_argument(
            "--words",
            type=_integer(20, 20_000),
            default=600,
            help="approximate number of words of a text (default: 600)",
        )
        parser.add_argument("--seed", type=_integer(0, 10**9), default=1, help="seed of the random texts (default: 1)")

    def handle(self, *args, size: int, words: int, seed: int, verbosity: int, **options) -> None:
        """Generate the posts. Raises CommandError if the database has generated posts of another seed or length."""
        corpus = Corpus(seed=seed, words=words)
        if other := corpus.find_other_corpus():
            other_seed, _, other_words = other.partition("/")
            raise CommandError(
                f"This database has made posts already, of --seed {other_seed} --words {other_words}. Go on with "
                "these, or use an empty database."
            )
        done = corpus.count_existing()
        with tqdm(total=size, initial=min(done, size), unit=" posts", disable=verbosity < 1, file=self.stderr) as bar:
            for done in corpus.make(size):
                bar.update(done - bar.n)
                self.done = f"{done} made posts exist"
                reset_queries()  # With DEBUG on, Django stores every statement with its values.
        if verbosity > 0:
            self.stdout.write(f"There are {done:,} made posts.")
