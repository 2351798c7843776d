"""The comments that Staticman wrote into a static site: a file for each, in a folder for each post.

https://staticman.net/docs/configuration: `_data/comments/<name of the post>/<anything>.yml`, for Hugo in `data/comments/`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.core.validators import YEARS
from apps.importing.dates import parse_datetime
from apps.importing.report import CommentData, Level, Report

from .site import BadConfiguration, Site, load

FOLDERS = ("_data/comments", "data/comments")
SUFFIXES = (".yml", ".yaml", ".json")
_PARENTS = ("reply_to", "replying_to", "replyTo", "_parentId")


def read(site: Site, name: str, source_id: Callable[[str], str], report: Report) -> list[CommentData]:
    """Return the comments of the post of this name, the oldest first; what is no comment is reported.

    `source_id` returns the source id for a path. (Another post may have a comment in a file of the same name.)
    """
    rows: list[tuple[datetime, str, dict[str, Any]]] = []
    for path in (path for folder in FOLDERS for path in site.sources.children(site.root / folder / name)):
        if path.suffix not in SUFFIXES or not site.has_file(path):
            continue
        try:
            row = load(path, site.sources)
        except BadConfiguration as error:
            report(Level.WARNING, str(path), 1, str(error))
            continue
        created_at = _date(row.get("date"))
        if created_at is None or not row.get("message"):
            report(Level.WARNING, str(path), 1, _("has no `message` or no `date`, and is no comment; left out"))
            continue
        rows.append((created_at, str(row.get("_id") or path.stem), row))
    rows.sort(key=lambda row: row[:2])
    ids = [own_id for _created_at, own_id, _row in rows]
    return [
        CommentData(
            source_id=source_id(f"{FOLDERS[0]}/{name}/{own_id}"),
            parent=source_id(f"{FOLDERS[0]}/{name}/{parent}")
            if (parent := _parent(row, ids)) not in ("", own_id)
            else "",
            name=str(row.get("name") or ""),
            body=str(row["message"]),
            status="approved",  # Those that waited for somebody were on a branch of the repository.
            created_at=created_at,
            email=str(row.get("email") or ""),  # Of most sites a digest, which is no address and not kept.
            website=str(row.get("url") or ""),
        )
        for created_at, own_id, row in rows
    ]


def _parent(row: dict[str, Any], ids: list[str]) -> str:
    """Return the id of the comment that this one answers: themes write its id, or its number among those of the post."""
    named = next((str(row[key]) for key in _PARENTS if row.get(key)), "")
    if named in ids:
        return named
    place = int(named) if named.isascii() and named.isdecimal() and len(named) < 10 else 0
    return ids[place - 1] if 0 < place <= len(ids) else ""


def _date(value: Any) -> datetime | None:
    """Return the moment of a date, or of a number of seconds or milliseconds since 1970; None if it is neither."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 14:
        value = int(value)
    if isinstance(value, int) and 10**8 < value < 10**14:
        found: datetime | None = datetime.fromtimestamp(value if value < 10**11 else value / 1000, UTC)
    else:
        found = parse_datetime(value, UTC)
    return found.astimezone(UTC) if found and found.year in YEARS else None
