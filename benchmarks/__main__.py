"""Measure Broadsheet and what it is compared with side by side, print the tables and write RESULTS.md.

    DATABASE_URL=mysql://root@127.0.0.1:3306/ make bench

It creates temporary databases on that server, fills them, starts real servers with production settings, and removes
everything afterwards. The servers run on one core and wrk on another. It takes about ten minutes. Environment variables:

    BENCH_PARTS    the parts to run: hits misses api peers writes growth memory edge (all; RESULTS.md is written only for all)
    BENCH_POSTS    posts of the blog (10000)
    BENCH_CASES    a part of the names of the cases of `peers` to measure, with what they are compared with (all)
    BENCH_SECONDS  seconds of each case in each of the ten rounds (1)
    BENCH_GROWTH   posts of the large blog of the part growth (100000)
    BENCH_GROWN    an existing database on the server with these posts (make_posts), which saves creating them
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

from . import api_peers, edge, growth, machine, measure, memory, pages, wordpress
from .content import Content, filled_database
from .servers import Database

RESULTS = Path(__file__).parent / "RESULTS.md"
RATES = {
    "hits": pages.hits,
    "misses": pages.misses,
    "api": pages.api,
    "peers": api_peers.reads,
    "writes": api_peers.writes,
    "edge": edge.edge,
}
PARTS = ["hits", "misses", "api", "peers", "writes", "growth", "memory", "edge"]
TITLES = {
    "hits": "Cached pages, beside the bare server",
    "misses": "Uncached pages, beside plain Django",
    "api": "The API",
    "peers": "The API uncached, beside what others would build",
    "writes": "Writes by the API",
    "growth": "What growth costs the database",
    "memory": "Memory of the page cache",
    "edge": "Behind nginx",
}
NOTES = {
    "hits": "The bare server is gunicorn's `asgi` worker, set up by the same file, with one constant answer of the same "
    "headers and bytes, and without access lines. All posts are cached, in both encodings.",
    "misses": "Plain Django is the blog of `benchmarks/plain/`: generic views and default middleware in gunicorn's "
    f"`gthread` worker. It has only the newest {pages.SAMPLE_SIZE:,} posts, and its caches were filled with them beforehand. "
    "Broadsheet is a frontend pod, which caches the parts that pages have in common (docs/decisions/0017) but no page; for "
    "the posts it has a page cache of 1 MB, enough for one in a hundred. Neither side writes access lines.",
    "api": "Anonymous requests, compressed.",
    "peers": "DRF is Django REST framework as its tutorial sets it up, with author and tags nested; careful: JSON alone, a "
    "cursor, related rows loaded beforehand (`benchmarks/plain/api.py`, in gunicorn's `gthread` worker). FastAPI has "
    "SQLAlchemy (`benchmarks/fast.py`, in uvicorn). All have the same 1,000 posts, uncompressed, without access lines; "
    "“same fields” asks ours for what theirs show. The ratio of CPU times is less sensitive to other load.",
    "writes": "The peer has no history, no search, no audit trail, no conditions, and nothing that is rendered.",
    "growth": "Milliseconds of SQL for one uncached response: the median of 30, the minimum of three rounds.",
    "memory": "Before and after a process has cached posts in both encodings; before, it had rendered 1,000 pages.",
    "edge": f"Random posts out of {pages.SAMPLE_SIZE:,}. All servers share one core, and nginx caches pages in memory, for "
    "Broadsheet as in its component. WordPress sends pages uncompressed, Broadsheet compressed where stated.",
}


def main() -> None:
    """Run the parts of BENCH_PARTS. Exits with a message if a requirement is missing, with 1 if a part failed."""
    parts = os.environ.get("BENCH_PARTS", "").split() or PARTS
    posts, seconds = _positive_integer("BENCH_POSTS", 10_000), _positive_integer("BENCH_SECONDS", 1)
    grown = _positive_integer("BENCH_GROWTH", 100_000)
    database = _require_database(parts)
    started, load = time.monotonic(), os.getloadavg()[0]
    other_load = [machine.utilisation(1)]
    sections: list[str] = []
    failed = False
    with TemporaryDirectory(prefix="broadsheet-bench-") as name:
        directory = Path(name)
        # The php-fpm processes, which run as nobody, read WordPress from here.
        directory.chmod(0o755)
        _log(f"Making {posts:,} posts")
        with filled_database(database, directory, posts) as content:
            for part in parts:
                _log(TITLES[part])
                try:
                    lines = _run(part, content, seconds, grown, other_load)
                except Exception as error:
                    failed = True
                    lines = [f"This part failed: {type(error).__name__}: {error}"]
                sections += [f"## {TITLES[part]}", "", *lines, ""]
                print("\n".join(sections[-len(lines) - 3 :]), flush=True)
    minutes = (time.monotonic() - started) / 60
    head = _summary(database, posts, seconds, load, max(other_load), minutes)
    print("\n".join(head))
    if parts == PARTS and not failed:
        RESULTS.write_text("\n".join(["# How fast Broadsheet is", "", *head, "", *sections[:-1]]) + "\n")
        _log(f"Written to {RESULTS}")
    sys.exit(failed)


def _run(part: str, content: Content, seconds: float, grown: int, other_load: list[float]) -> list[str]:
    """Run a part and return its Markdown lines: a note and a table."""
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
        return lines + _table(measure.HEADINGS, [rate.row() for rate in RATES[part](content, seconds, other_load)])
    except LookupError as error:
        return [f"Left out: {error}."]


def _table(headings: list[str], rows: list[list[str]]) -> list[str]:
    rule = ["---", *("---:" for _heading in headings[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (headings, rule, *rows)]


def _summary(
    database: Database, posts: int, seconds: float, load: float, other_load: float, minutes: float
) -> list[str]:
    """Return the Markdown lines about the machine, the software, the content and the method."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("Django", "gunicorn", "uvloop", "Brotli"))
    others = {"wrk": machine.version("wrk", "-v"), "nginx": machine.version("nginx", "-v")}
    others |= {"php": machine.version("php", "-v"), "WordPress": wordpress.version()}
    tools = ", ".join(f"{name} {number or 'not installed'}" for name, number in others.items())
    load_note = (
        f"**The machine was busy**: other processes took up to {other_load:.0%} of the two cores while our servers were "
        "idle, so only the ratios mean anything, and even they not much."
        if other_load > machine.BUSY_THRESHOLD
        else f"Other processes took at most {other_load:.0%} of the two cores while our servers were idle."
    )
    return [
        f"Measured by `make bench` on {datetime.now(UTC):%d %B %Y}, in {minutes:.0f} minutes. Only ratios within one run "
        "can be compared: another machine, or another day, has other rates.",
        "",
        f"- **Machine**: {machine.description()}; load {load:.1f} before. {load_note}",
        f"- **Software**: Python {sys.version.split()[0]}, {packages}, {database.version()}, {tools}.",
        f"- **Content**: {posts:,} posts of about 600 words, made by `manage.py make_posts`.",
        f"- **How**: servers on one core, wrk with {measure.CONNECTIONS} connections on another, {measure.ROUNDS} rounds "
        f"in which each case has {seconds} s; medians. A ratio is the median of the rounds' ratios. CPU is the time of all "
        "processes of a server for one response, without the database.",
    ]


def _require_database(parts: list[str]) -> Database:
    """Return the database server. Exits with a message if a requirement is missing."""
    if unknown := set(parts) - set(PARTS):
        sys.exit(f"BENCH_PARTS: there is no part {', '.join(sorted(unknown))}. The parts are {' '.join(PARTS)}.")
    for program, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if not shutil.which(program):
            sys.exit(f"{program} is not installed; it sends the requests or pins processes: apt-get install {package}.")
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


def _positive_integer(name: str, default: int) -> int:
    value = os.environ.get(name, "") or str(default)
    if not value.isdigit() or not int(value):
        sys.exit(f"{name}={value} is not a whole number above zero.")
    return int(value)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
