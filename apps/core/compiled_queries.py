"""Queries that are compiled to SQL once: for a page, Django's compiler takes longer than the database.

A query whose SQL is the same in every call is built once, with a `Parameter` for each value that differs between calls:

    by_slug = CompiledQuery(lambda: Post.objects.filter(slug=Parameter("slug", CharField())))
    by_slug.rows(slug="about")

All other values are fixed when the query is built: the current time has to be a parameter too. A query whose SQL
differs (by a limit, or an optional condition) is another `CompiledQuery`. docs/decisions/0017 has the reasons.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import copy
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, QuerySet, prefetch_related_objects
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")


class Parameter(Expression):
    """A placeholder for a value that is passed by `name` when the query runs, and converted by `output_field`."""

    def __init__(self, name: str, output_field: Field) -> None:
        super().__init__(output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Parameter]]:
        """Return a placeholder, and the parameter itself as its value until the query runs."""
        return "%s", [self]


class Statement(NamedTuple):
    """SQL and its parameters, with a `Parameter` for each value that is passed when the query runs."""

    sql: str
    params: tuple

    def bind(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Statement:
        """Return the statement with values in place of its parameters. Raises KeyError for a missing value."""
        fields = {param.name: param.output_field for param in self.params if isinstance(param, Parameter)}
        # A value that occurs several times is converted once.
        prepared = {name: field.get_db_prep_value(values[name], connection) for name, field in fields.items()}
        return Statement(
            self.sql, tuple(prepared[param.name] if isinstance(param, Parameter) else param for param in self.params)
        )


def statement(queryset: QuerySet) -> Statement:
    """Return the SQL and the parameters to which Django compiles a queryset."""
    return Statement(*queryset.query.get_compiler(queryset.db).as_sql())


class _Compiled(NamedTuple):
    queryset: QuerySet
    compiler: SQLCompiler
    statement: Statement


class CompiledQuery(Generic[Row]):
    """A query that is built and compiled once in a process, when it first runs.

    `build` returns a new queryset. `finish` may replace the statement that Django compiles from it by another one with
    the same columns.
    """

    def __init__(
        self, build: Callable[[], QuerySet[Row]], finish: Callable[[Statement], Statement] = lambda statement: statement
    ) -> None:
        self._build, self._finish = build, finish
        self._compiled: _Compiled | None = None
        self._thread_local = threading.local()

    def rows(self, **values: Any) -> list[Row]:
        """Run the query with these values of its parameters, and return its rows. Raises DatabaseError."""
        if self._compiled is None:
            self._compiled = self._compile(self._build())
        queryset, _compiler, compiled = self._compiled
        compiler = self._compiler()
        compiler.as_sql = lambda: compiled.bind(values, compiler.connection)
        rows = list(queryset._iterable_class(queryset))
        if rows and queryset._prefetch_related_lookups:
            # By ordinary queries: how many there are depends on the rows.
            prefetch_related_objects(rows, *queryset._prefetch_related_lookups)
        return rows

    def first(self, **values: Any) -> Row | None:
        """Run the query and return the first row, or None if there is none. Raises DatabaseError."""
        return next(iter(self.rows(**values)), None)

    @property
    def name(self) -> str:
        """Where the query is built, for benchmarks/compiled.py."""
        return f"{self._build.__module__}.{self._build.__qualname__}"

    @property
    def is_compiled(self) -> bool:
        """Whether the query has run in this process."""
        return self._compiled is not None

    def copy(self) -> CompiledQuery[Row]:
        """Return the same query, not compiled yet."""
        return CompiledQuery(self._build, self._finish)

    def _compile(self, queryset: QuerySet[Row]) -> _Compiled:
        compiler = queryset.query.get_compiler(queryset.db)
        compiled = self._finish(Statement(*compiler.as_sql()))
        # The queryset's iterable class gets the compiler, which knows the columns, from the query.
        queryset.query.get_compiler = lambda *_args, **_options: self._thread_local.compiler
        return _Compiled(queryset, compiler, compiled)

    def _compiler(self) -> SQLCompiler:
        """Return this thread's copy of the compiler, which has the thread's own connection."""
        connection = connections[self._compiled.queryset.db]
        compiler: SQLCompiler | None = getattr(self._thread_local, "compiler", None)
        if compiler is None or compiler.connection is not connection:
            self._thread_local.compiler = compiler = copy(self._compiled.compiler)
            compiler.connection = connection
            # The converters depend only on the columns, so they are looked up once too.
            converters = compiler.get_converters([column for column, *_sql in compiler.select])
            compiler.get_converters = lambda _columns: converters
        return compiler
