"""Queries that are compiled once: for a page, Django takes longer to write the SQL than the database to answer it.

A query whose shape is the same in every call is built once, with a `Parameter` where each call has a value of its own:

    by_slug = CompiledQuery(lambda: Post.objects.filter(slug=Parameter("slug", CharField())))
    by_slug.rows(slug="about")

Whatever else the query says is said once and for all: a moment such as now has to be a parameter too, and what changes
the SQL itself (a limit, whether there is a condition) makes another query. docs/decisions/0017 says why.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import copy
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")


class Parameter(Expression):
    """The place of a value that a query is given when it is run, by `name`, as a value of the field `output_field`."""

    def __init__(self, name: str, output_field: Field) -> None:
        super().__init__(output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Parameter]]:
        """Return the place, and itself as what is to be put there."""
        return "%s", [self]


class Statement(NamedTuple):
    """SQL and its parameters, with a `Parameter` in the place of each value that is not known yet."""

    sql: str
    params: tuple

    def filled(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Statement:
        """Return it with these values in their places. Raises KeyError where one is missing."""
        places = {param.name: param.output_field for param in self.params if isinstance(param, Parameter)}
        # Each is made what the database takes once, in however many places it is.
        made = {name: field.get_db_prep_value(values[name], connection) for name, field in places.items()}
        return Statement(
            self.sql, tuple(made[param.name] if isinstance(param, Parameter) else param for param in self.params)
        )


def statement(queryset: QuerySet) -> Statement:
    """Return what Django makes of a queryset."""
    return Statement(*queryset.query.get_compiler(queryset.db).as_sql())


class _Compiled(NamedTuple):
    queryset: QuerySet
    compiler: SQLCompiler
    statement: Statement


class CompiledQuery(Generic[Row]):
    """A query that is built and compiled once in a process, by whoever first runs it.

    `build` returns a new queryset, and `finish` what is to be run for it where that is not what Django makes of it: any
    statement with the same columns.
    """

    def __init__(
        self, build: Callable[[], QuerySet[Row]], finish: Callable[[Statement], Statement] = lambda made: made
    ) -> None:
        self._build, self._finish = build, finish
        self._compiled: _Compiled | None = None
        self._of_thread = threading.local()

    def rows(self, **values: Any) -> list[Row]:
        """Run it with these values of its parameters, and return what the queryset would. Raises DatabaseError."""
        if self._compiled is None:
            self._compiled = self._compile(self._build())
        queryset, _compiler, made = self._compiled
        compiler = self._compiler()
        compiler.as_sql = lambda: made.filled(values, compiler.connection)
        return list(queryset._iterable_class(queryset))

    def first(self, **values: Any) -> Row | None:
        """Return the first row, or None without any. Raises DatabaseError."""
        return next(iter(self.rows(**values)), None)

    def _compile(self, queryset: QuerySet[Row]) -> _Compiled:
        compiler = queryset.query.get_compiler(queryset.db)
        made = self._finish(Statement(*compiler.as_sql()))
        # What makes objects of the rows asks the query for the compiler that knows the columns.
        queryset.query.get_compiler = lambda *_args, **_options: self._of_thread.compiler
        return _Compiled(queryset, compiler, made)

    def _compiler(self) -> SQLCompiler:
        """Return the compiler of this thread, which knows the columns and has the thread's own connection."""
        connection = connections[self._compiled.queryset.db]
        found: SQLCompiler | None = getattr(self._of_thread, "compiler", None)
        if found is None or found.connection is not connection:
            self._of_thread.compiler = found = copy(self._compiled.compiler)
            found.connection = connection
            # How a column's value becomes Python's is a matter of the columns too.
            converters = found.get_converters([column for column, *_sql in found.select])
            found.get_converters = lambda _columns: converters
        return found
