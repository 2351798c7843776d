"""Related rows as one JSON value, so that one query fetches rows together with their related rows."""

from __future__ import annotations

from django.db.models import Func, JSONField, QuerySet, Subquery


class _Array(Func):
    function = "JSON_ARRAY"
    output_field = JSONField()


class _ArrayOfRows(Func):
    """An aggregate over all rows of a query, in no particular order."""

    function = "JSON_ARRAYAGG"
    output_field = JSONField()

    def as_sqlite(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **extra)


def json_rows(rows: QuerySet, *columns: str) -> Subquery:
    """Return an expression whose value is a list of lists: `columns` of `rows`, which may use `OuterRef`.

    The list has no order. Without rows the value is None or an empty list, depending on the database.
    """
    return Subquery(rows.order_by().values(_rows=_ArrayOfRows(_Array(*columns)))[:1])
