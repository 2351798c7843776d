"""Measure everything side by side, print the tables and write RESULTS.md.

    DATABASE_URL=mysql://root@127.0.0.1:3306/ make bench

It makes databases of its own on that server, fills them, starts real servers in production settings, and removes all of
it. The servers have one core and wrk another. About ten minutes. What can be set:

    BENCH_PARTS    which parts to run: hits misses api growth memory edge (all; only then RESULTS.md is written)
    BENCH_POSTS    posts of the blog (10000)
    BENCH_SECONDS  how long each case has in each of the ten rounds (1)
    BENCH_GROWTH   posts of the blog that the growth is measured to (100000)
    BENCH_GROWN    a database on the server that has these posts already (make_posts), so that none need be made
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import MySQLdb

from . import edge, growth, machine, measure, memory, pages, wordpress
from .content import Content, filled
from .servers import Database

RESULTS = Path(__file__).parent / "RESULTS.md"
RATES = {"hits": pages.hits, "misses": pages.misses, "api": pages.api, "edge": edge.edge}
PARTS = ["hits", "misses", "api", "growth", "memory", "edge"]
TITLES = {
    "hits": "Cached pages, beside the bare server",
    "misses": "Uncached pages, beside plain Django",
    "api": "The API",
    "growth": "What growth costs the database",
    "memory": "Memory of the page cache",
    "edge": "Behind nginx",
}
NOTES = {
    "hits": "The bare server is gunicorn's `asgi` worker, set up by the same file, with one constant answer of the same "
    "headers and bytes, and without access lines. All posts are kept, in both encodings.",
    "misses": "Plain Django is the blog of `benchmarks/plain/`: generic views and default middleware in gunicorn's "
    f"`gthread` worker. It has the newest {pages.FEW:,} posts alone, and its caches were filled with them beforehand. "
    "Ours is a frontend pod, which keeps the parts that pages have in common (docs/decisions/0017) and no page; for the "
    "posts one of a page cache of 1 MB, which is room for one in a hundred. Neither side writes access lines.",
    "api": "By nobody in particular, compressed.",
    "growth": "Milliseconds of SQL for one uncached answer: the median of 30, the least of three turns.",
    "memory": "Before and after a process has kept posts in both encodings; both times it had made 1,000 pages.",
    "edge": f"Random ones of {pages.FEW:,} posts. Everything that serves shares one core, and nginx keeps pages in memory, "
    "ours as its component does. WordPress sends pages as they are, and ours are compressed where it says so.",
}


def main() -> None:
    """Run what BENCH_PARTS names. Exits with a sentence where something that it needs is missing."""
    parts = os.environ.get("BENCH_PARTS", "").split() or PARTS
    posts, seconds = _number("BENCH_POSTS", 10_000), _number("BENCH_SECONDS", 1)
    grown = _number("BENCH_GROWTH", 100_000)
    database = _prepared(parts)
    begun, load = time.monotonic(), os.getloadavg()[0]
    disturbed = [machine.busy(1)]
    written: list[str] = []
    failed = False
    with TemporaryDirectory(prefix="broadsheet-bench-") as name:
        directory = Path(name)
        # php-fpm's processes, which are nobody's, read WordPress from here.
        directory.chmod(0o755)
        _say(f"Making {posts:,} posts")
        with filled(database, directory, posts) as content:
            for part in parts:
                _say(TITLES[part])
                try:
                    lines = _run(part, content, seconds, grown, disturbed)
                except Exception as error:
                    failed = True
                    lines = [f"This part failed: {type(error).__name__}: {error}"]
                written += [f"## {TITLES[part]}", "", *lines, ""]
                print("\n".join(written[-len(lines) - 3 :]), flush=True)
    minutes = (time.monotonic() - begun) / 60
    head = _head(database, posts, seconds, load, max(disturbed), minutes)
    print("\n".join(head))
    if parts == PARTS and not failed:
        RESULTS.write_text("\n".join(["# How fast Broadsheet is", "", *head, "", *written[:-1]]) + "\n")
        _say(f"Written to {RESULTS}")
    sys.exit(failed)


def _run(part: str, content: Content, seconds: float, grown: int, disturbed: list[float]) -> list[str]:
    """Return the lines of a part: a note and a table."""
    lines = [NOTES[part], ""]
    if part == "growth":
        rows = growth.table(content.database, content.directory, grown, os.environ.get("BENCH_GROWN", ""))
        lines[0] += f" Few posts are {growth.SMALL:,}, many are {grown:,}."
        return lines + _table(growth.HEADINGS, rows)
    if part == "memory":
        return lines + _table(memory.HEADINGS, memory.table(content))
    if part == "edge" and wordpress.missing():
        lines[0] += f" WordPress was left out. {wordpress.missing()}"
    try:
        return lines + _table(measure.HEADINGS, [rate.row() for rate in RATES[part](content, seconds, disturbed)])
    except LookupError as error:
        return [f"Left out: {error}."]


def _table(headings: list[str], rows: list[list[str]]) -> list[str]:
    rule = ["---", *("---:" for _heading in headings[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (headings, rule, *rows)]


def _head(database: Database, posts: int, seconds: float, load: float, disturbed: float, minutes: float) -> list[str]:
    """Return what was measured, where, and with what."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("Django", "gunicorn", "uvloop", "Brotli"))
    others = {"wrk": machine.version("wrk", "-v"), "nginx": machine.version("nginx", "-v")}
    others |= {"php": machine.version("php", "-v"), "WordPress": wordpress.version()}
    said = ", ".join(f"{name} {number or 'not installed'}" for name, number in others.items())
    quiet = (
        f"**The machine was busy**: others took up to {disturbed:.0%} of the two cores while our servers rested, so only "
        "the ratios mean something, and they not much."
        if disturbed > machine.BUSY
        else f"Others took at most {disturbed:.0%} of the two cores while our servers rested."
    )
    return [
        f"Measured by `make bench` on {datetime.now(UTC):%d %B %Y}, in {minutes:.0f} minutes. Only ratios within one run "
        "can be compared: another machine, or another day, has other rates.",
        "",
        f"- **Machine**: {machine.description()}; load {load:.1f} before. {quiet}",
        f"- **Software**: Python {sys.version.split()[0]}, {packages}, {database.version()}, {said}.",
        f"- **Content**: {posts:,} posts of about 600 words, made by `manage.py make_posts`.",
        f"- **How**: servers on one core, wrk with {measure.CONNECTIONS} connections on another, {measure.ROUNDS} rounds "
        f"in which each case has {seconds} s; medians. A ratio is the median of the rounds' ratios. CPU is what all processes "
        "of a server took for an answer, without the database's.",
    ]


def _prepared(parts: list[str]) -> Database:
    """Return the database server; exits with a sentence where something is missing."""
    if unknown := set(parts) - set(PARTS):
        sys.exit(f"BENCH_PARTS: there is no part {', '.join(sorted(unknown))}. The parts are {' '.join(PARTS)}.")
    for program, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if not shutil.which(program):
            sys.exit(
                f"{program} is not installed, which sends the requests or pins processes: apt-get install {package}."
            )
    if machine.SERVER_CORE == machine.CLIENT_CORE:
        sys.exit("This machine has one core, and wrk needs one that the server does not use.")
    if not os.environ.get("DATABASE_URL", "").startswith("mysql:"):
        sys.exit(
            "Set DATABASE_URL to a MySQL or MariaDB server whose user may create databases: mysql://root@127.0.0.1/"
        )
    database = Database(os.environ["DATABASE_URL"])
    try:
        database.version()
    except MySQLdb.Error as error:
        sys.exit(f"The database of DATABASE_URL does not answer: {error.args[-1]}")
    return database


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, "") or str(default)
    if not value.isdigit() or not int(value):
        sys.exit(f"{name}={value} is not a whole number above zero.")
    return int(value)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
