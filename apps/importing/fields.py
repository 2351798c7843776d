"""Interpret the fields of front matter, in the conventions of each generator."""

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
_MAX_LANGUAGE_LENGTH = Post._meta.get_field("language").max_length
_READ_SEPARATELY = frozenset(["kind", "title", "slug", "status", "language", "canonical_url"])
TEXT_FIELDS = tuple(
    name
    for name in AUTHORED_FIELDS
    if isinstance(Post._meta.get_field(name), CharField) and name not in _READ_SEPARATELY
)
"""Single-line text fields whose front matter key is the field's name. Other fields have keys of each generator."""
_TRUE, _FALSE = ("true", "yes", "on", "y", "1"), ("false", "no", "off", "n", "0")


@dataclass
class Fields:
    """The fields of a post as its file gives them."""

    title: str
    """Empty if it must be taken from the body or the file's name."""
    slug: str
    name: str
    """The file's name without date and suffix; for a bundle, the name of its folder."""
    kind: str
    is_draft: bool
    published_at: datetime | None
    modified_at: datetime | None
    dates: list[date]
    """The dates that an old address may contain: from the front matter (in its time zone) and from the file's name."""
    authors: list[AuthorData] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    summary: str = ""
    canonical_url: str = ""
    permalink: str = ""
    """The address from `permalink`, `url` or `path`, or empty."""
    aliases: list[str] = field(default_factory=list)
    language: str = ""
    translation_of: str = ""
    """The slug of the original post, for a translation."""
    comments_allowed: bool | None = None
    cover: str = ""
    """The address of the cover image."""
    text_fields: dict[str, str] = field(default_factory=dict)
    """The values of the `TEXT_FIELDS` that the file sets."""
    warnings: list[tuple[int, str]] = field(default_factory=list)
    """Line numbers with messages about unusual values and how they were read."""


def read(source: Source, relative: str, site: Site, generator: str) -> Fields:
    """Return the fields of the file at `relative`. Raises BadFile for an invalid value."""
    return _FieldReader(source, relative, site, generator).read()


def bare_name(relative: str) -> tuple[str, date | None]:
    """Return a file's name without date and suffix, and its date or None; for `folder/index.md`, the folder's."""
    path = PurePosixPath(relative)
    # Only the last suffix is removed: the name of `v1.2.md` is `v1.2`.
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


_DATE_PREFIX = re.compile(
    r"(?P<day>\d{4}-\d\d?-\d\d?)(?:[T ]+(?P<time>\d\d?:\d\d(?::\d\d)?))?\b.*?(?P<offset>\s[+-]\d\d:?\d\d)?\s*",
    re.DOTALL,
)


def parse_datetime_prefix(text: str, zone: tzinfo) -> datetime | None:
    """Return the date at the beginning of a text, ignoring what follows, as Ruby (and so Jekyll) reads dates."""
    found = _DATE_PREFIX.fullmatch(text.strip())
    return parse_datetime(" ".join(part.strip() for part in found.groups() if part), zone) if found else None


def parse_datetime(value: Any, zone: tzinfo) -> datetime | None:
    """Return a date of front matter as an aware datetime, or None if it cannot be parsed.

    Takes datetimes, dates (midnight) and texts: ISO 8601 with a space or a T and any offset, Ruby's
    `2014-11-05 10:48:22 -0800`, slashes between the numbers, RFC 2822. A date without an offset is in `zone`.
    """
    if isinstance(value, str):
        value = _datetime_from_text(value.strip())
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=zone)


def _datetime_from_text(text: str) -> datetime | None:
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


def shorten_summary(summary: str) -> str:
    """Return the summary, cut after a word if it is longer than the field allows."""
    limit = Post._meta.get_field("summary").max_length
    return summary if len(summary) <= limit else summary[: limit - 1].rsplit(" ", 1)[0] + "…"


class _FieldReader:
    """Reads the fields of one file."""

    def __init__(self, source: Source, relative: str, site: Site, generator: str) -> None:
        self.source, self.relative, self.site, self.generator = source, relative, site, generator
        self.warnings: list[tuple[int, str]] = []
        folders = PurePosixPath(relative).parts[:-1]
        self.folders = [*([site.folder.resolve().name] if site.folder.name.startswith("_") else []), *folders]
        is_post = "_posts" in self.folders or "_drafts" in self.folders
        self.fields = {**site.defaults(relative, is_post=is_post), **source.fields}

    def read(self) -> Fields:
        name, name_date = bare_name(self.relative)
        published_key, published = self.first_datetime("date", "published_at", "pubDate", "publishDate", "published")
        if published is None and name_date is not None:
            published = parse_datetime(name_date, self.site.zone)
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
            dates=list(dict.fromkeys([*written, *([name_date] if name_date else [])])),
            authors=self.authors(),
            tags=self.tags(categories),
            categories=categories,
            summary=self.summary(),
            canonical_url=self.text("canonical_url", "canonicalURL", "canonicalUrl", "canonical"),
            permalink=self.permalink(),
            aliases=self.text_list("aliases") + self.text_list("redirect_from"),
            language=self.language(),
            translation_of=self.text("translation_of").strip("/"),
            comments_allowed=self.boolean("comments"),
            cover=self.cover(),
            text_fields={name: text for name in TEXT_FIELDS if (text := self.text(name))},
            warnings=self.warnings,
        )

    # Values of any type

    def value(self, key: str) -> Any:
        """Return a field from the top level, else from Zola's `[extra]` or Hugo's `[params]`; None if it is empty."""
        for place in (self.fields, self.fields.get("extra"), self.fields.get("params")):
            if isinstance(place, dict) and place.get(key) not in _EMPTY:
                return place[key]
        return None

    def text(self, *keys: str) -> str:
        """Return the first of these fields that is set, as one line of text. Raises BadFile for a list or a mapping."""
        for key in keys:
            value = self.value(key)
            if isinstance(value, dict | list):
                raise self.error(key, _("is a list; it should be one text"))
            if value is not None:
                return " ".join(str(value).split())
        return ""

    def text_list(self, key: str) -> list[str]:
        """Return the texts of a field that is one text or a list of texts."""
        value = self.value(key)
        values = value if isinstance(value, list) else [] if value is None else [value]
        return [str(item).strip() for item in values if item not in _EMPTY and not isinstance(item, dict | list)]

    def boolean(self, key: str) -> bool | None:
        """Return the field as a boolean; None if it is not set or is no boolean."""
        word = str(self.value(key)).strip().lower()
        return True if word in _TRUE else False if word in _FALSE else None

    def error(self, key: str, problem: str) -> BadFile:
        """Return a BadFile at the line of the field."""
        return BadFile(self.source.line_of(key), f"`{key}` {problem}.")

    # Fields

    def first_datetime(self, *keys: str) -> tuple[str, datetime | None]:
        for key in keys:
            value = self.value(key)
            if value is None or (key == "published" and self.boolean(key) is not None):
                continue
            found = parse_datetime(value, self.site.zone)
            if found is None and (found := parse_datetime_prefix(str(value), self.site.zone)):
                self.warnings.append(
                    (
                        self.source.line_of(key),
                        _("`%(key)s` is %(value)r; read as %(found)s")
                        % {"key": key, "value": str(value), "found": found},
                    )
                )
            if found is None:
                raise self.error(
                    key,
                    _("is %r, which is no date; write it like 2026-03-31, or 2026-03-31 09:30:00 +0200") % str(value),
                )
            if found.year not in YEARS:
                limits = {"value": str(value), "first": YEARS[0], "last": YEARS[-1]}
                raise self.error(key, _("is %(value)r; its year must be from %(first)s to %(last)s") % limits)
            return key, found
        return "", None

    def modified_at(self) -> datetime | None:
        found = self.first_datetime("updated", "lastmod", "last_modified_at", "modified", "updated_at")[1]
        return found and found.astimezone(UTC)

    def kind(self) -> str:
        for key in ("kind", "layout", "type"):
            if self.text(key).lower() == "page":
                return Post.Kind.PAGE
        return Post.Kind.POST

    def is_draft(self) -> bool:
        return (
            self.boolean("draft") is True
            or self.boolean("published") is False
            or self.text("status").lower() == "draft"
            or "_drafts" in self.folders
        )

    def permalink(self) -> str:
        address = self.text("permalink", "url", "path")
        # A template (Eleventy's `/{{ slug }}/`) or Eleventy's `false` is not an address.
        return "" if "{{" in address or address.lower() in _FALSE else address

    def slug(self, name: str) -> str:
        slug = self.text("slug")
        address = self.permalink()
        if not slug and address and ":" not in urlsplit(address).path:
            slug = unquote(urlsplit(address).path).rstrip("/").rpartition("/")[2].removesuffix(".html")
        return slugs.slug_from(slug.strip("/") or name, fallback=self.kind(), max_length=200)

    def summary(self) -> str:
        return shorten_summary(self.text("description", "summary", "excerpt"))

    def cover(self) -> str:
        """Return the address of the cover image, from a text or a mapping under any of the usual keys."""
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
        """Return the language tag, converted from a locale (`de_DE.UTF-8`) if necessary."""
        for key in ("lang", "language", "locale"):
            if not (written := self.text(key)):
                continue
            first, *rest = written.partition(".")[0].replace("_", "-").split("-")
            tag = "-".join([first.lower(), *rest])
            if language_validator.regex.match(tag) and len(tag) <= _MAX_LANGUAGE_LENGTH:
                return tag
            message = _("`%(key)s` is %(value)r, which is no tag of a language such as en or pt-BR; left out")
            self.warnings.append((self.source.line_of(key), message % {"key": key, "value": written}))
        return ""

    def authors(self) -> list[AuthorData]:
        authors: dict[str, AuthorData] = {}
        for key in ("authors", "author"):
            value = self.value(key)
            for item in value if isinstance(value, list) else [value]:
                for author in self.parse_authors(item):
                    authors.setdefault(author.name.casefold(), author)
        if not authors:
            for author in self.parse_authors(self.site.config.get("author")):
                authors.setdefault(author.name.casefold(), author)
        return list(authors.values())

    def parse_authors(self, item: Any) -> list[AuthorData]:
        """Return the authors in a text (split at commas), a dict, or a key of the site's `_data/authors.yml`."""
        if isinstance(item, dict):
            name = str(item.get("name") or item.get("title") or item.get("display_name") or "").strip()
            website = next((str(item[key]) for key in ("website", "url", "uri", "web") if item.get(key)), "")
            return [AuthorData(name, website if website.startswith(("http://", "https://")) else "")] if name else []
        if item in _EMPTY or isinstance(item, list):
            return []
        names = [name.strip() for name in re.split(r"[,;]\s*", str(item))]
        return [
            author
            for name in names
            if name
            for author in (
                self.parse_authors(self.site.authors[name]) if name in self.site.authors else [AuthorData(name)]
            )
        ]

    def categories(self) -> list[str]:
        taxonomies = self.taxonomy("categories")
        above = self.folders[: self.folders.index("_posts")] if "_posts" in self.folders else []
        return list(dict.fromkeys([*above, *self.text_list("category"), *self.word_list("categories"), *taxonomies]))

    def tags(self, categories: list[str]) -> list[str]:
        names = [
            *categories,
            *self.text_list("tag"),
            *self.word_list("tags"),
            *self.taxonomy("tags"),
            *self.taxonomy("keywords"),
            *self.word_list("keywords"),
        ]
        unique = {name.casefold(): name for name in reversed(names)}
        if self.generator == "eleventy":
            for collection in ("all", "post", "posts"):
                unique.pop(collection, None)
        return list(reversed(unique.values()))

    def taxonomy(self, key: str) -> list[str]:
        """Return the terms of one of Zola's `[taxonomies]`."""
        taxonomies = self.fields.get("taxonomies")
        values = taxonomies.get(key) if isinstance(taxonomies, dict) else None
        return [str(item).strip() for item in values] if isinstance(values, list) else []

    def word_list(self, key: str) -> list[str]:
        """Return the items of a plural field. A text is split at commas; in Jekyll, a text without commas at spaces."""
        value = self.value(key)
        if not isinstance(value, str):
            return self.text_list(key)
        separator = r"\s*,\s*" if "," in value else r"\s+" if self.generator == "jekyll" else r"$^"
        return [word for word in re.split(separator, value.strip()) if word]
