"""`make test`: the command printed for a failed test runs that test, and a failure of any part is reported."""

import os
import shlex
import subprocess

import pytest

from tests.report import quoted
from tests.servers import ROOT
from tools import test as make_test


@pytest.mark.parametrize(
    "case", ["a b", "{{< x >}}", "it's", '<a href="x">', "$HOME `id`", "back\\slash", "**x**", "$(x)"]
)
def test_make_passes_the_whole_test_name(case):
    name = f"tests/posts/test_slugs.py::test_it[{case}]"
    # A dry run prints the command that make would run.
    command = f'make --dry-run test ARGS="{quoted(name)}"'
    # As in an interactive shell: make exports its own variables to the tests that it runs.
    env = {variable: value for variable, value in os.environ.items() if not variable.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert shlex.split(done.stdout) == ["tools/test.sh", name]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [([0, 0], 0), ([0, 5], 0), ([0, 1], 1), ([0, -9], 1), ([-15], 1), ([5, 5], 1), ([], 1), ([2, 5], 1)],
)
def test_make_test_succeeds_only_if_tests_ran_and_none_failed(statuses, expected):
    assert make_test.exit_status(statuses) == expected
