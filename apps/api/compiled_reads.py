"""The queries of reads by id and of lists without filters, compiled once for each shape (`core/compiled_queries.py`).

A shape is all that the SQL of a read depends on, besides the values of its parameters. docs/decisions/0040 has the reasons.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import BigIntegerField, DateTimeField, QuerySet

from apps.core import keysets
from apps.core.compiled_queries import CompiledQuery, Parameter

if TYPE_CHECKING:
    from .serializers import ResourceSerializer

MAX_QUERIES = 128
"""The compiled queries that a process keeps, of all shapes together."""


class ReadShape(NamedTuple):
    """What the columns and the SQL of a read depend on."""

    viewset: Any
    """The class of the resource's viewset, whose `rows` and `listed` build the queries."""
    presenter: ResourceSerializer
    """The shared serializer of the requested fields."""
    is_etag_only: bool = False
    rights: Hashable = None
    """What the SQL depends on of the rights of the user, as the viewset's `rights` tells."""


class Values(NamedTuple):
    """What differs between reads of the same shape: values, or the parameters in their place."""

    now: datetime | Parameter
    user: int | Parameter | None
    """The id of the user, None for somebody without a token."""


class Section(NamedTuple):
    """Which part of an ordered list a page is, without the key that it begins at."""

    order: tuple[str, ...]
    size: int
    is_first: bool
    backwards: bool

    def of(self, rows: QuerySet, key: Any) -> QuerySet:
        """Return the rows of the page and one more, which tells whether another page follows."""
        if not self.is_first:
            rows = rows.filter(keysets.beyond(self.order, key, backwards=self.backwards))
        return (rows.reverse() if self.backwards else rows)[: self.size + 1]


_PARAMETERS = Values(Parameter("now", DateTimeField()), Parameter("user", BigIntegerField()))


def one(shape: ReadShape, pk: int, values: Values) -> Any:
    """Return the row with an id, or None. Raises DatabaseError."""
    return _one(shape).first(pk=pk, **values._asdict()) if pk <= BigIntegerField.MAX_BIGINT else None


def page(shape: ReadShape, section: Section, key: list | None, values: Values) -> list[Any]:
    """Return the rows of a page of `listed`, and one more. Raises DatabaseError, and ValidationError for a wrong key."""
    return _page(shape, section).rows(
        **{f"key_{place}": value for place, value in enumerate(key or ())}, **values._asdict()
    )


@functools.lru_cache(maxsize=MAX_QUERIES)
def order(shape: ReadShape) -> tuple[str, ...]:
    """Return the order of `listed`."""
    return tuple(shape.viewset.listed(shape, _PARAMETERS).query.order_by)


@functools.lru_cache(maxsize=MAX_QUERIES)
def _one(shape: ReadShape) -> CompiledQuery:
    pk = Parameter("pk", BigIntegerField())
    return CompiledQuery(lambda: shape.viewset.rows(shape, _PARAMETERS).filter(pk=pk).order_by())


@functools.lru_cache(maxsize=MAX_QUERIES)
def _page(shape: ReadShape, section: Section) -> CompiledQuery:
    fields = [shape.viewset.queryset.model._meta.get_field(name) for name in keysets.names(section.order)]
    key = [Parameter(f"key_{place}", field) for place, field in enumerate(fields)]
    return CompiledQuery(lambda: section.of(shape.viewset.listed(shape, _PARAMETERS), key))
