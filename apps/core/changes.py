"""Makes the rows of the change feed that services pass to `content_state.bump`.

The feed tells what the API shows to everybody, so a service makes a row whenever that changes, and none for what is and
was private. `change_feed` reads the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone

from .models import Change
from .versioned import VersionedModel

Event = Change.Event

GROUP = 1000
"""The most ids that one row holds."""


def of(
    row: VersionedModel,
    *,
    before: bool = True,
    after: bool = True,
    event: Event = Event.CHANGED,
    parent_id: int | None = None,
    spreads: bool = False,
) -> Change:
    """Return the change of a row that has no date of its own: a tag, an author, an image or a comment.

    `before` and `after` say whether the API shows the row. For a comment that is its own state alone: `parent_id` is
    the post with which it is shown. `spreads` says whether representations of other rows change with it.
    """
    now = timezone.now()
    change = dated(
        row._meta.model_name, row.pk, before=now if before else None, after=now if after else None, at=now, event=event
    )
    change.version, change.parent_id, change.spreads = row.version, parent_id, spreads
    return change


def dated(
    kind: str,
    pk: int,
    *,
    before: datetime | None,
    after: datetime | None,
    at: datetime | None = None,
    version: int | None = None,
    event: Event = Event.CHANGED,
    spreads: bool = False,
) -> Change:
    """Return the change of what the API shows from a date on: from `before` until now, and from `after` from now on.

    None stands for never. `at` is the time of the change, now unless given.
    """
    return Change(
        kind=kind,
        object_id=pk,
        version=version,
        event=event,
        spreads=spreads,
        at=at or timezone.now(),
        visible_at=after,
        was_visible_at=before,
    )


def of_many(
    kind: str, ids: Sequence[int], *, event: Event = Event.CHANGED, parent_id: int | None = None
) -> list[Change]:
    """Return the changes of any number of objects of one kind, in few rows.

    Of those that have changed, the feed tells the ones that are public when it is read.
    """
    now = timezone.now()
    return [
        Change(kind=kind, object_ids=list(ids[start : start + GROUP]), event=event, parent_id=parent_id, at=now)
        for start in range(0, len(ids), GROUP)
    ]


def was_public(row: VersionedModel) -> bool:
    """Return whether the row was ever public, as far as the changes that are still kept tell.

    A deletion is told only of such a row. (If its last change is not kept any more, it was told long ago that the row
    left, because a row is hidden before it can be deleted.)
    """
    seen = Q(visible_at__lte=F("at")) | Q(was_visible_at__lte=F("at"))
    return Change.objects.filter(seen, kind=row._meta.model_name, object_id=row.pk).exists()
