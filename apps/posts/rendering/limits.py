"""How much work a text may cost, counted in steps and not in seconds: the answer is the same on any machine.

A text within these limits takes a few seconds at the very worst. An honest one of a megabyte uses a tenth of them.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

STEPS = 200_000
"""Attempts of the Markdown parser to read something at some place, and pieces that it found."""
TAGS = 250_000
"""Elements of the HTML."""
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
