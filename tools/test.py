"""Run the tests as `make test` does: on SQLite, on a MariaDB of their own, and through the split; print a summary table.

    tools/test.py [pytest's arguments]            without any, everything
    tools/test.py --everywhere                    also on MariaDB, tests that do not depend on the database (`.ci/long`)
    tools/test.py --fast [pytest's arguments]     only on SQLite; without arguments, no browser and no server

TEST_DATABASE_URL=mysql://user:password@host:port/name uses a running server; the user has to be able to create databases.
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

WORKERS = os.environ.get("TEST_WORKERS", "4")
RESULTS = ROOT / "var" / "test-results"
"""The folder of each part's results, with the duration of each test, the slowest first."""
SETTINGS = """
innodb_flush_log_at_trx_commit = 0
innodb_buffer_pool_size = 256M
character_set_server = utf8mb4
skip_name_resolve = ON
"""
"""Settings of the test server. Its files are deleted afterwards, so writes need not be durable."""
NO_TESTS_COLLECTED = 5
"""pytest's exit status if no tests were collected."""


class Part(NamedTuple):
    """One run of pytest: its name, whether it needs a database server, and its arguments."""

    name: str
    needs_server: bool
    arguments: list[str]


def parts(arguments: list[str]) -> list[Part]:
    """Return the runs of pytest for the arguments of the command line."""
    options = {"--fast", "--everywhere"} & {*arguments}
    arguments = [argument for argument in arguments if argument not in options]
    if any(argument.startswith("--through") for argument in arguments):
        return [Part("through", True, arguments)]
    if arguments:
        return [Part("SQLite", False, arguments)] + ([] if "--fast" in options else [Part("MariaDB", True, arguments)])
    parallel = ["-n", WORKERS, "--dist", "loadscope", "--no-loadscope-reorder"]
    # The manifests are the same for every database (`make manifests`), and the split needs a server.
    common = [*parallel, "--ignore=tests/manifests", "--ignore=tests/local_cluster"]
    marker = [] if "--everywhere" in options else ["-m", "not heavy"]
    clusters = ["--dist", "loadfile"]  # Each worker has a local cluster, which is mostly idle.
    if "--fast" in options:
        return [Part("SQLite", False, [*common, "-m", "not browser and not server and not slow and not heavy"])]
    return [
        Part("SQLite", False, [*common, *marker]),
        Part("MariaDB", True, [*common, *marker, *(["--where-the-database-matters"] if marker else [])]),
        Part(
            "API and pages through the split",
            True,
            [*clusters, "-n", "2", "--through-gateway", "tests/api", "tests/frontend"],
        ),
        Part("the split", True, [*clusters, "--no-loadscope-reorder", "-n", "2", "tests/local_cluster", *marker]),
    ]


@contextmanager
def database_server() -> Iterator[str]:
    """Yield the URL of a database server for the tests; "" if none can be started."""
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
    """Run a part; return pytest's exit status and the content of its results file."""
    print(f"== {part.name}", flush=True)
    results.unlink(missing_ok=True)
    environment = {**prepare.ENVIRONMENT, "TEST_DATABASE_URL": url if part.needs_server else ""}
    command = [sys.executable, "-m", "pytest", "--quiet", "--results", str(results), *part.arguments]
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    numbers = json.loads(results.read_text()) if results.exists() else {"outcomes": {"errors": 1}}
    return status, numbers


def table(reports: list[tuple[str, dict | None]]) -> str:
    """Return a table of the parts with the number of tests by outcome and the duration."""
    width = max(len(name) for name, _numbers in reports)
    lines = [f"{'':{width}}  passed  failed  not run  minutes"]
    for name, numbers in reports:
        if numbers is None:
            lines.append(f"{name:{width}}  not run here: no MariaDB, or no driver for it")
            continue
        count = Counter(numbers["outcomes"])
        minutes = f"{int(numbers.get('seconds', 0)) // 60}:{int(numbers.get('seconds', 0)) % 60:02}"
        lines.append(f"{name:{width}}  {count['passed']:6}  {_failed(count):6}  {count['skipped']:7}  {minutes:>7}")
    return "\n".join(lines)


def skip_reasons(reports: list[tuple[str, dict | None]]) -> str:
    """Return the reasons for skipped tests, with the number of tests for each."""
    reasons = Counter(
        {(name, why): n for name, numbers in reports if numbers for why, n in numbers.get("not_run", {}).items()}
    )
    return "\n".join(f"not run: {number:4} on {name}: {why}" for (name, why), number in reasons.most_common())


def _failed(count: Counter) -> int:
    return count["failed"] + count["errors"]


def exit_status(statuses: list[int]) -> int:
    """Return 0 if every part passed. Single parts may have had no tests; a part that was killed has failed."""
    ran = [status for status in statuses if status != NO_TESTS_COLLECTED]
    return 0 if ran and not any(ran) else 1


def main(arguments: list[str]) -> int:
    """Run all requested parts, even if one fails; return the exit status."""
    reports: list[tuple[str, dict | None]] = []
    statuses = []
    requested = parts(arguments)
    server = database_server() if any(part.needs_server for part in requested) else nullcontext("")
    RESULTS.mkdir(parents=True, exist_ok=True)
    with server as url:
        for part in requested:
            if part.needs_server and not url:
                reports.append((part.name, None))
                continue
            status, numbers = run(part, url, RESULTS / f"{part.name}.json")
            statuses.append(status)
            reports.append((part.name, numbers))
    print("", skip_reasons(reports), "", table(reports), sep="\n")
    prepare.print_skipped(prepare.missing("test-fast" if "--fast" in arguments else "test"))
    if not {*arguments} - {"--fast"}:
        print(
            "not run here: what is marked `heavy`" + (", `slow`, `server` or `browser`" if arguments else " (.ci/run)")
        )
    totals = sum((Counter(numbers["outcomes"]) for _name, numbers in reports if numbers), Counter())
    print(f"{totals['passed']} passed, {_failed(totals)} failed, {totals['skipped']} skipped")
    return exit_status(statuses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
