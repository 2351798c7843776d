"""Where each post of an import will be: decided before the first is written, so that links between them can be mapped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.posts import slugs

from . import previous_imports

_LOOKUP = 200


@dataclass(slots=True, kw_only=True)
class Entry:
    """What the first reading keeps of a post."""

    source_id: str
    wanted_slug: str
    old_paths: list[str] = field(default_factory=list)
    slug: str = ""
    known: previous_imports.Known | None = None


def place(entries: Sequence[Entry], *, overwrite: bool) -> None:
    """Find out which of the posts the blog has already, and decide the slug of each."""
    for start in range(0, len(entries), _LOOKUP):
        batch = entries[start : start + _LOOKUP]
        known = previous_imports.known({entry.source_id for entry in batch})
        for entry in batch:
            entry.known = known.get(entry.source_id)
    planned = {entry.slug for entry in entries if _keeps_slug(entry, overwrite)}
    for entry in entries:
        if not entry.slug:
            entry.slug = _free_slug(entry, planned)
            planned.add(entry.slug)


def _keeps_slug(entry: Entry, overwrite: bool) -> bool:
    known = entry.known
    if known is None:
        return False
    is_left_alone = known.is_trashed or (known.is_edited and not overwrite)
    if is_left_alone or re.fullmatch(re.escape(entry.wanted_slug) + r"(-\d+)?", known.slug):
        entry.slug = known.slug
    return bool(entry.slug)


def _free_slug(entry: Entry, planned: set[str]) -> str:
    in_blog = slugs.taken_among_posts(entry.known.pk if entry.known else None)
    return slugs.free_slug(entry.wanted_slug, lambda wanted: in_blog(wanted) | (planned & set(wanted)))
