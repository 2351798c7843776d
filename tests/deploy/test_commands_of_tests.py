"""`make test`: a failed test ends with a command that runs it, and no failure of a part is passed over."""

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
def test_make_hands_the_whole_name_on(case):
    name = f"tests/posts/test_slugs.py::test_it[{case}]"
    # Only what make would run is printed.
    command = f'make --dry-run test ARGS="{quoted(name)}"'
    # As from a person's shell: make hands its own variables on to the tests that it runs.
    env = {variable: value for variable, value in os.environ.items() if not variable.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert shlex.split(done.stdout) == ["tools/test.sh", name]


@pytest.mark.parametrize(
    ("of_the_parts", "of_all"),
    [([0, 0], 0), ([0, 5], 0), ([0, 1], 1), ([0, -9], 1), ([-15], 1), ([5, 5], 1), ([], 1), ([2, 5], 1)],
)
def test_it_passes_only_where_something_ran_and_nothing_failed_or_was_killed(of_the_parts, of_all):
    assert make_test.exit_status(of_the_parts) == of_all
