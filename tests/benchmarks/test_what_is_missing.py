"""A benchmark that cannot run says in one sentence what it lacks."""

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


def refusal(path: str | None = None, **extra: str) -> str:
    """Start it, expect that it refuses, and return what it says."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("BENCH_", "DATABASE_URL"))}
    env |= extra | ({} if path is None else {"PATH": path})
    run = subprocess.run([sys.executable, "-m", "benchmarks"], env=env, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1, run.stderr
    return run.stderr


@pytest.fixture
def with_wrk(tmp_path) -> str:
    """A PATH on which there is a program called wrk."""
    (tmp_path / "wrk").write_text("#!/bin/sh\n")
    (tmp_path / "wrk").chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


def test_without_wrk_it_names_the_package(tmp_path):
    assert "wrk is not installed" in refusal(path=str(tmp_path))


def test_without_a_database_it_asks_for_one(with_wrk):
    assert "Set DATABASE_URL" in refusal(path=with_wrk)


def test_of_sqlite_it_makes_no_use(with_wrk):
    assert "MySQL or MariaDB" in refusal(path=with_wrk, DATABASE_URL="sqlite:///there.sqlite3")


def test_a_database_that_does_not_answer_is_named_as_that(with_wrk):
    assert "does not answer" in refusal(path=with_wrk, DATABASE_URL="mysql://nobody@127.0.0.1:9/")


def test_a_part_that_is_not_there_is_refused_with_those_that_are(with_wrk):
    said = refusal(path=with_wrk, BENCH_PARTS="hits speed")
    assert "no part speed" in said
    assert "hits misses api growth memory edge" in said


def test_a_number_of_posts_is_a_number(with_wrk):
    assert "BENCH_POSTS=many" in refusal(path=with_wrk, BENCH_POSTS="many", DATABASE_URL="mysql://nobody@127.0.0.1:9/")
