"""Reads the change feed: pages of what changed for everybody since a position, none missed.

A position says up to which row the feed was told, and up to which time. A page continues in two steps:

1. **Rows**, in the order of their ids, which is that of the commits. A row that is written late comes late, and is
   told all the same. Whether its object was visible before and is now is seen at the time of the position, or when the
   row was written if that is later.
2. **What came due**, when all rows are told: rows whose date, then in the future, is one that the clock has passed since
   the time of the position, and that have no successor. So a scheduled post is told at its second, without a job.

The clock is the database's alone, and a position never goes back in time. Step 1 tells what was visible at the time of
the position, and step 2 what became visible since, so each is told once, whichever is committed first.

What others show of a changed object (its **dependents**: the posts of a renamed tag, the comments of a withdrawn post)
is looked up when the feed is read, so that a write costs the same for any number of them. A page ends within them if it
is full, and the position says where. The apps register which kinds there are, with their dependents.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Greatest, Now

from . import keysets
from .models import Change, ContentGeneration

CLOCK_TOLERANCE = timedelta(seconds=60)
"""By how much the clocks of processes and of the database may differ."""
MAX_LOOKUPS = 20
"""How often a page looks for dependents, at most."""


class Expired(Exception):
    """What followed a position is not known any more: too old, or from before the database was restored."""


class Cause(StrEnum):
    """Why an object is told."""

    CREATED = "created"
    CHANGED = "changed"
    PUBLISHED = "published"
    DUE = "due"
    """Published by its date."""
    LEFT = "unpublished"
    DELETED = "deleted"

    @property
    def event(self) -> str:
        """What a reader of the feed is told."""
        return Cause.PUBLISHED.value if self is Cause.DUE else self.value


class Entry(NamedTuple):
    """One entry of the feed."""

    kind: str
    pk: int
    version: int | None
    """The version of the object, at least; None where it does not matter, because it is gone."""
    event: str
    at: datetime


class Position(NamedTuple):
    """How far the feed was told. Its values are those of JSON, but for `clock`."""

    row: int
    """The id of the last row."""
    stamp: str
    """The time of that row, by which another row of the same id is known after a restore. Empty for no row."""
    clock: datetime
    """The time up to which that is told which becomes visible by its date."""
    tie: int | None = None
    """Of what became visible exactly at `clock`, only rows up to this id were told; None for all."""
    lookup: list | None = None
    """Dependents that are not all told: id of the row, cause, index of the dependents, last key."""


class Page(NamedTuple):
    """A part of the feed."""

    entries: list[Entry]
    position: Position
    has_more: bool


class Dependents(NamedTuple):
    """Objects of `kind` whose representation depends on that of another."""

    kind: str
    causes: frozenset[Cause]
    """The causes for which they are told. With CHANGED, only if the change `spreads`."""
    find: Callable[[Change, Any, int], list[tuple[int, Any]]]
    """Returns (id, key) of those after a key (None for the first), in the order of the keys, up to a number."""


class Kind(ABC):
    """What the feed has to know of a kind of object. Each app registers its own with `register`."""

    name: str
    """The name of the model."""
    resource: str
    """The name of the collection in URLs."""
    has_dates = False
    """Whether objects become visible by a date."""
    dependents: tuple[Dependents, ...] = ()

    @abstractmethod
    def public(self, ids: Collection[int], now: datetime) -> dict[int, int]:
        """Return the versions of those objects that the API shows to everybody, by id."""

    def settle(self, causes: list[tuple[Change, Cause]], now: datetime) -> Iterable[Cause | None]:
        """Return for each change what is told of it, given what follows from the row alone."""
        return [cause for _change, cause in causes]


_kinds: dict[str, Kind] = {}


def register(kind: type[Kind]) -> type[Kind]:
    """Register a kind, as a decorator of its class."""
    _kinds[kind.name] = kind()
    return kind


def resources() -> dict[str, str]:
    """Return the name of the collection of each kind, in the order of the names of the kinds."""
    return {name: _kinds[name].resource for name in sorted(_kinds)}


class UtcNow(Now):
    """The database's clock in UTC. Django's `Now` is in the time zone of the server, of which Django knows nothing."""

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> tuple:
        """Return the time in UTC, to the microsecond."""
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)", **context)


def database_time() -> datetime:
    """Return the time by the database's clock."""
    return ContentGeneration.objects.values_list(UtcNow(), flat=True).get(pk=1)


def present() -> Position:
    """Return the position after all that is committed.

    Its time lies back by `CLOCK_TOLERANCE`: a process whose clock is slow may not yet show what has just come due.
    """
    last = Change.objects.order_by("-pk").first()
    clock = database_time() - CLOCK_TOLERANCE
    if last is None:
        return Position(_trimmed()[0], "", clock)
    return Position(last.pk, _stamp(last), clock)


def read(position: Position | None, size: int, kinds: Collection[str] | None = None) -> Page:
    """Return the page after a position; None begins with the oldest row that is kept.

    A page has at most `size` entries, only those of `kinds` if given, and may have fewer although more follow. Raises
    Expired.
    """
    start = position or Position(_trimmed()[0], "", database_time())
    reader = _Reader(start, size, _kinds.keys() if kinds is None else kinds)
    has_more = not reader.read_on()
    # Last, because rows may be trimmed meanwhile.
    if position is not None:
        trimmed, trimmed_at = _trimmed()
        if position.row < trimmed or (trimmed_at is not None and position.clock < trimmed_at):
            raise Expired
    return Page(reader.entries, reader.position, has_more)


def trim(before: datetime, batch: int = 5000) -> int:
    """Delete the rows that were written, and became visible, before a time. Return their number.

    A position that these rows follow is expired from then on.
    """
    total = after = 0
    while rows := list(Change.objects.filter(pk__gt=after).order_by("pk").only("at", "visible_at")[:batch]):
        after = rows[-1].pk
        old = [row.pk for row in rows if row.at < before and (row.visible_at is None or row.visible_at < before)]
        if old:
            _delete(old, before)
            total += len(old)
        # Rows are nearly in the order of their times.
        if all(row.at >= before for row in rows):
            break
    return total


def _delete(ids: list[int], before: datetime) -> None:
    with transaction.atomic():
        Change.objects.filter(pk__in=ids).delete()
        # A row that was kept for its date may be deleted after rows of higher ids.
        trimmed = Greatest("trimmed", Value(ids[-1]))
        # Last, because all writers wait for this row.
        ContentGeneration.objects.filter(pk=1).update(trimmed=trimmed, trimmed_at=before)


def _trimmed() -> tuple[int, datetime | None]:
    return ContentGeneration.objects.values_list("trimmed", "trimmed_at").get(pk=1)


def _stamp(change: Change) -> str:
    return change.at.isoformat()


class _Reader:
    """Reads one page from `position`, which it moves on."""

    def __init__(self, position: Position, size: int, kinds: Collection[str]) -> None:
        self.position, self.size, self.kinds = position, size, kinds
        self.entries: list[Entry] = []
        self.lookups = MAX_LOOKUPS
        self.now = max(position.clock, database_time())

    def read_on(self) -> bool:
        """Fill the page. Return whether all is told. Raises Expired."""
        last, rows = self._rows()
        return self._continue_lookup(last) and self._tell_rows(rows) and self._tell_due()

    @property
    def _room(self) -> int:
        return self.size - len(self.entries) if self.lookups > 0 else 0

    def _rows(self) -> tuple[Change | None, list[Change]]:
        """Return the row of the position, and those after it: one more than a page has room for."""
        row, stamp = self.position.row, self.position.stamp
        rows = list(Change.objects.filter(pk__gte=row).order_by("pk")[: self.size + 2])
        last = rows.pop(0) if rows and rows[0].pk == row else None
        # The row may have been trimmed since, as the last one. Otherwise the database is another, restored one.
        if stamp and (last is None or _stamp(last) != stamp) and (last is not None or row > _trimmed()[0]):
            raise Expired
        return last, rows[: self.size + 1]

    def _continue_lookup(self, last: Change | None) -> bool:
        if self.position.lookup is None:
            return True
        pk, cause, index, key = self.position.lookup
        change = last if last is not None and last.pk == pk else Change.objects.filter(pk=pk).first()
        if change is None:
            raise Expired
        return self._tell_dependents(change, Cause(cause), index, key)

    def _tell_rows(self, rows: list[Change]) -> bool:
        for change, cause in self._settled(rows[: self.size]):
            if not self._room:
                return False
            self.position = self.position._replace(row=change.pk, stamp=_stamp(change))
            if cause is not None and not self._tell(change, cause):
                return False
        return len(rows) <= self.size

    def _tell_due(self) -> bool:
        room = self._room
        if not room:
            return False
        rows = list(self._due()[: room + 1])
        for change in rows[:room]:
            if not self._room:
                return False
            self.position = self.position._replace(clock=change.visible_at, tie=change.pk)
            # A row that was visible when it was written was told by its id.
            cause = Cause.CHANGED if change.event == Change.Event.SCHEDULED else Cause.DUE
            if change.visible_at > change.at and not change.is_superseded and not self._tell(change, cause):
                return False
        if len(rows) > room:
            return False
        self.position = self.position._replace(clock=self.now, tie=None)
        return True

    def _due(self) -> QuerySet:
        clock, tie = self.position.clock, self.position.tie
        dated = [name for name, kind in _kinds.items() if kind.has_dates]
        later = Change.objects.filter(kind=OuterRef("kind"), object_id=OuterRef("object_id"), pk__gt=OuterRef("pk"))
        rows = Change.objects.filter(kind__in=dated, visible_at__lte=self.now)
        after = keysets.beyond(("visible_at",), (clock,)) if tie is None else keysets.beyond(_BY_DATE, (clock, tie))
        return rows.filter(after).order_by(*_BY_DATE).annotate(is_superseded=Exists(later))

    def _settled(self, rows: list[Change]) -> list[tuple[Change, Cause | None]]:
        """Return what each row tells; None for what nobody saw."""
        causes = [(change, self._cause(change)) for change in rows]
        found: dict[int, Cause | None] = {}
        for name, kind in _kinds.items():
            own = [(change, cause) for change, cause in causes if change.kind == name and cause is not None]
            if own:
                settled = kind.settle(own, self.now)
                found |= {change.pk: cause for (change, _cause), cause in zip(own, settled, strict=True)}
        return [(change, found.get(change.pk)) for change in rows]

    def _cause(self, change: Change) -> Cause | None:
        if change.event == Change.Event.DELETED:
            return Cause.DELETED
        if change.visible_at is None and change.was_visible_at is None:
            return Cause.CHANGED  # Told of what is public when it is read.
        was_seen = _is_past(change.was_visible_at, max(self.position.clock, change.at))
        if not self._is_seen(change):
            return Cause.LEFT if was_seen else None
        if was_seen:
            return Cause.DUE if self._came_due_untold(change) else Cause.CHANGED
        return _CAUSES.get(change.event, Cause.PUBLISHED)

    def _came_due_untold(self, change: Change) -> bool:
        """Return whether the date passed after the position, before this row superseded the one that would tell it."""
        if not _kinds[change.kind].has_dates or change.was_visible_at <= self.position.clock:
            return False
        earlier = Change.objects.filter(kind=change.kind, object_id=change.object_id, pk__lt=change.pk)
        last = earlier.order_by("-pk").first()
        return last is not None and last.visible_at is not None and last.visible_at > last.at

    def _is_seen(self, change: Change) -> bool:
        """Return whether the object is visible after the change; if not, it is told when it comes due."""
        moment, clock = change.visible_at, self.position.clock
        if moment == clock and self.position.tie is not None and change.at < clock:
            return False
        return _is_past(moment, max(clock, change.at))

    def _tell(self, change: Change, cause: Cause) -> bool:
        """Tell an object and its dependents; return whether the page had room for all."""
        if change.object_ids is None:
            self._add(change.kind, {change.object_id: change.version}, change, cause)
        return self._tell_dependents(change, cause, 0, None)

    def _tell_dependents(self, change: Change, cause: Cause, index: int, key: Any) -> bool:
        for place, dependents in enumerate(_dependents(change, cause)[index:], index):
            while dependents.kind in self.kinds:
                room = self._room
                if not room:
                    self.position = self.position._replace(lookup=[change.pk, cause.value, place, key])
                    return False
                self.lookups -= 1
                found = dependents.find(change, key, room)
                self._add(
                    dependents.kind, self._versions(dependents.kind, [pk for pk, _key in found], cause), change, cause
                )
                if len(found) < room:
                    break
                key = found[-1][1]
            key = None
        self.position = self.position._replace(lookup=None)
        return True

    def _versions(self, kind: str, ids: list[int], cause: Cause) -> dict[int, int | None]:
        if cause in (Cause.LEFT, Cause.DELETED):
            return dict.fromkeys(ids)
        versions = _kinds[kind].public(ids, self.now) if ids else {}
        return {pk: versions[pk] for pk in ids if pk in versions}

    def _add(self, kind: str, versions: dict[int, int | None], change: Change, cause: Cause) -> None:
        if kind in self.kinds:
            at = change.visible_at if cause is Cause.DUE or change.event == Change.Event.SCHEDULED else change.at
            self.entries += [Entry(kind, pk, version, cause.event, at) for pk, version in versions.items()]


_BY_DATE = ("visible_at", "pk")
_CAUSES = {Change.Event.CREATED: Cause.CREATED, Change.Event.SCHEDULED: Cause.CHANGED}
"""Why an object is told that was not seen before, by the event of the change; for others it was published."""


def _is_past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _dependents(change: Change, cause: Cause) -> list[Dependents]:
    if change.object_ids is not None:
        return [Dependents(change.kind, frozenset(Cause), _members)]
    if cause is Cause.CHANGED and not change.spreads:
        return []
    return [dependents for dependents in _kinds[change.kind].dependents if cause in dependents.causes]


def _members(change: Change, after: int | None, number: int) -> list[tuple[int, int]]:
    """Return the ids that a row of several objects holds, from the index `after` on."""
    start = after or 0
    return [(pk, start + index) for index, pk in enumerate(change.object_ids[start : start + number], 1)]
