"""What `export_markdown` wrote, read back field by field, with nothing guessed.

Such a folder has a `broadsheet.yml`. Its texts are taken as they are: no templates, no shortcodes, no title looked for.
`_data/` has what is no field of a post: authors, tags and images, by the names that the posts call them by.
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

from apps.media import services as media
from apps.media.models import Image
from blog_project import addresses

from .export_fields import FLAGS, KEYS, MOMENTS, TEXTS, default
from .fields import moment
from .front_matter import Source
from .problems import BadFile
from .report import AuthorData, TagData
from .site import Site, load

GENERATOR = "broadsheet"
IMAGES = "images"
"""The folder of the images, beside those of posts and pages."""

PICTURE = re.compile(rf"\.\./{IMAGES}/([\w.-]+\.webp)(?:#([1-9]\d*\.\w+))?")
"""How a text names an image: its file, and which of its sizes where that is not the usual one."""


@dataclass
class Own:
    """The fields of a file."""

    values: dict[str, Any]
    tags: list[str]
    authors: list[str]
    aliases: list[str]
    translation_of: str
    cover: str
    created_at: datetime | None
    modified_at: datetime | None


def read(source: Source) -> Own:
    """Read the fields of a file of an export. Raises BadFile."""
    given = source.typed
    values: dict[str, Any] = {name: str(given.get(KEYS[name]) or default(name)) for name in TEXTS}
    values |= {name: _moment(source, KEYS[name]) for name in (*MOMENTS, "trashed_at")}
    values |= {name: bool(given.get(KEYS[name], default(name))) for name in (*FLAGS, "address_was_public")}
    return Own(
        values=values,
        tags=_texts(source, KEYS["tags"]),
        authors=_texts(source, KEYS["authors"]),
        aliases=_texts(source, KEYS["aliases"]),
        translation_of=str(given.get(KEYS["translation_of"]) or ""),
        cover=str(given.get(KEYS["cover_image"]) or ""),
        created_at=_moment(source, KEYS["created_at"]),
        modified_at=_moment(source, KEYS["updated_at"]),
    )


def _moment(source: Source, key: str) -> datetime | None:
    value = source.typed.get(key)
    found = moment(value, UTC)
    if value and found is None:
        raise BadFile(
            source.line_of(key), _("`%(key)s` is %(value)r, which is no date.") % {"key": key, "value": value}
        )
    return found


def _texts(source: Source, key: str) -> list[str]:
    value = source.typed.get(key) or []
    if not isinstance(value, list):
        raise BadFile(source.line_of(key), _("`%s` is no list.") % key)
    return [str(item) for item in value]


@dataclass
class Catalogue:
    """What an export has in `_data/`."""

    site: Site
    dry_run: bool
    _images: dict[str, Image | None] = field(default_factory=dict)

    @cached_property
    def people(self) -> dict[str, AuthorData]:
        """The authors, by their slugs."""
        return {
            slug: AuthorData(**{"slug": slug, **_known(row, "name", "bio", "website", "user")})
            for slug, row in self._rows("authors")
        }

    @cached_property
    def topics(self) -> dict[str, TagData]:
        """The tags, by their names."""
        return {
            name: TagData(name, **_known(row, "slug", "description"), aliases=tuple(map(str, row.get("aliases") or [])))
            for name, row in self._rows("tags")
        }

    @cached_property
    def pictures(self) -> dict[str, dict[str, Any]]:
        """What is known of the images, by their files."""
        return dict(self._rows("images"))

    def _rows(self, name: str) -> list[tuple[str, dict]]:
        path = self.site.root / "_data" / f"{name}.yml"
        rows = load(path) if path.is_file() else {}
        return [(str(key), row) for key, row in rows.items() if isinstance(row, dict)]

    def image(self, name: str) -> Image | None:
        """Return the image of a file, as it was; None in a dry run where it is new. Raises BadFile."""
        if name not in self._images:
            self._images[name] = self._image(name)
        return self._images[name]

    def _image(self, name: str) -> Image | None:
        row, path = self.pictures.get(name), self.site.root / IMAGES / name
        if row is None or Path(name).name != name or not path.is_file():
            raise BadFile(1, _("There is no image %s in the export.") % name)
        if known := Image.objects.filter(digest=str(row.get("digest"))).first():
            return known
        if self.dry_run:
            return None
        made = moment(row.get("created"), UTC)
        try:
            with path.open("rb") as file:
                return media.restore_image(
                    file=File(file),
                    **{key: value for key, value in row.items() if key in _IMAGE},
                    **({"created_at": made} if made else {}),
                )
        except (ValidationError, TypeError) as error:
            told = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            raise BadFile(1, _("The image %(name)s: %(problem)s") % {"name": name, "problem": told}) from None
        except (media.Busy, media.NotStored):
            raise BadFile(1, _("The image %s cannot be stored just now. Import again.") % name) from None

    def body(self, text: str) -> str:
        """Return a text with the addresses that its images have here."""

        def replace(found: re.Match) -> str:
            if found[1] not in self.pictures:
                return found[0]
            image = self.image(found[1])
            if image is None:
                return found[0]
            return addresses.media(f"{image.digest}/{found[2]}") if found[2] else image.address

        return PICTURE.sub(replace, text)


_IMAGE = frozenset(["digest", "name", "kind", "width", "height", "size", *Image.DESCRIBED])


def _known(row: dict, *names: str) -> dict[str, str]:
    return {name: str(row[name]) for name in names if row.get(name)}
