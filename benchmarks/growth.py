"""How the SQL time of pages grows with a hundred or a thousand times as many posts."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from .content import fill
from .servers import Database, environment, manage

SMALL = 1000
ROUNDS = 3
MAX_RATIO = 1.5
"""The most that the SQL time of a page of the large blog may be, as a multiple of that of the small blog."""
WITHOUT_TARGET = frozenset({"archive", "archive of a month"})
"""Pages without a target, because they show more in a large blog: a month of the small one does not fill a page."""
HEADINGS = ["", "statements", "few posts: ms", "many posts: ms", "ratio", "target"]


def table(database: Database, directory: Path, posts: int, existing: str) -> list[list[str]]:
    """Measure the SQL of each kind of page with SMALL and with `posts` posts, and return the rows of the table.

    `existing` is the name of a database that already has the posts, or an empty string.
    """
    with ExitStack() as stack:
        small = _environment(database, directory, stack.enter_context(database.temporary("few")))
        fill(small, SMALL)
        large = _environment(database, directory, existing or stack.enter_context(database.temporary("many")))
        if not existing:
            print(f"  making {posts:,} posts", file=sys.stderr)
            fill(large, posts)
        rounds = [(_probe(small), _probe(large)) for _round in range(ROUNDS)]
    rows = []
    for name, (_time, statements) in rounds[0][0].items():
        # The minimum, because load by other processes can only make a round slower.
        few, many = (min(measured[side][name][0] for measured in rounds) for side in (0, 1))
        target = (
            f"≤ {MAX_RATIO}: {'yes' if many <= few * MAX_RATIO else '**no**'}"
            if name not in WITHOUT_TARGET
            else "shows more"
        )
        rows.append([name, f"{statements:.0f}", f"{few:.2f}", f"{many:.2f}", f"{many / few:.2f}", target])
    return rows


def _environment(database: Database, directory: Path, name: str) -> dict[str, str]:
    return environment(database.url(name), directory, 0, LOG_LEVEL="WARNING")


def _probe(env: dict[str, str]) -> dict[str, list[float]]:
    printed = manage(env, "shell", "--no-imports", "-c", "from benchmarks import probe; probe.main()")
    return json.loads(printed.splitlines()[-1])
