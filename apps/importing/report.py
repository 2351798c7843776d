"""What an importer makes of whatever it reads: a post as it is to be written, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of one post."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class Level(StrEnum):
    """How much what is said about a post matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    DETAIL = "detail"


Report = Callable[[Level, str, int, str], None]
"""Called with a level, the file's path, a line of it (0 for none) and a sentence."""
Progress = Callable[[Iterable, str], Iterable]
"""Wraps an iterable to show how far it is; called with it and with what is being done."""


@dataclass
class Summary:
    """How many posts came to what."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    interrupted: bool = False
    others: dict[str, dict[Outcome, int]] = field(default_factory=dict)
    """The same of what came along with them: comments, say."""

    def __str__(self) -> str:
        lines = [_sum(what, counts) for what, counts in self.others.items() if any(counts.values())]
        return "\n".join([*lines, _sum("posts", self.counts)])

    def count(self, outcome: Outcome, what: str = "") -> None:
        """Count one more, of posts or of `what`."""
        counts = self.others.setdefault(what, dict.fromkeys(Outcome, 0)) if what else self.counts
        counts[outcome] += 1


def _sum(what: str, counts: dict[Outcome, int]) -> str:
    return f"{what}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


@dataclass(frozen=True)
class AuthorData:
    """An author as a file names one."""

    name: str
    website: str = ""
    slug: str = ""
    bio: str = ""
    user: str = ""
    """The login name of the account that they are tied to."""


@dataclass(frozen=True)
class TagData:
    """A tag as a file names one."""

    name: str
    slug: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    """Its former slugs."""


@dataclass
class Article:
    """A post, ready to be written."""

    source_id: str
    shown: str
    """What the history calls its source, such as a file's path."""
    where: str
    """What reports call it."""
    wanted_slug: str
    values: dict[str, Any]
    """Fields of `Post`, with the slug that it gets. What the source does not say is not there, and left as it is."""
    topics: list[TagData] = field(default_factory=list)
    people: list[AuthorData] = field(default_factory=list)
    old_paths: list[str] = field(default_factory=list)
    created_at: datetime | None = None
    modified_at: datetime | None = None
    warnings: dict[tuple[int, str], None] = field(default_factory=dict)
    """Lines of the source (0 for none), and what was odd there."""

    def warn(self, line: int, message: str) -> None:
        """Note something odd; the same is said once."""
        self.warnings[line, message] = None


@dataclass
class CommentData:
    """A comment as a file has it."""

    source_id: str
    parent: str
    """The source id of the comment that it answers, or nothing."""
    name: str
    body: str
    """In Markdown without HTML."""
    status: str
    """One of `Comment.Status`."""
    created_at: datetime
    email: str = ""
    website: str = ""


@dataclass
class Draft:
    """A post as an export of another program has it, its text still HTML."""

    source_id: str
    shown: str
    where: str
    title: str
    html: str
    values: dict[str, Any]
    """Fields of `Post` but for the title, the body and the slug."""
    name: str = ""
    """What the other program calls it in addresses."""
    markdown: str | None = None
    """Its text where that is Markdown already."""
    topics: list[TagData] = field(default_factory=list)
    people: list[AuthorData] = field(default_factory=list)
    created_at: datetime | None = None
    modified_at: datetime | None = None
    cover: tuple[str, str] = ("", "")
    """Address and alternative text of the picture that stands for it."""
    warnings: list[str] = field(default_factory=list)
    remarks: list[CommentData] = field(default_factory=list)


Remarks = Callable[[int, list[CommentData]], Iterable[Outcome]]
"""Writes the comments of the post of an id; returns what became of each."""
