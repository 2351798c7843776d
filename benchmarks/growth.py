"""What a hundred or a thousand times as many posts cost the database."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from .content import fill
from .servers import Database, environment, manage

SMALL = 1000
ROUNDS = 3
MOST = 1.5
"""How many times the SQL time of the small blog each page of a large one may take."""
FULLER = frozenset({"archive of a month"})
"""Pages that show more of a large blog: a month of the small one has a handful of posts, and does not fill a page."""
HEADINGS = ["", "statements", "few posts: ms", "many posts: ms", "ratio", "wanted"]


def table(database: Database, directory: Path, posts: int, existing: str) -> list[list[str]]:
    """Measure the SQL of each kind of page with SMALL posts and with `posts`, or with those of an `existing` database."""
    with ExitStack() as stack:
        small = _environment(database, directory, stack.enter_context(database.made_for("few")))
        fill(small, SMALL)
        large = _environment(database, directory, existing or stack.enter_context(database.made_for("many")))
        if not existing:
            print(f"  making {posts:,} posts", file=sys.stderr)
            fill(large, posts)
        rounds = [(_probe(small), _probe(large)) for _round in range(ROUNDS)]
    rows = []
    for name, (_time, statements) in rounds[0][0].items():
        # Others on the machine only ever make it slower.
        few, many = (min(measured[side][name][0] for measured in rounds) for side in (0, 1))
        wanted = f"≤ {MOST}: {'yes' if many <= few * MOST else '**no**'}" if name not in FULLER else "shows more"
        rows.append([name, f"{statements:.0f}", f"{few:.2f}", f"{many:.2f}", f"{many / few:.2f}", wanted])
    return rows


def _environment(database: Database, directory: Path, name: str) -> dict[str, str]:
    return environment(database.url(name), directory, 0, LOG_LEVEL="WARNING")


def _probe(env: dict[str, str]) -> dict[str, list[float]]:
    printed = manage(env, "shell", "--no-imports", "-c", "from benchmarks import probe; probe.main()")
    return json.loads(printed.splitlines()[-1])
