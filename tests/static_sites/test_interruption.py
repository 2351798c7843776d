"""After an interrupted import, imported posts stay and the next run imports the rest."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import servers

ROOT = Path(__file__).resolve().parents[2]
COUNT = 300


@pytest.mark.server
@pytest.mark.any_database
def test_an_interrupted_run_prints_its_counts_and_the_next_run_completes_it(databases, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(COUNT):
        text = (
            f"---\ntitle: Post {number}\ndate: 2020-01-01 00:{number // 60:02}:{number % 60:02}\n---\nText {number}.\n"
        )
        (folder / f"post-{number}.md").write_text(text)
    environment = os.environ | servers.environment(databases.new())
    command = [sys.executable, "manage.py", "import_markdown", str(folder), "-v2"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    for line in process.stdout:
        if "created" in line:
            break
    process.send_signal(signal.SIGINT)
    output = process.stdout.read()
    assert process.wait(30) == 130
    assert "Interrupted. What was imported stays; run it again to go on." in output
    created = int(re.search(r"posts: (\d+) created, 0 updated, 0 unchanged, 0 failed\n\Z", output)[1])
    assert 1 <= created < COUNT

    again = subprocess.run(command[:-1], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    rest = COUNT - created
    assert again.stdout.splitlines()[-1] == f"posts: {rest} created, 0 updated, {created} unchanged, 0 failed"
    assert again.returncode == 0
