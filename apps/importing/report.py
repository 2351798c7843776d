"""The data that importers exchange: posts, authors, tags and comments, and reports about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """The result of importing one post or comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class Level(StrEnum):
    """The severity of a report."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    DETAIL = "detail"


Report = Callable[[Level, str, int, str], None]
"""Called with a level, the file's path, a line of the file (0 for none) and a message."""
Progress = Callable[[Iterable, str], Iterable]
"""Wraps an iterable in a progress bar; called with the iterable and a description."""


@dataclass
class Summary:
    """The counts of posts and comments by outcome."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    interrupted: bool = False
    others: dict[str, dict[Outcome, int]] = field(default_factory=dict)
    """The counts of other kinds of content, such as `comments`."""

    def __str__(self) -> str:
        lines = [_counts_line(kind, counts) for kind, counts in self.others.items() if any(counts.values())]
        return "\n".join([*lines, _counts_line("posts", self.counts)])

    def count(self, outcome: Outcome, kind: str = "") -> None:
        """Add one to the count of posts, or of `kind`."""
        counts = self.others.setdefault(kind, dict.fromkeys(Outcome, 0)) if kind else self.counts
        counts[outcome] += 1


def _counts_line(kind: str, counts: dict[Outcome, int]) -> str:
    return f"{kind}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


@dataclass(frozen=True)
class AuthorData:
    """An author from an imported file."""

    name: str
    website: str = ""
    slug: str = ""
    bio: str = ""
    user: str = ""
    """The username of the author's account."""
    aliases: tuple[str, ...] = ()
    """The former slugs of the author."""


@dataclass(frozen=True)
class TagData:
    """A tag from an imported file."""

    name: str
    slug: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    """The former slugs of the tag."""


@dataclass
class Article:
    """A converted post, ready to be written."""

    source_id: str
    origin: str
    """The origin for the change reason in the history, such as a file's path."""
    label: str
    """The post's name in reports."""
    wanted_slug: str
    values: dict[str, Any]
    """Fields of `Post` with the final slug. Fields that the source does not set are missing and stay unchanged."""
    tags: list[TagData] = field(default_factory=list)
    authors: list[AuthorData] = field(default_factory=list)
    old_paths: list[str] = field(default_factory=list)
    created_at: datetime | None = None
    modified_at: datetime | None = None
    warnings: dict[tuple[int, str], None] = field(default_factory=dict)
    """Pairs of a line of the source (0 for none) and a message, in order."""

    def warn(self, line: int, message: str) -> None:
        """Add a warning, unless it is already there."""
        self.warnings[line, message] = None


@dataclass
class CommentData:
    """A comment from an imported file."""

    source_id: str
    parent: str
    """The source id of the parent comment, or empty."""
    name: str
    body: str
    """In Markdown without HTML."""
    status: str
    """One of `Comment.Status`."""
    created_at: datetime
    email: str = ""
    website: str = ""


@dataclass
class ExportedPost:
    """A post from another program's export, before its HTML is converted."""

    source_id: str
    origin: str
    label: str
    title: str
    html: str
    values: dict[str, Any]
    """Fields of `Post` except the title, the body and the slug."""
    old_id: str = ""
    """The id that the other program gave the post."""
    markdown: str | None = None
    """The body if the export has it as Markdown, to be used instead of `html`."""
    tags: list[TagData] = field(default_factory=list)
    authors: list[AuthorData] = field(default_factory=list)
    created_at: datetime | None = None
    modified_at: datetime | None = None
    cover: tuple[str, str] = ("", "")
    """Address and alternative text of the cover image."""
    warnings: list[str] = field(default_factory=list)
    comments: list[CommentData] = field(default_factory=list)


WriteComments = Callable[[int, list[CommentData]], Iterable[Outcome]]
"""Writes the comments of the post with this id; returns the outcome of each."""
