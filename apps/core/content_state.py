"""The state of the public content, by which cached pages are validated, and the writing of the change feed.

A state is the content generation and the date of the next scheduled post. While both are the same, no public page
changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, QuerySet, Subquery
from django.utils import timezone

from .models import Change, ContentGeneration

MAX_AGE_SECONDS = 1.0
"""How long a process uses the state that it last fetched, in seconds."""


class State(NamedTuple):
    """The number of changes of the public content, and the time of its next scheduled change, if any."""

    generation: int
    due: datetime | None


class _Known(NamedTuple):
    state: State
    fetched_at: float


_known: _Known | None = None
_last: State | None = None
_writes = 0


def last_known() -> State | None:
    """Return the state without a query, or None if it has to be fetched.

    It has to be fetched if the last fetch is a second old, if a scheduled post is due, and after each write of this
    process, so that a client who writes and then reads gets the new content.
    """
    known = _known
    if known is None or time.monotonic() - known.fetched_at >= MAX_AGE_SECONDS:
        return None
    due = known.state.due
    return None if due is not None and due <= timezone.now() else known.state


def fetch() -> State:
    """Fetch the state in one query. An unchanged state is returned as the same object.

    Raises DatabaseError, and ContentGeneration.DoesNotExist if its only row was deleted.
    """
    global _known, _last
    fetched_at, writes = time.monotonic(), _writes
    row = _state_query(timezone.now()).first()
    if row is None:
        raise ContentGeneration.DoesNotExist(
            "The only row of core_contentgeneration is gone, which a migration made: put it back with id 1 and value 0."
        )
    value, *due = row
    state = State(value, min(filter(None, due), default=None))
    if state == _last:
        state = _last
    _last = state
    if writes == _writes:
        _known = _Known(state, fetched_at)
    return state


NextChanges = Callable[[datetime], list[QuerySet]]
_next_changes: list[NextChanges] = []


def register_next_changes(queries: NextChanges) -> NextChanges:
    """Register a function as a decorator. It gets the current time, and returns queries for the times of the next changes."""
    _next_changes.append(queries)
    return queries


def _state_query(now: datetime) -> QuerySet:
    """Return the query for the generation, and for the next scheduled change by each registered query."""
    due = [Subquery(query) for queries in _next_changes for query in queries(now)]
    return ContentGeneration.objects.filter(pk=1).values_list("value", *due)


_deferred_changes: ContextVar[list[tuple[Change, ...]] | None] = ContextVar("deferred_changes", default=None)


def bump(*changes: Change) -> None:
    """Count a public change, and write `changes` into the change feed.

    Call this as the last statement of a transaction: every writer waits for the lock of this one row. `changes` are
    what the API shows otherwise from now on (`apps.core.changes`); none for what only pages show. They are inserted
    under that lock, so their ids are in the order of the commits.
    """
    deferred = _deferred_changes.get()
    if deferred is not None:
        deferred.append(changes)
        return
    with transaction.atomic(savepoint=False):
        ContentGeneration.objects.filter(pk=1).update(value=F("value") + 1)
        if changes:
            Change.objects.bulk_create(changes)
        transaction.on_commit(invalidate)


@contextmanager
def bump_at_end() -> Iterator[None]:
    """Defer all bumps within the block to one at its end, for a transaction that has more to write."""
    deferred: list[tuple[Change, ...]] = []
    token = _deferred_changes.set(deferred)
    try:
        yield
    finally:
        _deferred_changes.reset(token)
    if deferred:
        bump(*(change for changes in deferred for change in changes))


def invalidate() -> None:
    """Have the state fetched before its next use. A fetch that is in progress is not stored."""
    global _known, _writes
    _known, _writes = None, _writes + 1
