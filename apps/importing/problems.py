"""What an importer has to say about a file, with the line it is about."""

from __future__ import annotations

from collections.abc import Callable

Warn = Callable[[int, str], None]
"""Called with the line of the file (from 1) and a sentence: what is odd, and what was done about it."""


class BadFile(Exception):
    """A file that cannot be imported: the line (from 1), what is wrong, and what would be right."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        self.message = message
        super().__init__(message)
