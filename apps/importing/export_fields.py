"""The names in an export, for `exporter` and `apps.static_sites.broadsheet_reader`: its folder, and a post's fields.

An authored text, date or flag is exported and imported without further code. Relations are handled by each of the two
modules.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from apps.posts.models import Post
from apps.posts.post_fields import AUTHORED_FIELDS

GENERATOR = "broadsheet"
"""The key of the format's version in `broadsheet.yml`, and the name of this format among those of generators."""

IMAGES = "images"
"""The folder of the images, a sibling of `posts` and `pages`."""

_OTHER_NAMES = {
    "published_at": "date",
    "created_at": "created",
    "updated_at": "updated",
    "trashed_at": "trashed",
    "language": "lang",
    "is_featured": "featured",
    "comments_allowed": "comments",
    "cover_image": "cover",
}
"""Keys that other programs use too, where they differ from the fields' names."""

_FIRST = ("title", "slug", "kind", "status")
"""The first keys of a file."""

# The body is not in the front matter: it follows it.
_AUTHORED = [name for name in dict.fromkeys([*_FIRST, *AUTHORED_FIELDS]) if name != "body"]

# These fields are not authored, and an import restores them nevertheless.
_RESTORED = ("created_at", "updated_at", "trashed_at", "address_was_public", "aliases", "feed_id")

KEYS = {name: _OTHER_NAMES.get(name, name) for name in (*_AUTHORED, *_RESTORED)}
"""The front matter keys by field name."""


def _authored(*types: type[models.Field]) -> tuple[str, ...]:
    return tuple(name for name in _AUTHORED if isinstance(Post._meta.get_field(name), types))


TEXTS = _authored(models.CharField, models.TextField)
DATETIMES = _authored(models.DateTimeField)
FLAGS = _authored(models.BooleanField)


def default(name: str) -> Any:
    """Return the value of a field that a file does not set."""
    return Post._meta.get_field(name).get_default()
