"""Every write to the blog: the API, the admin and the importers all come through here.

A write renders first, outside the transaction. Then one transaction checks the version, writes the row, its
links, its alias, its history and its search document, and, only where the public sees a difference, bumps the
content generation as its last statement (that row is the one that all writers share).

All functions take keyword arguments. They raise `django.core.exceptions.ValidationError` (by field, for people)
for bad values and `StaleVersion` when the row changed since `expected_version`; then nothing was written.
"""

from apps.core.versioned import StaleVersion

from .aliases import create_alias, delete_alias
from .documents import is_found_at_once, refresh_tags
from .merging import merge_tags
from .posts import create_post, purge_post, render_post, rerender_post, restore_post, trash_post, update_post
from .taxonomy import create_author, create_tag, delete_author, delete_tag, tags_named, update_author, update_tag

__all__ = [
    "StaleVersion",
    "create_alias",
    "create_author",
    "create_post",
    "create_tag",
    "delete_alias",
    "delete_author",
    "delete_tag",
    "is_found_at_once",
    "merge_tags",
    "purge_post",
    "refresh_tags",
    "render_post",
    "rerender_post",
    "restore_post",
    "tags_named",
    "trash_post",
    "update_author",
    "update_post",
    "update_tag",
]
