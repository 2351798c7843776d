"""All writes to the blog. The API, the admin and the importers use these functions.

A write renders first, outside the transaction. Then one transaction checks the version and writes the row, its links,
aliases, history and search document. If public content changes, its last statement increments the content generation;
last, because all writers lock that row.

For invalid values, the functions raise `django.core.exceptions.ValidationError`, with translated messages by field. If
the row has changed since `expected_version`, they raise `StaleVersion`. In both cases nothing has been written.
"""

from apps.core.versioned import StaleVersion

from .aliases import create_alias, delete_alias
from .documents import refresh_tags, updates_all_documents
from .merging import merge_tags
from .pending import (
    Overlap,
    discard_pending,
    keep_for_later,
    publish_pending,
    rerender_pending,
    schedule_pending,
    write_due_updates,
)
from .posts import (
    AUTOMATIC,
    create_post,
    is_made_from_title,
    purge_post,
    record_source,
    render_post,
    rerender_post,
    restore_post,
    trash_post,
    update_post,
)
from .series import has_room
from .taxonomy import (
    create_author,
    create_series,
    create_tag,
    delete_author,
    delete_series,
    delete_tag,
    series_titled,
    tags_named,
    update_author,
    update_series,
    update_tag,
)
from .translations import language_conflict

__all__ = [
    "AUTOMATIC",
    "Overlap",
    "StaleVersion",
    "create_alias",
    "create_author",
    "create_post",
    "create_series",
    "create_tag",
    "delete_alias",
    "delete_author",
    "delete_series",
    "delete_tag",
    "discard_pending",
    "has_room",
    "is_made_from_title",
    "keep_for_later",
    "language_conflict",
    "merge_tags",
    "publish_pending",
    "purge_post",
    "record_source",
    "refresh_tags",
    "render_post",
    "rerender_pending",
    "rerender_post",
    "restore_post",
    "schedule_pending",
    "series_titled",
    "tags_named",
    "trash_post",
    "update_author",
    "update_post",
    "update_series",
    "update_tag",
    "updates_all_documents",
    "write_due_updates",
]
