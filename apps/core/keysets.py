"""Keyset pagination: a page begins after the key of the last row before it, so every page costs the same.

A keyset is an order for `order_by`: columns that are unique together, preferably those of an index. The values of these
columns in the last row of a page are the key after which the next page begins; a cursor holds this key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row")


class Page(NamedTuple, Generic[Row]):
    """The rows of a page in order, and whether there are pages before and after it."""

    rows: list[Row]
    has_previous: bool
    has_next: bool


def names(order: Iterable[str]) -> list[str]:
    """Return the columns of an order without the "-" of descending columns."""
    return [column.removeprefix("-") for column in order]


class _Column(NamedTuple):
    name: str
    descends: bool

    def after(self, value: Any, or_equal: str = "") -> Q:
        """Return the condition for rows after a value in this column, or after NULL, which sorts before all values."""
        if value is None and or_equal:
            return Q()
        if value is None:
            return Q(pk__in=[]) if self.descends else Q(**{f"{self.name}__isnull": False})
        return Q(**{f"{self.name}__{'lt' if self.descends else 'gt'}{or_equal}": value})


def beyond(order: Sequence[str], key: Sequence[Any], *, backwards: bool = False) -> Q:
    """Return the condition for the rows after `key` in an order, or before it if `backwards`.

    The values of the key may be expressions, or those returned by `encode`. A column may be NULL in all rows of a list,
    but not only in some of them. Raises ValueError if the key has another length than the order. For an invalid value,
    `filter` raises the error of the field.

    The condition is `a <= x AND (a < x OR (a = x AND b < y))`. With it MariaDB reads only the rows of the page from an
    index on `(a, b)`. With the shorter `a <= x AND (a < x OR b < y)` it reads all rows with the same `a`, and with the
    row value `(a, b) < (x, y)` all rows from the end of the index. `a <= x` is redundant, but SQLite needs it to seek
    in the index.
    """
    descends = [column.startswith("-") != backwards for column in order]
    columns = [_Column(name, down) for name, down in zip(names(order), descends, strict=True)]
    condition, equal = Q(), Q()
    for column, value in zip(columns, key, strict=True):
        condition |= equal & column.after(value)
        equal &= Q(**{column.name: value})
    return columns[0].after(key[0], or_equal="e") & condition if len(columns) > 1 else condition


def encode(key: Iterable[Any]) -> list[Any]:
    """Return a key as values for JSON, with dates in ISO 8601. `beyond` accepts these values too."""
    return [value.isoformat() if isinstance(value, datetime) else value for value in key]


def read(rows: QuerySet[Any, Row], size: int, *, is_first: bool, backwards: bool = False) -> Page[Row]:
    """Read a page of ordered rows, and one row more to find out whether another page follows.

    Unless `is_first`, the rows have been filtered by a key, so there is a page on the other side of that key.
    """
    return page(list((rows.reverse() if backwards else rows)[: size + 1]), size, is_first=is_first, backwards=backwards)


def page(found: list[Row], size: int, *, is_first: bool, backwards: bool = False) -> Page[Row]:
    """Return the page of the rows that a query of `size + 1` rows found, which is reversed if `backwards`."""
    shown, more = found[:size], len(found) > size
    if backwards:
        return Page(shown[::-1], more, bool(shown))
    return Page(shown, bool(shown) and not is_first, more)


def cut(rows: list[Row], size: int) -> tuple[list[Row], Row | None]:
    """Return the first `size` rows and, if there are more, the last of these, after which the next page begins."""
    return rows[:size], rows[size - 1] if len(rows) > size else None


def batches(rows: QuerySet[Model], size: int, *, after: int = 0) -> Iterator[list[Any]]:
    """Yield rows in batches in the order of their ids, beginning after the id `after`.

    Rows that exist during the whole iteration are never missed.
    """
    rows = rows.order_by("pk")
    while batch := list(rows.filter(pk__gt=after)[:size]):
        yield batch
        after = batch[-1].pk
