"""Errors and warnings about imported files, with line numbers."""

from __future__ import annotations

from collections.abc import Callable

Warn = Callable[[int, str], None]
"""Called with the line of the file (from 1) and a message: the problem, and how it was handled."""


class BadFile(Exception):
    """A file that cannot be imported: the line (from 1; 0 for none), and a message with the problem and its remedy."""

    def __init__(self, line: int, message: str, *, path: str = "") -> None:
        """`path` names the file where that is not plain: one of several files, or one within an archive."""
        self.line = line
        self.message = message
        self.path = path
        super().__init__(message)
