"""A benchmark without its requirements exits with one line that names what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.servers import ROOT

pytestmark = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2 or not shutil.which("taskset"), reason="benchmarks need two cores and taskset"
)


def error_of(path: str | None = None, **extra: str) -> str:
    """Run the benchmarks, check that they exit with one line on stderr, and return the line."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("BENCH_", "DATABASE_URL"))}
    env |= extra | ({} if path is None else {"PATH": path})
    run = subprocess.run([sys.executable, "-m", "benchmarks"], env=env, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1, run.stderr
    return run.stderr


@pytest.fixture
def with_wrk(tmp_path) -> str:
    """A PATH with a dummy program `wrk`."""
    (tmp_path / "wrk").write_text("#!/bin/sh\n")
    (tmp_path / "wrk").chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


def test_without_wrk_the_error_names_the_package(tmp_path):
    assert "wrk is not installed" in error_of(path=str(tmp_path))


def test_without_database_url_the_error_asks_for_it(with_wrk):
    assert "Set DATABASE_URL" in error_of(path=with_wrk)


def test_sqlite_is_refused(with_wrk):
    assert "MySQL or MariaDB" in error_of(path=with_wrk, DATABASE_URL="sqlite:///there.sqlite3")


def test_an_unreachable_database_is_reported(with_wrk):
    assert "does not answer" in error_of(path=with_wrk, DATABASE_URL="mysql://nobody@127.0.0.1:9/")


def test_an_unknown_part_is_refused_with_a_list_of_the_parts(with_wrk):
    error = error_of(path=with_wrk, BENCH_PARTS="hits speed")
    assert "no part speed" in error
    assert "hits misses api peers writes growth memory edge" in error


def test_a_number_of_posts_that_is_not_a_number_is_refused(with_wrk):
    assert "BENCH_POSTS=many" in error_of(path=with_wrk, BENCH_POSTS="many", DATABASE_URL="mysql://nobody@127.0.0.1:9/")
