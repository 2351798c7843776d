"""Print a Markdown table of the query plans (EXPLAIN) of each kind of page.

DATABASE_URL=mysql://… DEBUG=1 ROLE=all python manage.py shell --no-imports -c "from benchmarks import plans; plans.main()"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.test import Client

from apps.core import content_state

from .probe import addresses_by_kind, fetch

HEADINGS = ["page", "statement", "table", "access", "index", "rows", "extra"]


def main() -> None:
    """Print one row for each table that a statement reads."""
    print(f"| {' | '.join(HEADINGS)} |")
    print(f"|{' --- |' * len(HEADINGS)}")
    client = Client(headers={"host": "127.0.0.1"})
    actions = {"state of the content": lambda: content_state.fetch()}
    actions |= {name: lambda path=paths[0]: fetch(client, path) for name, paths in addresses_by_kind().items()}
    for name, act in actions.items():
        content_state.fetch()  # As the page cache does before a page is rendered.
        for number, (sql, parameters) in enumerate(_statements(act), 1):
            for row in _explain(sql, parameters):
                print(f"| {name} | {number} | {' | '.join(row)} |")
                name = ""


def _statements(act: Callable[[], Any]) -> list[tuple[str, Any]]:
    """Return the SELECT statements that `act` sends, with their parameters."""
    statements: list[tuple[str, Any]] = []

    def record(run: Callable, sql: str, parameters: Any, many: bool, context: dict) -> Any:
        statements.append((sql, parameters))
        return run(sql, parameters, many, context)

    with connection.execute_wrapper(record):
        act()
    return [(sql, parameters) for sql, parameters in statements if re.match(r"\(?SELECT", sql)]


def _explain(sql: str, parameters: Any) -> list[list[str]]:
    """Return the rows of EXPLAIN; equal consecutive rows are merged into one with the maximum of `rows`."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", parameters)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    result = []
    for (table, access, index, extra), group in groupby(rows, key=itemgetter("table", "type", "key", "Extra")):
        # MariaDB appends the filtered percentage in brackets.
        numbers = [int(str(row["rows"] or 0).split()[0]) for row in group]
        count = f"{len(numbers)} × " if len(numbers) > 1 else ""
        most = f"{max(numbers):,}" if table else ""
        result.append([f"{count}{table or ''}", access or "", index or "", most, extra or ""])
    return result
