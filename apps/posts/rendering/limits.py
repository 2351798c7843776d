"""How much work a text may cost, counted in steps and not in seconds: the answer is the same on any machine.

The dearest text within these limits takes about five seconds. A megabyte of prose uses a tenth of them, a megabyte
that is all lists, links and code about all.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

STEPS = 300_000
"""Attempts of the Markdown parser to read something at some place, the dearer ones counted several times."""
BLOCK_STEPS = 3
"""What an attempt to begin a block counts: it asks more rules, and longer ones, than one within a line."""
LINK_STEPS = 12
"""What a link counts: its address is taken apart, encoded and put together again."""
CODE_STEPS = 20
"""What a block of highlighted code counts, however short."""
BLOCK_TOKENS = 100_000
"""Pieces that the parser may take the text's blocks into; a paragraph is three, and so is a cell of a table."""
CELLS = 30_000
"""Vertical bars in a text that has tables."""
TAGS = 120_000
"""Start and end tags of the HTML."""
HEADING_TAGS = 10
"""What a heading counts: it gets an id, a link and a place in the table of contents."""
ADDRESS_LENGTH = 2_000
"""Characters of a link's address that is still brought into its normal form."""
OWN_IMAGE_TAGS = 30
"""What an image of the site's own counts: it is written with the addresses of all its files."""
NESTING = 40
"""Levels of quotes and lists within each other; a list and its item are two."""
DEPTH = 100
"""Elements within each other."""
ATTRIBUTES = 50
"""Attributes of one element."""


class TooComplex(ValueError):
    """The text would take more work to render than a post may. Says why, for people."""


def too_nested() -> str:
    """Return the sentence about a text that nests too deeply."""
    return _("The text nests lists, quotes or HTML too deeply. Take some levels out.")


def too_much() -> str:
    """Return the sentence about a text with too many pieces."""
    return _("The text has too many pieces of markup to be one post. Split it into several posts.")


class Budget:
    """Steps that are left for one text."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Take `steps` off; raises TooComplex when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise TooComplex(too_much())
