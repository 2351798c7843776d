"""`make test` runs long files first, and those that wait for a server beside those that compute."""

from __future__ import annotations

import subprocess
import sys

from tests.servers import ROOT

WAITING = ["tests/server/test_keepalive.py", "tests/server/test_status_lines.py"]
COMPUTING = ["tests/frontend/test_in_browser.py", "tests/markdown/test_rendering_limits.py"]
QUICK = ["tests/core/test_signing.py", "tests/posts/test_slugs.py"]


def test_files_that_compute_and_files_that_wait_alternate_before_the_quick_ones():
    command = [sys.executable, "-m", "pytest", "--quiet", "--collect-only", *QUICK, *WAITING, *COMPUTING]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = [line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line]
    files = list(dict.fromkeys(names))
    assert files[:-2] == [COMPUTING[0], WAITING[0], COMPUTING[1], WAITING[1]]
    assert {*files[-2:]} == {*QUICK}
