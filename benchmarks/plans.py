"""Print, as a table of Markdown, how the database finds what each kind of page asks of it.

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
    """Print a row for each table that a statement reads."""
    print(f"| {' | '.join(HEADINGS)} |")
    print(f"|{' --- |' * len(HEADINGS)}")
    client = Client(headers={"host": "127.0.0.1"})
    asked = {"state of the content": lambda: content_state.fetch()}
    asked |= {name: lambda path=paths[0]: fetch(client, path) for name, paths in addresses_by_kind().items()}
    for name, ask in asked.items():
        content_state.fetch()  # As the page cache has done before it has a page made.
        for number, (sql, parameters) in enumerate(_statements(ask), 1):
            for row in _explain(sql, parameters):
                print(f"| {name} | {number} | {' | '.join(row)} |")
                name = ""


def _statements(ask: Callable[[], Any]) -> list[tuple[str, Any]]:
    """Return what is sent to the database while `ask` runs."""
    sent: list[tuple[str, Any]] = []

    def note(run: Callable, sql: str, parameters: Any, many: bool, context: dict) -> Any:
        sent.append((sql, parameters))
        return run(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        ask()
    return [(sql, parameters) for sql, parameters in sent if re.match(r"\(?SELECT", sql)]


def _explain(sql: str, parameters: Any) -> list[list[str]]:
    """Return what the database says of a statement; what it says several times in a row, once, with the most rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", parameters)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    told = []
    for (table, access, index, extra), those in groupby(rows, key=itemgetter("table", "type", "key", "Extra")):
        # MariaDB adds in brackets what part of them a filter leaves.
        numbers = [int(str(row["rows"] or 0).split()[0]) for row in those]
        times = f"{len(numbers)} × " if len(numbers) > 1 else ""
        most = f"{max(numbers):,}" if table else ""
        told.append([f"{times}{table or ''}", access or "", index or "", most, extra or ""])
    return told
