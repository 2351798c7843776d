"""Interpret the fields of front matter, in the conventions of each generator."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db.models import CharField
from django.utils.translation import gettext as _

from apps.core.validators import language_validator
from apps.importing.dates import DATED_NAME, parse_datetime
from apps.importing.report import AuthorData, Subject
from apps.importing.summaries import shorten_summary
from apps.posts import slugs
from apps.posts.models import Post, Series
from apps.posts.post_fields import AUTHORED_FIELDS

from . import names, publication
from .field_values import EMPTY, FALSE, FieldValues
from .front_matter import Source
from .site import Site

_MAX_LANGUAGE_LENGTH = Post._meta.get_field("language").max_length
_READ_SEPARATELY = frozenset(["kind", "title", "slug", "status", "language", "canonical_url"])
TEXT_FIELDS = tuple(
    name
    for name in AUTHORED_FIELDS
    if isinstance(Post._meta.get_field(name), CharField) and name not in _READ_SEPARATELY
)
"""Single-line text fields whose front matter key is the field's name. Other fields have keys of each generator."""


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
    """The dates that an old address may contain: from the front matter (in its time zone and in that of the site), and
    from the file's name."""
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
    typography: bool | None = None
    is_featured: bool | None = None
    series: str = ""
    """The title of the series that the post is a part of."""
    series_position: int | None = None
    comments_allowed: bool | None = None
    cover: str = ""
    """The address of the cover image."""
    text_fields: dict[str, str] = field(default_factory=dict)
    """The values of the `TEXT_FIELDS` that the file sets."""
    values: dict[str, Any] = field(default_factory=dict)
    """All fields as they are, with those that the file inherits."""
    warnings: dict[tuple[int, str], Subject | None] = field(default_factory=dict)
    """Subjects (if any) by line number and message, about unusual values and how they were read."""


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
        return found[4] or name, date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return name, None


class _FieldReader(FieldValues):
    """Reads the fields of one file."""

    def read(self) -> Fields:
        path = self.site.content_path(self.relative)
        name, name_date = bare_name(path)
        address = self.permalink()
        name_moment = None if name_date is None else parse_datetime(name_date, self.site.zone)
        key, published = publication.published_at(self, address, name_moment)
        written = [published.date()] if published and key else []
        if written and self.generator == "jekyll":
            # Its addresses have the day in the site's zone, or in that of the machine that built it (often UTC).
            written.append(published.astimezone(self.site.zone).date())
        kind, categories, series = self.kind(), self.categories(), self.series()
        return Fields(
            title=self.text("title"),
            slug=self.slug(name, kind),
            name=name,
            kind=kind,
            is_draft=self.is_draft(kind, published),
            published_at=published and published.astimezone(UTC),
            modified_at=self.modified_at(),
            dates=list(dict.fromkeys([*written, *([name_date] if name_date else [])])),
            authors=self.authors(),
            tags=self.tags(categories),
            categories=categories,
            summary=self.summary(),
            canonical_url=self.text("canonical_url", "canonicalURL", "canonicalUrl", "canonical"),
            permalink=address,
            aliases=[
                self.checked_address(key, text) for key in ("aliases", "redirect_from") for text in self.text_list(key)
            ],
            language=self.language(),
            translation_of=self.text("translation_of").strip("/"),
            typography=self.boolean("typography"),
            is_featured=self.boolean("featured"),
            series=series,
            series_position=self.series_position() if series else None,
            comments_allowed=self.boolean("comments"),
            cover=self.cover(),
            text_fields={name: text for name in TEXT_FIELDS if (text := self.text(name))},
            values=self.fields,
            warnings=self.warnings,
        )

    def modified_at(self) -> datetime | None:
        found = self.datetime("updated", "lastmod", "last_modified_at", "modified", "updated_at")[1]
        return found and found.astimezone(UTC)

    def kind(self) -> str:
        is_page = any(self.text(key).lower() == "page" for key in ("kind", "layout", "type"))
        if not is_page and publication.is_unlisted(self):
            self.warn(_("stands in no list of the old site; a page here"), "build", "_build")
            is_page = True
        return Post.Kind.PAGE if is_page else Post.Kind.POST

    def is_draft(self, kind: str, published: datetime | None) -> bool:
        """Return whether the post is a draft here; warn of a reason that the file does not say itself."""
        if publication.is_marked_draft(self):
            return True
        if publication.is_hidden(self):
            return True
        publication.warn_of_the_future(self, published)
        if published is None and kind == Post.Kind.POST:
            self.warn(_("has no date, and neither its address nor its file name tells one; a draft here"))
            return True
        return False

    def permalink(self) -> str:
        """Return the address that the file gives itself, or empty. Of Eleventy it may be a template."""
        keys = ("permalink",) if self.generator == "eleventy" else ("permalink", "url", "path")
        values = {
            key: value.get("build") if isinstance(value, dict) else value for key in keys for value in [self.value(key)]
        }
        key, address = next(((key, value.strip()) for key, value in values.items() if isinstance(value, str)), ("", ""))
        return "" if address.lower() in FALSE else self.checked_address(key, address)

    def checked_address(self, key: str, address: str) -> str:
        """Return the address, or raise BadFile if it cannot be taken apart, such as `http://[x`."""
        try:
            urlsplit(address)
        except ValueError:
            raise self.error(key, _("is %r, which is no address; write a path like /2026/tea/") % address) from None
        return address

    def slug(self, name: str, kind: str) -> str:
        slug, address = self.text("slug"), self.permalink()
        if not slug and address and "{{" not in address and ":" not in urlsplit(address).path:
            slug = unquote(urlsplit(address).path).rstrip("/").rpartition("/")[2].removesuffix(".html")
        return slugs.slug_from(slug.strip("/") or name, fallback=kind, max_length=200)

    def summary(self) -> str:
        return shorten_summary(self.text("description", "summary", "excerpt"))

    def series(self) -> str:
        """Return the title of the series: of several in Hugo's or Zola's list of terms, the first."""
        titles = [" ".join(str(title).split()) for title in [*self.text_list("series"), *self.taxonomy("series")]]
        if len(titles) > 1:
            others = ", ".join(f"“{title}”" for title in titles[1:])
            self.warn(_("is in several series, and a post has one here; not in %s") % others, "series")
        return titles[0] if titles else ""

    def series_position(self) -> int | None:
        """Return the position in the series; None if the file has none: it then follows in the order of the dates."""
        for key in ("series_position", "series_order", "series_weight", "series_index"):
            if (value := self.value(key)) is None:
                continue
            text = str(value).strip()
            if text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= Series.MAX_POSITION:
                return int(text)
            message = _("`%(key)s` is %(value)r, which is no position from 1 to %(most)s; left out")
            self.warn(message % {"key": key, "value": value, "most": Series.MAX_POSITION}, key)
        return None

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
            self.warn(message % {"key": key, "value": written}, key)
        return self.site.language(self.relative)

    def authors(self) -> list[AuthorData]:
        authors: dict[str, AuthorData] = {}
        own = [value for value in (self.value("authors"), self.value("author")) if value]
        for value in own or [self.site.config.get("author")]:
            is_list = isinstance(value, list)
            for item in value if is_list else [value]:
                for author in self.parse_authors(item, is_one=is_list):
                    authors.setdefault(author.name.casefold(), author)
        return list(authors.values())

    def parse_authors(self, item: Any, *, is_one: bool = False) -> list[AuthorData]:
        """Return the authors in a text, a dict, or a key of the site's `_data/authors.yml`.

        A text may name several, unless it `is_one` of a list.
        """
        if isinstance(item, dict):
            author = names.described_author(item)
            return [author] if author.name else []
        if item in EMPTY or isinstance(item, list):
            return []
        written = [" ".join(str(item).split())] if is_one else names.split_authors(str(item))
        return [names.described_author(self.site.authors.get(name, {}), name) for name in written]

    def categories(self) -> list[str]:
        folders = PurePosixPath(self.site.path_in_site(self.relative)).parts[:-1]
        above = folders[: folders.index("_posts")] if "_posts" in folders else []
        items = [*above, *self.items("category"), *self.word_list("categories"), *self.taxonomy("categories")]
        return self.tag_names("categories", items)

    def tags(self, categories: list[str]) -> list[str]:
        items = [*self.items("tag"), *self.word_list("tags"), *self.taxonomy("tags"), *self.taxonomy("keywords")]
        found = self.tag_names("tags", [*items, *self.word_list("keywords")])
        unique = {name.casefold(): name for name in reversed([*categories, *found])}
        if self.generator == "eleventy":
            for collection in ("all", "post", "posts"):
                unique.pop(collection, None)
        return list(reversed(unique.values()))

    def tag_names(self, key: str, items: list[Any]) -> list[str]:
        return names.tag_names(items, lambda message: self.warn(message, key))

    def items(self, key: str) -> list[Any]:
        """Return the items of a field that is one value or a list."""
        value = self.value(key)
        items = value if isinstance(value, list) else [value]
        return [item for item in items if item not in EMPTY]

    def taxonomy(self, key: str) -> list[Any]:
        """Return the terms of one of Zola's `[taxonomies]`."""
        taxonomies = self.fields.get("taxonomies")
        values = taxonomies.get(key) if isinstance(taxonomies, dict) else None
        return values if isinstance(values, list) else []

    def word_list(self, key: str) -> list[Any]:
        """Return the items of a plural field. A text is split at commas; in Jekyll, a text without commas at spaces."""
        value = self.value(key)
        if not isinstance(value, str):
            return self.items(key)
        separator = r"\s*,\s*" if "," in value else r"\s+" if self.generator == "jekyll" else r"$^"
        return [word for word in re.split(separator, value.strip()) if word]
