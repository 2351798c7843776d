"""What all pictures share: the inks, and the list of the pictures."""

from __future__ import annotations

from collections.abc import Callable

from .drawing import Sheet

NIGHT, DEEP, SEA, FOAM = "#101c29", "#1d3443", "#3f6b78", "#9fbfbd"
CREAM, PAPER, SAND, OCHRE = "#f6efdf", "#ebe0c8", "#d9bb8c", "#c08a45"
RED, CORAL, BLUSH = "#8c1d18", "#d4664a", "#eab08f"
LAMP = "#f7cf7d"

Draw = Callable[[], Sheet]
PICTURES: dict[str, Draw] = {}
"""The functions that draw the pictures, by their names."""


def picture(name: str) -> Callable[[Draw], Draw]:
    """Register the function that draws the picture of this name."""

    def register(draw: Draw) -> Draw:
        PICTURES[name] = draw
        return draw

    return register
