"""Plan the slugs of an import's posts before the first is written, so that links between them can be mapped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.posts import slugs

from . import previous_imports

_BATCH_SIZE = 200


@dataclass(slots=True, kw_only=True)
class Entry:
    """The data of a post from the first pass."""

    source_id: str
    wanted_slug: str
    old_paths: list[str] = field(default_factory=list)
    slug: str = ""
    previous: previous_imports.PreviousImport | None = None


def plan_slugs(entries: Sequence[Entry], *, overwrite: bool) -> None:
    """Set `previous` and `slug` of each entry. An existing post keeps its slug unless `wanted_slug` changed."""
    for start in range(0, len(entries), _BATCH_SIZE):
        batch = entries[start : start + _BATCH_SIZE]
        previous = previous_imports.find({entry.source_id for entry in batch})
        for entry in batch:
            entry.previous = previous.get(entry.source_id)
    planned = {entry.slug for entry in entries if _reuse_slug(entry, overwrite)}
    for entry in entries:
        if not entry.slug:
            entry.slug = _free_slug(entry, planned)
            planned.add(entry.slug)


def _reuse_slug(entry: Entry, overwrite: bool) -> bool:
    previous = entry.previous
    if previous is None:
        return False
    is_left_alone = previous.is_trashed or (previous.is_edited and not overwrite)
    if is_left_alone or re.fullmatch(re.escape(entry.wanted_slug) + r"(-\d+)?", previous.slug):
        entry.slug = previous.slug
    return bool(entry.slug)


def _free_slug(entry: Entry, planned: set[str]) -> str:
    in_blog = slugs.taken_among_posts(entry.previous.pk if entry.previous else None)
    return slugs.free_slug(entry.wanted_slug, lambda wanted: in_blog(wanted) | (planned & set(wanted)))
