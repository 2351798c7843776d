"""Lists by keyset: a page begins where the last one ended, so the hundredth costs what the first does.

A keyset is an order, as `order_by` takes it: columns that together are unique, best those of an index. The values of
these columns in the last row of a page are the key after which the next page begins, and what its cursor holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row")


class Page(NamedTuple, Generic[Row]):
    """The rows of a page, in order, and whether there are others on its two sides."""

    rows: list[Row]
    has_previous: bool
    has_next: bool


def names(order: Iterable[str]) -> list[str]:
    """Return the columns of an order without their signs."""
    return [column.removeprefix("-") for column in order]


class _Column(NamedTuple):
    name: str
    descends: bool
    has_null: bool

    def past(self, value: Any, or_equal: str = "") -> Q:
        """Return the condition for what comes after a value in this column; NULL is the least."""
        if value is None and or_equal:
            return Q()
        if value is None:
            return Q(pk__in=[]) if self.descends else Q(**{f"{self.name}__isnull": False})
        past = Q(**{f"{self.name}__{'lt' if self.descends else 'gt'}{or_equal}": value})
        return past | Q(**{self.name: None}) if self.descends and self.has_null else past


def beyond(order: Sequence[str], key: Sequence[Any], *, backwards: bool = False, nullable: Collection[str] = ()) -> Q:
    """Return the condition for the rows after `key` in an order, or before it if `backwards`.

    The values of the key may be expressions, or what `encode` made of them. `nullable` are the columns in which the
    list has NULL, which MySQL, MariaDB and SQLite order before all values. Raises ValueError for a key of another
    length. For a value that a column cannot have, `filter` raises what the field does.

    The condition is `a <= x AND (a < x OR (a = x AND b < y))`. With it MariaDB reads only the rows of the page from an
    index on `(a, b)`. With the shorter `a <= x AND (a < x OR b < y)` it reads all rows that have the same `a`, and with
    the row value `(a, b) < (x, y)` all rows from the end of the index on. `a <= x` follows from the rest, but SQLite
    needs it to find where in the index to begin.
    """
    descends = [column.startswith("-") != backwards for column in order]
    columns = [_Column(name, down, name in nullable) for name, down in zip(names(order), descends, strict=True)]
    condition, equal = Q(), Q()
    for column, value in zip(columns, key, strict=True):
        condition |= equal & column.past(value)
        equal &= Q(**{column.name: value})
    return columns[0].past(key[0], or_equal="e") & condition if len(columns) > 1 else condition


def encode(key: Iterable[Any]) -> list[Any]:
    """Return a key as JSON can hold it; `beyond` takes it like that too."""
    return [value.isoformat() if isinstance(value, datetime) else value for value in key]


def read(rows: QuerySet[Any, Row], size: int, *, is_first: bool, backwards: bool = False) -> Page[Row]:
    """Read a page of rows that are in order, and one row more, which tells whether there is another page.

    They begin beyond a key, unless the page `is_first`: whoever comes from somewhere can go back there.
    """
    found = list((rows.reverse() if backwards else rows)[: size + 1])
    shown, more = found[:size], len(found) > size
    if backwards:
        return Page(shown[::-1], more, bool(shown))
    return Page(shown, bool(shown) and not is_first, more)


def cut(rows: list[Row], size: int) -> tuple[list[Row], Row | None]:
    """Return the rows of a page and, where one row more was found, the one after which the next page begins."""
    return rows[:size], rows[size - 1] if len(rows) > size else None


def batches(rows: QuerySet[Model], size: int, *, after: int = 0) -> Iterator[list[Any]]:
    """Walk through rows in the order of their ids, beginning after one; none is missed that was there all the time."""
    rows = rows.order_by("pk")
    while batch := list(rows.filter(pk__gt=after)[:size]):
        yield batch
        after = batch[-1].pk
