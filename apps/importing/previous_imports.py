"""The posts of earlier imports from the same source, according to their history."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.posts.models import Post

_FINGERPRINT = re.compile(r"\(([0-9a-f]{12})\)$")
_REASON = "imported from "


@dataclass(slots=True)
class PreviousImport:
    """A post that an earlier import wrote."""

    pk: int
    slug: str
    is_trashed: bool
    """Whether the post was trashed in the blog. A post that was imported as trash does not count."""
    is_edited: bool
    """Whether the post was edited in the blog after the import."""
    fingerprint: str
    source_state: str
    """What `record_source` recorded when the post was as its source."""


def find(source_ids: set[str]) -> dict[str, PreviousImport]:
    """Return the existing posts by their source ids."""
    columns = ("pk", "source_id", "slug", "version", "trashed_at", "source_state")
    rows = Post.objects.filter(source_id__in=source_ids).values_list(*columns)
    imports = _last_imports([row[0] for row in rows])
    found = {}
    for pk, source_id, slug, version, trashed_at, source_state in rows:
        imported_version, fingerprint, edited = imports.get(pk, (0, "", True))
        is_changed = version != imported_version
        found[source_id] = PreviousImport(
            pk, slug, trashed_at is not None and is_changed, is_changed and edited, fingerprint, source_state
        )
    return found


def _last_imports(pks: list[int]) -> dict[int, tuple[int, str, bool]]:
    """Return the version and fingerprint of each post's last import, and whether the post was edited later."""
    rows = (
        Post.history.filter(id__in=pks)
        .order_by("id", "history_id")
        .values_list("id", "version", "history_change_reason")
    )
    found: dict[int, tuple[int, str, bool]] = {}
    for pk, version, reason in rows:
        if (reason or "").startswith(_REASON):
            fingerprint = _FINGERPRINT.search(reason)
            found[pk] = (version, fingerprint[1] if fingerprint else "", False)
        elif pk in found and reason not in ("trashed", "restored"):
            found[pk] = (*found[pk][:2], True)
    return found


def reason(relative: str, fingerprint: str) -> str:
    """Return the change reason for the history: at most 100 characters, ending with the fingerprint."""
    room = 100 - len(_REASON) - len(fingerprint) - 3
    shown = relative if len(relative) <= room else f"…{relative[-room + 1 :]}"
    return f"{_REASON}{shown} ({fingerprint})"
