"""Rows of another table as one JSON value, so that a row comes with all that is linked to it in one query."""

from __future__ import annotations

from django.db.models import Func, JSONField, QuerySet, Subquery


class _Array(Func):
    function = "JSON_ARRAY"
    output_field = JSONField()


class _ArrayOfRows(Func):
    """An aggregate over all rows of its query. It promises no order."""

    function = "JSON_ARRAYAGG"
    output_field = JSONField()

    def as_sqlite(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **extra)


def json_rows(rows: QuerySet, *columns: str) -> Subquery:
    """Return an expression for `columns` of `rows` (which may refer to the outer query): a list of lists, or None.

    It is in no order, and None only where the database makes nothing of no rows.
    """
    return Subquery(rows.order_by().values(_rows=_ArrayOfRows(_Array(*columns)))[:1])
