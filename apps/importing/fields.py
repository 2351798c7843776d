"""What the fields of front matter mean, in each generator's way of writing them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db.models import CharField
from django.utils.translation import gettext as _

from apps.core.validators import YEARS, language_validator
from apps.posts import slugs
from apps.posts.models import Post
from apps.posts.post_fields import AUTHORED_FIELDS

from .front_matter import Source
from .problems import BadFile
from .report import AuthorData
from .site import Site

DATED_NAME = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})[-_](.+)$")
_EMPTY = ("", "~", "null", "Null", "NULL", None)
_LONGEST_LANGUAGE = Post._meta.get_field("language").max_length
_READ_ONE_BY_ONE = frozenset(["kind", "title", "slug", "status", "language", "canonical_url"])
LINES = tuple(
    name
    for name in AUTHORED_FIELDS
    if isinstance(Post._meta.get_field(name), CharField) and name not in _READ_ONE_BY_ONE
)
"""Texts of one line that front matter calls by the fields' own names; generators differ in how they write the others."""
_YES, _NO = ("true", "yes", "on", "y", "1"), ("false", "no", "off", "n", "0")


@dataclass
class Fields:
    """What a file says about its post."""

    title: str
    """Empty where only the text or the file's name can tell."""
    slug: str
    name: str
    """The file's name without date and suffix; of a bundle, its folder's."""
    kind: str
    is_draft: bool
    published_at: datetime | None
    modified_at: datetime | None
    days: list[date]
    """The days that an old address may bear: of the front matter, as written there, and of the file's name."""
    authors: list[AuthorData] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    summary: str = ""
    canonical_url: str = ""
    permalink: str = ""
    """The address that the file itself gives, if any: `permalink`, `url` or `path`."""
    aliases: list[str] = field(default_factory=list)
    language: str = ""
    translation_of: str = ""
    """The slug of the post that this is a translation of."""
    comments_allowed: bool | None = None
    cover: str = ""
    """The address of the picture that stands for the post."""
    lines: dict[str, str] = field(default_factory=dict)
    """Those of `LINES` that the file has."""
    warnings: list[tuple[int, str]] = field(default_factory=list)
    """Lines of the file, and what was odd there and how it was read."""


def read(source: Source, relative: str, site: Site, generator: str) -> Fields:
    """Read the fields of the file at `relative`. Raises BadFile for a value that cannot be meant."""
    return _Reader(source, relative, site, generator).read()


def bare_name(relative: str) -> tuple[str, date | None]:
    """Return a file's name without date and suffix, and the date; of `folder/index.md`, the folder's."""
    path = PurePosixPath(relative)
    # Not `stem`: v1.2 is all name in `v1.2.md`, and `post.en.md` is Hugo's way of saying English.
    name = path.name.removesuffix(path.suffix)
    if name == "index" and path.parent.name:
        name = path.parent.name
    found = DATED_NAME.match(name)
    if not found:
        return name, None
    try:
        return found[4], date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return name, None


_DATE_AND_MORE = re.compile(
    r"(?P<day>\d{4}-\d\d?-\d\d?)(?:[T ]+(?P<time>\d\d?:\d\d(?::\d\d)?))?\b.*?(?P<offset>\s[+-]\d\d:?\d\d)?\s*",
    re.DOTALL,
)


def moment_in(text: str, zone: tzinfo) -> datetime | None:
    """Return the date that a text begins with, whatever follows, as Ruby (and so Jekyll) reads dates."""
    found = _DATE_AND_MORE.fullmatch(text.strip())
    return moment(" ".join(part.strip() for part in found.groups() if part), zone) if found else None


def moment(value: Any, zone: tzinfo) -> datetime | None:
    """Return a date of front matter as an aware datetime, or None for one that cannot be read.

    Takes datetimes, dates (midnight) and texts: ISO 8601 with a space or a T and any offset, Ruby's
    `2014-11-05 10:48:22 -0800`, slashes between the numbers, RFC 2822. Without an offset it is in `zone`.
    """
    if isinstance(value, str):
        value = _moment_from_text(value.strip())
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=zone)


def _moment_from_text(text: str) -> datetime | None:
    iso = re.sub(r"^(\d{4})/(\d{1,2})/(\d{1,2})", r"\1-\2-\3", text)
    iso = re.sub(r"^(\d{4})-(\d{1,2})-(\d{1,2})", lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", iso)
    iso = re.sub(r"\s*(?:UTC|GMT|[Zz])$", "+00:00", iso)
    iso = re.sub(r"(?<=\d)\s+(?=[+-]\d)", "", iso)
    iso = re.sub(r"([T ])(\d):", r"\g<1>0\2:", iso)
    iso = re.sub(r"([+-]\d)(?=:\d\d$)", lambda m: f"{m[1][0]}0{m[1][1]}", iso)
    for parse, written in ((datetime.fromisoformat, iso), (parsedate_to_datetime, text)):
        try:
            return parse(written)
        except (ValueError, TypeError, IndexError):
            continue
    return None


def shortened(summary: str) -> str:
    """Return a summary that fits, cut after a word."""
    limit = Post._meta.get_field("summary").max_length
    return summary if len(summary) <= limit else summary[: limit - 1].rsplit(" ", 1)[0] + "…"


class _Reader:
    """Reads the fields of one file."""

    def __init__(self, source: Source, relative: str, site: Site, generator: str) -> None:
        self.source, self.relative, self.site, self.generator = source, relative, site, generator
        self.warnings: list[tuple[int, str]] = []
        folders = PurePosixPath(relative).parts[:-1]
        self.folders = [*([site.folder.resolve().name] if site.folder.name.startswith("_") else []), *folders]
        is_post = "_posts" in self.folders or "_drafts" in self.folders
        self.matter = {**site.defaults(relative, is_post=is_post), **source.matter}

    def read(self) -> Fields:
        name, name_day = bare_name(self.relative)
        published_key, published = self.first_moment("date", "published_at", "pubDate", "publishDate", "published")
        if published is None and name_day is not None:
            published = moment(name_day, self.site.zone)
        written = [published.date()] if published and published_key else []
        categories = self.categories()
        return Fields(
            title=self.text("title"),
            slug=self.slug(name),
            name=name,
            kind=self.kind(),
            is_draft=self.is_draft(),
            published_at=published and published.astimezone(UTC),
            modified_at=self.modified_at(),
            days=list(dict.fromkeys([*written, *([name_day] if name_day else [])])),
            authors=self.authors(),
            tags=self.tags(categories),
            categories=categories,
            summary=self.summary(),
            canonical_url=self.text("canonical_url", "canonicalURL", "canonicalUrl", "canonical"),
            permalink=self.permalink(),
            aliases=self.texts("aliases") + self.texts("redirect_from"),
            language=self.language(),
            translation_of=self.text("translation_of").strip("/"),
            comments_allowed=self.yes("comments"),
            cover=self.cover(),
            lines={name: text for name in LINES if (text := self.text(name))},
            warnings=self.warnings,
        )

    # Values of any shape

    def value(self, key: str) -> Any:
        """Return a field, looked for at the top and then in Zola's `[extra]` and Hugo's `[params]`."""
        for place in (self.matter, self.matter.get("extra"), self.matter.get("params")):
            if isinstance(place, dict) and place.get(key) not in _EMPTY:
                return place[key]
        return None

    def text(self, *keys: str) -> str:
        """Return the first of these fields that is set, as one line of text."""
        for key in keys:
            value = self.value(key)
            if isinstance(value, dict | list):
                raise self.bad(key, _("is a list; it should be one text"))
            if value is not None:
                return " ".join(str(value).split())
        return ""

    def texts(self, key: str) -> list[str]:
        """Return a field that is one text or a list of them."""
        value = self.value(key)
        values = value if isinstance(value, list) else [] if value is None else [value]
        return [str(item).strip() for item in values if item not in _EMPTY and not isinstance(item, dict | list)]

    def yes(self, key: str) -> bool | None:
        """Return what a field says, None where it is not set or says neither yes nor no."""
        word = str(self.value(key)).strip().lower()
        return True if word in _YES else False if word in _NO else None

    def bad(self, key: str, problem: str) -> BadFile:
        """Return the error for a field."""
        return BadFile(self.source.line_of(key), f"`{key}` {problem}.")

    # Fields

    def first_moment(self, *keys: str) -> tuple[str, datetime | None]:
        for key in keys:
            value = self.value(key)
            if value is None or (key == "published" and self.yes(key) is not None):
                continue
            found = moment(value, self.site.zone)
            if found is None and (found := moment_in(str(value), self.site.zone)):
                self.warnings.append(
                    (
                        self.source.line_of(key),
                        _("`%(key)s` is %(value)r; read as %(found)s")
                        % {"key": key, "value": str(value), "found": found},
                    )
                )
            if found is None:
                raise self.bad(
                    key,
                    _("is %r, which is no date; write it like 2026-03-31, or 2026-03-31 09:30:00 +0200") % str(value),
                )
            if found.year not in YEARS:
                limits = {"value": str(value), "first": YEARS[0], "last": YEARS[-1]}
                raise self.bad(key, _("is %(value)r; its year must be from %(first)s to %(last)s") % limits)
            return key, found
        return "", None

    def modified_at(self) -> datetime | None:
        found = self.first_moment("updated", "lastmod", "last_modified_at", "modified", "updated_at")[1]
        return found and found.astimezone(UTC)

    def kind(self) -> str:
        for key in ("kind", "layout", "type"):
            if self.text(key).lower() == "page":
                return Post.Kind.PAGE
        return Post.Kind.POST

    def is_draft(self) -> bool:
        return (
            self.yes("draft") is True
            or self.yes("published") is False
            or self.text("status").lower() == "draft"
            or "_drafts" in self.folders
        )

    def permalink(self) -> str:
        address = self.text("permalink", "url", "path")
        # A template (Eleventy's `/{{ slug }}/`) or Eleventy's `false` is no address.
        return "" if "{{" in address or address.lower() in _NO else address

    def slug(self, name: str) -> str:
        wanted = self.text("slug")
        address = self.permalink()
        if not wanted and address and ":" not in urlsplit(address).path:
            wanted = unquote(urlsplit(address).path).rstrip("/").rpartition("/")[2].removesuffix(".html")
        return slugs.slug_from(wanted.strip("/") or name, fallback=self.kind(), max_length=200)

    def summary(self) -> str:
        return shortened(self.text("description", "summary", "excerpt"))

    def cover(self) -> str:
        """Return the address of the picture that stands for the post, in any of the ways in which it is written."""
        for key in ("cover", "cover_image", "image", "featured_image"):
            value = self.value(key)
            value = (
                next((value[name] for name in ("src", "path", "image") if value.get(name)), "")
                if isinstance(value, dict)
                else value
            )
            if value and isinstance(value, str):
                return value
        return ""

    def language(self) -> str:
        """Return the tag of the language; a locale (`de_DE.UTF-8`) is one in other letters."""
        for key in ("lang", "language", "locale"):
            if not (written := self.text(key)):
                continue
            first, *rest = written.partition(".")[0].replace("_", "-").split("-")
            tag = "-".join([first.lower(), *rest])
            if language_validator.regex.match(tag) and len(tag) <= _LONGEST_LANGUAGE:
                return tag
            told = _("`%(key)s` is %(value)r, which is no tag of a language such as en or pt-BR; left out")
            self.warnings.append((self.source.line_of(key), told % {"key": key, "value": written}))
        return ""

    def authors(self) -> list[AuthorData]:
        people: dict[str, AuthorData] = {}
        for key in ("authors", "author"):
            value = self.value(key)
            for item in value if isinstance(value, list) else [value]:
                for person in self.people(item):
                    people.setdefault(person.name.casefold(), person)
        if not people:
            for person in self.people(self.site.config.get("author")):
                people.setdefault(person.name.casefold(), person)
        return list(people.values())

    def people(self, item: Any) -> list[AuthorData]:
        """Return who a text (`a and b` is one name, `a, b` are two), a short name or a dict stands for."""
        if isinstance(item, dict):
            name = str(item.get("name") or item.get("title") or item.get("display_name") or "").strip()
            website = next((str(item[key]) for key in ("website", "url", "uri", "web") if item.get(key)), "")
            return [AuthorData(name, website if website.startswith(("http://", "https://")) else "")] if name else []
        if item in _EMPTY or isinstance(item, list):
            return []
        names = [name.strip() for name in re.split(r"[,;]\s*", str(item))]
        return [
            person
            for name in names
            if name
            for person in (self.people(self.site.people[name]) if name in self.site.people else [AuthorData(name)])
        ]

    def categories(self) -> list[str]:
        taxonomies = self.taxonomy("categories")
        above = self.folders[: self.folders.index("_posts")] if "_posts" in self.folders else []
        return list(dict.fromkeys([*above, *self.texts("category"), *self.words("categories"), *taxonomies]))

    def tags(self, categories: list[str]) -> list[str]:
        names = [
            *categories,
            *self.texts("tag"),
            *self.words("tags"),
            *self.taxonomy("tags"),
            *self.taxonomy("keywords"),
            *self.words("keywords"),
        ]
        unique = {name.casefold(): name for name in reversed(names)}
        if self.generator == "eleventy":
            for collection in ("all", "post", "posts"):
                unique.pop(collection, None)
        return list(reversed(unique.values()))

    def taxonomy(self, key: str) -> list[str]:
        """Return a list of Zola's `[taxonomies]`."""
        taxonomies = self.matter.get("taxonomies")
        values = taxonomies.get(key) if isinstance(taxonomies, dict) else None
        return [str(item).strip() for item in values] if isinstance(values, list) else []

    def words(self, key: str) -> list[str]:
        """Return a plural field. In one text, commas separate; in Jekyll, where there is none, spaces do."""
        value = self.value(key)
        if not isinstance(value, str):
            return self.texts(key)
        separator = r"\s*,\s*" if "," in value else r"\s+" if self.generator == "jekyll" else r"$^"
        return [word for word in re.split(separator, value.strip()) if word]
