"""Limits on the work of rendering a text, counted in steps, not seconds, so that the result is the same on any machine.

The most expensive text within these limits takes about three seconds and 200 MB. A megabyte of prose uses a tenth of the steps, a
megabyte of lists, links and code almost all.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

MAX_STEPS = 300_000
"""Attempts of the Markdown parser to match at a position. Expensive attempts count as several, as below."""
BLOCK_COST = 3
"""The steps of an attempt to begin a block: it tries more and slower rules than one within a line."""
LINK_COST = 12
"""The steps of a link: its address is parsed and normalised."""
CODE_COST = 20
"""The steps of a block of highlighted code of any length."""
ATTRIBUTES_REACH = 10_000
"""The characters that cost a step when a `{` begins attributes: the plugin copies the rest of the paragraph."""
MAX_BLOCK_TOKENS = 100_000
"""Block tokens of the parser; a paragraph has three, and so has a table cell."""
MAX_PIPES = 30_000
"""Vertical bars in a text with tables."""
MAX_TAGS = 120_000
"""Start and end tags of the HTML. Some elements count as several, as below."""
HEADING_COST = 10
"""The tags that a heading counts as: it gets an id, a link and an entry in the table of contents."""
MAX_ADDRESS_LENGTH = 2_000
"""Characters of a link's address; a longer one is not normalised."""
IMAGE_COST = 30
"""The tags that one of the site's own images counts as: its HTML has the addresses of all its files."""
MAX_CARDS = 50
"""Cards for what other sites show; further ones are links."""
CARD_COST = 10
"""The tags that a card counts as."""
MAX_NESTING = 40
"""Levels of nested quotes and lists; a list and its item are two."""
MAX_DEPTH = 100
"""Levels of nested HTML elements."""
MAX_TAG_WORDS = 10_000
"""Words of one tag of HTML; each can be an attribute."""
MAX_ATTRIBUTES = 50
"""Attributes of one element; the rest is ignored."""


class TooComplex(ValueError):
    """A text exceeds the limits. The message is translated, for the author."""


def too_nested() -> str:
    """Return the message for a text that nests too deeply."""
    return _("The text nests lists, quotes or HTML too deeply. Take some levels out.")


def too_much() -> str:
    """Return the message for a text with too many pieces."""
    return _("The text has too many pieces of markup to be one post. Split it into several posts.")


class Budget:
    """The remaining steps for one text."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Subtract `steps`. Raises TooComplex if fewer were left."""
        self.left -= steps
        if self.left < 0:
            raise TooComplex(too_much())
