"""What the front matter of an export calls the fields of a post: `exporting` writes them, `broadsheet_export` reads them.

An authored text, moment or flag needs nothing more to be in both. What points to other rows is named by each of the
two in a way of its own.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from apps.posts.models import Post
from apps.posts.post_fields import AUTHORED_FIELDS

_OTHER_NAMES = {
    "published_at": "date",
    "created_at": "created",
    "updated_at": "updated",
    "trashed_at": "trashed",
    "language": "lang",
    "comments_allowed": "comments",
    "cover_image": "cover",
}
"""Words that other programs know, where these are not the fields' own names."""

_FIRST = ("title", "slug", "kind", "status")
"""What a file begins with."""

# The text is no field of front matter, but what follows it.
_AUTHORED = [name for name in dict.fromkeys([*_FIRST, *AUTHORED_FIELDS]) if name != "body"]

# What nobody writes, and an import brings back all the same.
_KEPT = ("created_at", "updated_at", "trashed_at", "address_was_public", "aliases")

KEYS = {name: _OTHER_NAMES.get(name, name) for name in (*_AUTHORED, *_KEPT)}
"""What the fields of a post are called in its file."""


def _authored(*types: type[models.Field]) -> tuple[str, ...]:
    return tuple(name for name in _AUTHORED if isinstance(Post._meta.get_field(name), types))


TEXTS = _authored(models.CharField, models.TextField)
MOMENTS = _authored(models.DateTimeField)
FLAGS = _authored(models.BooleanField)


def default(name: str) -> Any:
    """Return what a post has in a field of which its file says nothing."""
    return Post._meta.get_field(name).get_default()
