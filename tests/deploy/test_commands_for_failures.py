"""The command that a failed test ends with runs that test, whatever stands in its name."""

import os
import shlex
import subprocess

import pytest

from tests.report import quoted
from tests.servers import ROOT


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
    assert shlex.split(done.stdout) == ["scripts/test.sh", name]
