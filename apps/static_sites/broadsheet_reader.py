"""Read the folders that `export_markdown` wrote, field by field, without guessing.

Such a folder has a `broadsheet.yml`. Bodies are imported unchanged: templates and shortcodes are not evaluated, and no
title is searched for. `_data/` describes the authors, tags, series and images that the posts refer to, and the site itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _

from apps.importing.dates import parse_datetime
from apps.importing.export_fields import DATETIMES, FLAGS, IMAGES, KEYS, TEXTS, default
from apps.importing.problems import BadFile
from apps.importing.report import AuthorData, SeriesData, TagData
from apps.media import services as media
from apps.media.models import Image
from apps.site import exports
from blog_project import addresses

from .front_matter import Source
from .inherited_fields import as_list
from .site import Site, load

IMAGE_REFERENCE = re.compile(rf"\.\./{IMAGES}/([\w.-]+\.webp)(?:#([1-9]\d*\.\w+))?")
"""A reference to an image: its file name, and after `#` the rendition if it is not the image's fallback."""


@dataclass
class ExportedFields:
    """The fields of one file of an export."""

    values: dict[str, Any]
    tags: list[str]
    authors: list[str]
    aliases: list[str]
    translation_of: str
    series: str
    series_position: int | None
    cover: str
    created_at: datetime | None
    modified_at: datetime | None


def read(source: Source) -> ExportedFields:
    """Return the fields of a file of an export. Raises BadFile."""
    typed = source.typed
    values: dict[str, Any] = {name: str(typed.get(KEYS[name]) or default(name)) for name in TEXTS}
    values |= {name: _datetime(source, KEYS[name]) for name in (*DATETIMES, "trashed_at")}
    values |= {name: bool(typed.get(KEYS[name], default(name))) for name in (*FLAGS, "address_was_public")}
    if feed_id := str(typed.get(KEYS["feed_id"]) or ""):
        values["feed_id"] = feed_id
    return ExportedFields(
        values=values,
        tags=_text_list(source, KEYS["tags"]),
        authors=_text_list(source, KEYS["authors"]),
        aliases=_text_list(source, KEYS["aliases"]),
        translation_of=str(typed.get(KEYS["translation_of"]) or ""),
        series=str(typed.get(KEYS["series"]) or ""),
        series_position=_whole_number(source, KEYS["series_position"]),
        cover=str(typed.get(KEYS["cover_image"]) or ""),
        created_at=_datetime(source, KEYS["created_at"]),
        modified_at=_datetime(source, KEYS["updated_at"]),
    )


def _datetime(source: Source, key: str) -> datetime | None:
    value = source.typed.get(key)
    found = parse_datetime(value, UTC)
    if value and found is None:
        raise BadFile(
            source.line_of(key), _("`%(key)s` is %(value)r, which is no date.") % {"key": key, "value": value}
        )
    return found


def _lines(value: Any) -> str:
    """Return the texts of a list with a line for each; nothing for what is no list."""
    return "\n".join(map(str, value)) if isinstance(value, list) else ""


def _whole_number(source: Source, key: str) -> int | None:
    value = source.typed.get(key)
    if value is not None and type(value) is not int:
        raise BadFile(source.line_of(key), _("`%s` is no whole number.") % key)
    return value


def _text_list(source: Source, key: str) -> list[str]:
    value = source.typed.get(key) or []
    if not isinstance(value, list):
        raise BadFile(source.line_of(key), _("`%s` is no list.") % key)
    return [str(item) for item in value]


@dataclass
class ExportData:
    """The authors, tags, series and images of an export, from its `_data/` folder."""

    site: Site
    dry_run: bool
    _images: dict[str, Image | None] = field(default_factory=dict)

    @cached_property
    def authors(self) -> dict[str, AuthorData]:
        """The authors by slug."""
        return {
            slug: AuthorData(
                **{"slug": slug, **_pick(row, "name", "bio", "website", "user")},
                aliases=_aliases(row),
                links=_lines(row.get("links")),
                picture=self._portrait(str(row.get("picture") or "")),
            )
            for slug, row in self._rows("authors")
        }

    def _portrait(self, reference: str) -> Image | None:
        """Return the picture of an author, or None if there is none. The import reports a file that is missing."""
        found = IMAGE_REFERENCE.fullmatch(reference)
        try:
            return self.image(found[1]) if found else None
        except BadFile:
            return None

    @cached_property
    def tags(self) -> dict[str, TagData]:
        """The tags by name."""
        return {
            name: TagData(name, **_pick(row, "slug", "description"), aliases=_aliases(row))
            for name, row in self._rows("tags")
        }

    @cached_property
    def series(self) -> dict[str, SeriesData]:
        """The series by title."""
        return {
            title: SeriesData(title, **_pick(row, "slug", "description"), aliases=_aliases(row))
            for title, row in self._rows("series")
        }

    @cached_property
    def images(self) -> dict[str, dict[str, Any]]:
        """The exported fields of the images by file name."""
        return dict(self._rows("images"))

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The settings of the site."""
        return self._load("site")

    def restore_settings(self) -> str:
        """Take over the settings of the site, unless this site has its own; return what is to be said of it.

        They come after the posts, whose images the logo may be one of.
        """
        if not self.settings or self.dry_run:
            return ""
        if not exports.is_untouched():
            return _("was passed over: this site has settings already")
        try:
            exports.restore(self.settings)
        except ValidationError as error:
            return _("was not taken over: %s") % " ".join(error.messages)
        return ""

    def _rows(self, name: str) -> list[tuple[str, dict]]:
        return [(str(key), row) for key, row in self._load(name).items() if isinstance(row, dict)]

    def _load(self, name: str) -> dict[str, Any]:
        path = self.site.root / "_data" / f"{name}.yml"
        return load(path, self.site.sources) if self.site.has_file(path) else {}

    def image(self, name: str) -> Image | None:
        """Return the image of a file, restored if it is new; None for a new image in a dry run. Raises BadFile."""
        if name not in self._images:
            self._images[name] = self._image(name)
        return self._images[name]

    def _image(self, name: str) -> Image | None:
        row, path = self.images.get(name), self.site.root / IMAGES / name
        if row is None or Path(name).name != name or not self.site.has_file(path):
            raise BadFile(1, _("There is no image %s in the export.") % name)
        if existing := Image.objects.filter(digest=str(row.get("digest"))).first():
            return existing
        if self.dry_run:
            return None
        created_at = parse_datetime(row.get("created"), UTC)
        try:
            with self.site.sources.open(path) as file:
                return media.restore_image(
                    file=File(file),
                    **{key: value for key, value in row.items() if key in _IMAGE_FIELDS},
                    **({"created_at": created_at} if created_at else {}),
                )
        except (ValidationError, TypeError) as error:
            message = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            raise BadFile(1, _("The image %(name)s: %(problem)s") % {"name": name, "problem": message}) from None
        except (media.Busy, media.StorageFailed):
            raise BadFile(1, _("The image %s cannot be stored just now. Import again.") % name) from None

    def body(self, text: str) -> str:
        """Return the text with its image references replaced by the addresses of the images in this blog."""

        def replace(found: re.Match) -> str:
            if found[1] not in self.images:
                return found[0]
            image = self.image(found[1])
            if image is None:
                return found[0]
            return addresses.media(f"{image.digest}/{found[2]}") if found[2] else image.address

        return IMAGE_REFERENCE.sub(replace, text)


_IMAGE_FIELDS = frozenset(["digest", "name", "kind", "width", "height", "size", *Image.DESCRIPTION_FIELDS])


def _aliases(row: dict) -> tuple[str, ...]:
    return tuple(map(str, as_list(row.get("aliases"))))


def _pick(row: dict, *names: str) -> dict[str, str]:
    return {name: str(row[name]) for name in names if row.get(name)}
