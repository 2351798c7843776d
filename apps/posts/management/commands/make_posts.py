"""`manage.py make_posts N`: a made-up blog of N posts, for measuring. See `apps.posts.corpus`."""

from __future__ import annotations

from argparse import ArgumentTypeError

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import reset_queries
from tqdm import tqdm

from apps.posts.corpus import Corpus


def _number(least: int, most: int):
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ArgumentTypeError(f"a whole number from {least:,} to {most:,}")
        return int(text)

    return parse


class Command(BaseCommand):
    """Make posts until there are N of the corpus."""

    help = (
        "Makes a blog of N published posts with tags, authors and search documents, the same each time. An interrupted "
        "run goes on where it stopped when it is started again. Posts of your own are left as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("size", metavar="N", type=_number(1, 100_000_000), help="how many posts there shall be")
        parser.add_argument("--words", type=_number(20, 20_000), default=600, help="words of a text, about (600)")
        parser.add_argument("--seed", type=_number(0, 10**9), default=1, help="another number is another blog (1)")

    def handle(self, *args, size: int, words: int, seed: int, verbosity: int, **options) -> None:
        """Make them. Raises CommandError where there are made posts of another seed or length."""
        corpus = Corpus(seed=seed, words=words)
        if other := corpus.of_another_kind():
            its_seed, _, its_words = other.partition("/")
            raise CommandError(
                f"This database has made posts already, of --seed {its_seed} --words {its_words}. Go on with these, "
                "or use an empty database."
            )
        done = corpus.made()
        with tqdm(total=size, initial=min(done, size), unit=" posts", disable=verbosity < 1, file=self.stderr) as bar:
            for done in corpus.make(size):
                bar.update(done - bar.n)
                reset_queries()  # With DEBUG on, Django would keep every statement, texts and all.
        if verbosity > 0:
            self.stdout.write(f"There are {done:,} made posts.")
