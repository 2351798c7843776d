"""What the public sees, as of when: the state that a kept page is good for.

A state is the content generation and the date of the next scheduled post. While both stay, no public page changes.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Subquery
from django.utils import timezone

from .models import ContentGeneration, Post


class State(NamedTuple):
    """How often the public content has changed, and when it next changes by itself."""

    generation: int
    due: datetime | None


latest: State | None = None
"""What this process last knew, or None while it knows nothing: before it has asked, or after a write of its own."""


def ask() -> State:
    """Ask the database, in one query, and remember the answer as `latest`."""
    global latest
    now = timezone.now()
    due = {
        kind: Subquery(
            Post.objects.filter(kind=kind, status=Post.Status.PUBLISHED, trashed_at__isnull=True, published_at__gt=now)
            .order_by("published_at")
            .values("published_at")[:1]
        )
        for kind in Post.Kind.values
    }
    row = ContentGeneration.objects.filter(pk=1).annotate(**{f"due_{kind}": each for kind, each in due.items()}).get()
    dates = [date for kind in due if (date := getattr(row, f"due_{kind}"))]
    latest = State(row.value, min(dates, default=None))
    return latest


def forget() -> None:
    """Have this process ask again: it has itself changed what the public sees."""
    global latest
    latest = None


def bump() -> None:
    """Count a public change. The last statement of a transaction: every writer waits for this one row."""
    ContentGeneration.objects.filter(pk=1).update(value=F("value") + 1)
    transaction.on_commit(forget)
