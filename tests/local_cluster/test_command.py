"""`make split` from the command line: its start, its end, and what it says when it cannot start."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.local_cluster.sites import copy_static_files, wait_until
from tools.local_cluster.cluster import ROOT
from tools.local_cluster.database import Database

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def home(rendered, new_database, tmp_path_factory) -> Iterator[tuple[Path, str]]:
    """A folder and a database URL, both initialised by the first start and reused by later ones."""
    address = urlsplit(new_database())
    database = Database(address._replace(path=f"{address.path}_empty").geturl())
    folder = tmp_path_factory.mktemp("split")
    copy_static_files(folder)
    yield folder, database.url
    database.execute(f"DROP DATABASE IF EXISTS `{database.name}`")


@pytest.fixture
def launch(home) -> Iterator[Callable[[], subprocess.Popen]]:
    """Start `python -m tools.local_cluster` and wait until it serves; the process gets its `url`."""
    started, (folder, database_url) = [], home

    def start() -> subprocess.Popen:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = os.environ | {"PORT": str(port), "DATABASE_URL": database_url}
        command = [sys.executable, "-m", "tools.local_cluster", folder]
        process = subprocess.Popen(
            ["bash", "-c", 'trap "" INT; exec "$@"', "bash", *command],  # As a shell starts it in the background.
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        for line in process.stdout:
            if line.startswith("update") and " ready " in line:
                break
        process.url = f"http://127.0.0.1:{port}"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def processes_in(directory: Path) -> list[str]:
    """Return the command lines of processes whose TMPDIR is a directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={directory}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.mark.heavy
def test_ctrl_c_stops_everything(launch, home):
    process = launch()
    with urllib.request.urlopen(process.url) as response:
        assert response.status == 200
    assert len(processes_in(home[0])) == 13  # six masters, six workers, the gateway
    process.send_signal(signal.SIGINT)
    assert "Draining" in process.communicate(timeout=300)[0]
    assert process.returncode == 0
    assert processes_in(home[0]) == []


@pytest.mark.heavy
def test_no_process_outlives_a_killed_launcher(launch, home):
    process = launch()
    process.kill()
    wait_until(lambda: not processes_in(home[0]), "every process ends")


def test_a_port_in_use_is_reported_in_one_sentence():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        done = run_split(PORT=str(listener.getsockname()[1]))
    assert done.stderr.startswith("broadsheet: Port ")
    assert "make split PORT=" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_kustomize_is_reported(tmp_path):
    for name in ("dirname", "sed"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = run_split(tmp_path / "data", PATH=str(tmp_path))
    assert done.stderr.startswith("broadsheet: Neither kustomize nor kubectl")
    assert done.stderr.count("\n") == 1


def run_split(*arguments, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "tools.local_cluster", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    return done
