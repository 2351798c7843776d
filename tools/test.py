"""Run the tests as `make test` does: on SQLite, on a MariaDB of their own, and through the split; end with a table.

    tools/test.py [pytest's arguments]            without any, everything
    tools/test.py --everywhere                    on MariaDB too what any database answers alike (`.ci/long`)
    tools/test.py --fast [pytest's arguments]     on SQLite alone; without any, no browser and no server

TEST_DATABASE_URL=mysql://user:password@host:port/name takes a ready server instead; the user may create databases.
TEST_WORKERS is the number of processes that run tests; most tests wait for a browser or a server most of the time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import prepare  # noqa: E402

WORKERS = os.environ.get("TEST_WORKERS", "3")
RESULTS = ROOT / "var" / "test-results"
"""Where the numbers of each part stay: the seconds of each test among them, the slowest first."""
SETTINGS = """
innodb_flush_log_at_trx_commit = 0
innodb_buffer_pool_size = 256M
character_set_server = utf8mb4
skip_name_resolve = ON
"""
"""Of the server: its files are thrown away afterwards, so nothing need reach the disk in time."""
NOTHING_SELECTED = 5
"""pytest's exit status where no test was asked for."""


class Part(NamedTuple):
    """One run of pytest: its name, whether it needs a database server, and its arguments."""

    name: str
    on_a_server: bool
    arguments: list[str]


def parts(arguments: list[str]) -> list[Part]:
    """Return what is to be run, for the arguments of the command line."""
    ours = {"--fast", "--everywhere"} & {*arguments}
    arguments = [argument for argument in arguments if argument not in ours]
    if any(argument.startswith("--through") for argument in arguments):
        return [Part("through", True, arguments)]
    if arguments:
        return [Part("SQLite", False, arguments)] + ([] if "--fast" in ours else [Part("MariaDB", True, arguments)])
    parallel = ["-n", WORKERS, "--dist", "loadscope", "--no-loadscope-reorder"]
    # The manifests are the same for every database (`make manifests`), and the split needs a server.
    whole = [*parallel, "--ignore=tests/manifests", "--ignore=tests/local_cluster"]
    light = [] if "--everywhere" in ours else ["-m", "not heavy"]
    in_pairs = ["-n", "2", "--dist", "loadfile"]  # Each with a split of its own: most of its processes wait.
    if "--fast" in ours:
        return [Part("SQLite", False, [*whole, "-m", "not browser and not server and not slow and not heavy"])]
    return [
        Part("SQLite", False, [*whole, *light]),
        Part("MariaDB", True, [*whole, *(["--where-the-database-matters"] if light else [])]),
        Part("API and pages through the split", True, [*in_pairs, "--through-gateway", "tests/api", "tests/frontend"]),
        Part("the split", True, [*in_pairs, "tests/local_cluster", *light]),
    ]


@contextmanager
def database_server() -> Iterator[str]:
    """Return the address of a server for the tests; "" where none can be had."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    if any(program.name in ("mariadbd", *prepare.DRIVER) for program in prepare.missing("test")):
        yield ""
        return
    from tools.local_cluster.manifests import Manifests
    from tools.local_cluster.server import Server

    rendered = Manifests([{"kind": "ConfigMap", "data": {"tests.cnf": SETTINGS}}])
    (ROOT / "var").mkdir(exist_ok=True)
    folder = tempfile.TemporaryDirectory(prefix="test-mariadb-", dir=ROOT / "var")
    with folder, Server(Path(folder.name), rendered) as url:
        yield url


def run(part: Part, url: str, results: Path) -> tuple[int, dict]:
    """Run a part; return pytest's exit status and its numbers."""
    print(f"== {part.name}", flush=True)
    results.unlink(missing_ok=True)
    environment = {**prepare.ENVIRONMENT, "TEST_DATABASE_URL": url if part.on_a_server else ""}
    command = [sys.executable, "-m", "pytest", "--quiet", "--results", str(results), *part.arguments]
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    numbers = json.loads(results.read_text()) if results.exists() else {"outcomes": {"errors": 1}}
    return status, numbers


def table(told: list[tuple[str, dict | None]]) -> str:
    """Return what ran where, how many tests, for how long, and how many were not run."""
    width = max(len(name) for name, _numbers in told)
    lines = [f"{'':{width}}  passed  failed  not run  minutes"]
    for name, numbers in told:
        if numbers is None:
            lines.append(f"{name:{width}}  not run here: no MariaDB, or no driver for it")
            continue
        count = Counter(numbers["outcomes"])
        minutes = f"{int(numbers.get('seconds', 0)) // 60}:{int(numbers.get('seconds', 0)) % 60:02}"
        lines.append(f"{name:{width}}  {count['passed']:6}  {_failed(count):6}  {count['skipped']:7}  {minutes:>7}")
    return "\n".join(lines)


def why_not(told: list[tuple[str, dict | None]]) -> str:
    """Return why tests were not run, with how many there are of each reason."""
    reasons = Counter(
        {(name, why): n for name, numbers in told if numbers for why, n in numbers.get("not_run", {}).items()}
    )
    return "\n".join(f"not run: {number:4} on {name}: {why}" for (name, why), number in reasons.most_common())


def _failed(count: Counter) -> int:
    return count["failed"] + count["errors"]


def exit_status(statuses: list[int]) -> int:
    """Return 0 where every part passed. One of several may have had nothing to do; a part that was killed has failed."""
    ran = [status for status in statuses if status != NOTHING_SELECTED]
    return 0 if ran and not any(ran) else 1


def main(arguments: list[str]) -> int:
    """Run everything that was asked for, whatever fails; return the exit status."""
    told: list[tuple[str, dict | None]] = []
    statuses = []
    asked_for = parts(arguments)
    server = database_server() if any(part.on_a_server for part in asked_for) else nullcontext("")
    RESULTS.mkdir(parents=True, exist_ok=True)
    with server as url:
        for part in asked_for:
            if part.on_a_server and not url:
                told.append((part.name, None))
                continue
            status, numbers = run(part, url, RESULTS / f"{part.name}.json")
            statuses.append(status)
            told.append((part.name, numbers))
    print("", why_not(told), "", table(told), sep="\n")
    prepare.tell_what_is_not_run(prepare.missing("test-fast" if "--fast" in arguments else "test"))
    if not {*arguments} - {"--fast"}:
        print(
            "not run here: what is marked `heavy`" + (", `slow`, `server` or `browser`" if arguments else " (.ci/run)")
        )
    sums = sum((Counter(numbers["outcomes"]) for _name, numbers in told if numbers), Counter())
    print(f"{sums['passed']} passed, {_failed(sums)} failed, {sums['skipped']} skipped")
    return exit_status(statuses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
