"""The data that importers exchange: posts, authors, tags and comments, and reports about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from apps.media.models import Image


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


class Subject(StrEnum):
    """What a report is about, where there is a list of it at the end of an import."""

    PICTURE = "picture"
    """A picture that is not at hand; the message is its address."""
    LINK = "link"
    """A link that leads to nothing here; the message is its address."""
    DATE = "date"
    """A date that was guessed."""
    CONTENT = "content"
    """A block, a shortcode, an embed or the like that does not come along."""


LISTED_AT_THE_END = (Subject.PICTURE, Subject.LINK)
"""The subjects of which there can be very many: only their list is shown."""

Report = Callable[..., None]
"""Called with a level, the file's path, a line of the file (0 for none), a message, and the Subject if it has one."""
Progress = Callable[..., Iterable]
"""Wraps an iterable in a progress bar; called with the iterable, a description and, if it is known, the number of items."""


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
    links: str = ""
    """Addresses of pages, one per line."""
    picture: Image | None = None
    picture_address: str = ""
    """The address of the picture on the old site, until it is stored here."""


@dataclass(frozen=True)
class TagData:
    """A tag from an imported file."""

    name: str
    slug: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    """The former slugs of the tag."""


@dataclass(frozen=True)
class SeriesData:
    """A series from an imported file."""

    title: str
    slug: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    """The former slugs of the series."""


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
    series: SeriesData | None = None
    """The series that the post is a part of; its position is one of the values. None if the source names none."""
    old_paths: list[str] = field(default_factory=list)
    created_at: datetime | None = None
    modified_at: datetime | None = None
    feed_id: str | None = None
    """The id of the post in the feeds of the old site; None if it is not known."""
    warnings: dict[tuple[int, str], Subject | None] = field(default_factory=dict)
    """The subjects of warnings, by a line of the source (0 for none) and the message, in order."""

    def warn(self, line: int, message: str, subject: Subject | None = None) -> None:
        """Add a warning, unless it is already there."""
        self.warnings.setdefault((line, message), subject)


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
class Found:
    """Something that a post has and that does not come along, or was guessed."""

    message: str
    subject: Subject | None = None


@dataclass
class ExportedPost:
    """A post from another program's export, before its HTML is converted."""

    source_id: str
    origin: str
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
    cover_caption: str = ""
    """HTML below the cover image."""
    feed_id: str = ""
    """The id of the post in the feeds of the old site."""
    warnings: list[Found] = field(default_factory=list)
    footnotes: str = ""
    """The texts of footnotes that the other program keeps beside the body, in its own form."""
    comments: list[CommentData] = field(default_factory=list)

    def warn(self, message: str, subject: Subject | None = None) -> None:
        """Add a warning, unless it is already there."""
        if all(one.message != message for one in self.warnings):
            self.warnings.append(Found(message, subject))


@dataclass
class ExportedItem:
    """A post of an export that is not read yet. Reading it is most of the work, and is left out for unchanged posts."""

    source_id: str
    file: str
    line: int
    """The line of the file at which it begins; 0 for none."""
    name: str
    """How reports name it."""
    raw: str
    """A text that changes whenever anything changes of what `read` takes from the export."""
    addresses: list[str]
    """The addresses of the old site in its text."""
    read: Callable[[], ExportedPost]
    comment_count: int = 0


WriteComments = Callable[[int, list[CommentData]], Iterable[Outcome]]
"""Writes the comments of the post with this id; returns the outcome of each."""
