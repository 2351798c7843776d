"""What the public sees, as of when: the state that a cached page is good for.

A state is the content generation and the date of the next scheduled post. While both stay, no public page changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import DateTimeField, F, QuerySet, Subquery
from django.utils import timezone

from .compiled_queries import CompiledQuery, Parameter
from .models import ContentGeneration

SECONDS = 1.0
"""For how long a process goes by what it last asked."""


class State(NamedTuple):
    """How often the public content has changed, and when it next changes by itself."""

    generation: int
    due: datetime | None


class _Known(NamedTuple):
    state: State
    asked: float


_known: _Known | None = None
_last: State | None = None
_writes = 0


def last_known() -> State | None:
    """Return the state where this process knows it, and None where it would have to ask.

    That is when it has not asked within the last second, when a scheduled post is due by now, and after each write of
    its own, so that whoever writes reads what they wrote.
    """
    known = _known
    if known is None or time.monotonic() - known.asked >= SECONDS:
        return None
    due = known.state.due
    return None if due is not None and due <= timezone.now() else known.state


def fetch() -> State:
    """Ask the database, in one query. An equal state is the same object, as long as nothing else was answered.

    Raises DatabaseError, and ContentGeneration.DoesNotExist where its row was lost.
    """
    global _known, _last
    asked, writes = time.monotonic(), _writes
    row = _row.first(now=timezone.now())
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
        _known = _Known(state, asked)
    return state


NOW = Parameter("now", DateTimeField())
"""The moment at which the state is asked for, in the queries of `next_changes`."""
_next_changes: list[Callable[[], list[QuerySet]]] = []


def next_changes(queries: Callable[[], list[QuerySet]]) -> Callable[[], list[QuerySet]]:
    """Register a function (a decorator) that returns queries, each for when the public content next changes by itself."""
    _next_changes.append(queries)
    return queries


def _state() -> QuerySet:
    """Return the counter, and when the content next changes by itself, by each query that is registered for it."""
    due = [Subquery(query) for queries in _next_changes for query in queries()]
    return ContentGeneration.objects.filter(pk=1).values_list("value", *due)


_row = CompiledQuery(_state)


_put_off: ContextVar[list[bool] | None] = ContextVar("put_off", default=None)


def bump() -> None:
    """Count a public change. The last statement of a transaction: every writer waits for this one row."""
    put_off = _put_off.get()
    if put_off is not None:
        put_off.append(True)
        return
    ContentGeneration.objects.filter(pk=1).update(value=F("value") + 1)
    transaction.on_commit(_forget)


@contextmanager
def bumped_last() -> Iterator[None]:
    """Put off what is counted meanwhile to the end, for a transaction that has more to do after a write."""
    changes: list[bool] = []
    token = _put_off.set(changes)
    try:
        yield
    finally:
        _put_off.reset(token)
    if changes:
        bump()


def _forget() -> None:
    global _known, _writes
    _known, _writes = None, _writes + 1
