"""The place of a post in its series, as its page shows it: its number, and the parts before and after it."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, DateTimeField
from django.utils import timezone

from apps.core.compiled_queries import CompiledQuery, Parameter

from .models import Post, Series, due_plan


class Part(NamedTuple):
    """The columns of a public post that a link to it needs."""

    id: int
    slug: str
    title: str
    language: str
    typography: bool
    due_plan: dict[str, Any] | None
    """What a scheduled update changes from now on (`PendingVersion.plan`), or None."""

    get_absolute_url = Post.get_absolute_url


class Place(NamedTuple):
    """The place of a post among the public parts of its series."""

    series: Series
    number: int
    """From 1."""
    total: int
    previous: Part | None
    next: Part | None


def place_of(post: Post) -> Place | None:
    """Return the place of a public post in its series, by one query; None for a post that is in none."""
    if post.series_id is None:
        return None
    parts = list(map(Part._make, _parts_query().rows(series=post.series_id, now=timezone.now())))
    number = next((number for number, part in enumerate(parts, 1) if part.id == post.pk), None)
    if number is None:  # It was taken out of the series, or withdrawn, after it was read.
        return None
    return Place(
        series=post.series,
        number=number,
        total=len(parts),
        previous=_as_updated(parts[number - 2]) if number > 1 else None,
        next=_as_updated(parts[number]) if number < len(parts) else None,
    )


def _as_updated(part: Part) -> Part:
    changes = part.due_plan["changes"] if part.due_plan else {}
    return part._replace(**{name: changes[name] for name in ("title", "typography") if name in changes})


@cache
def _parts_query() -> CompiledQuery[tuple]:
    series, now = Parameter("series", BigIntegerField()), Parameter("now", DateTimeField())
    parts = Post.objects.published(now).in_series(series)
    parts = parts.annotate(due_plan=due_plan(now)).values_list(*Part._fields)
    return CompiledQuery(lambda: parts[: Series.MAX_PARTS])
