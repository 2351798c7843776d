"""Processes that end with the one that started them, and what the machine tells about them."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VENV = Path(sys.executable).parent
INHERITED = ("LANG",)
"""What a process takes from the environment of whoever starts the split, apart from the PATH."""


def base_environment(home: Path) -> dict[str, str]:
    """Return what any process needs: the PATH (with the project's programs first), a home, a folder for its files."""
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": f"{VENV}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
    }


class Processes:
    """Starts processes, each in a group of its own. What is left of them ends when the process that made this ends.

    The kernel sends that signal when the *thread* ends that started a process, so one thread starts them all.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="processes")

    def start(self, command: list[str], *, env: dict[str, str], cwd: Path, log: Path) -> subprocess.Popen:
        """Start a command whose output is added to the file `log`."""
        return self._thread.submit(self._start, command, env, cwd, log).result()

    def close(self) -> None:
        """End the thread, and with it what was not stopped before."""
        self._thread.shutdown()

    @staticmethod
    def _start(command: list[str], env: dict[str, str], cwd: Path, log: Path) -> subprocess.Popen:
        with log.open("ab") as output:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *command],
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )


def kill_group(process: subprocess.Popen) -> None:
    """End a process and whatever it started, as the end of a container does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stop(process: subprocess.Popen, seconds: float = 30) -> None:
    """Ask a process to end (SIGTERM), and make it after `seconds`."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    kill_group(process)


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that live."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def memory(pid: int) -> int:
    """Return the bytes of a process's memory, of shared pages its share (PSS); 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


class Ports:
    """Gives out ports of this machine, each once."""

    def __init__(self) -> None:
        self._given: set[int] = set()
        self._lock = threading.Lock()
        # Below the range that the kernel takes ports of outgoing connections from: those come and go at any moment.
        self._range = range(10240, int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]))

    def new(self) -> int:
        """Return a port that nobody listens on."""
        with self._lock:
            while True:
                port = random.choice(self._range)
                if port not in self._given and self._is_free(port):
                    self._given.add(port)
                    return port

    @staticmethod
    def _is_free(port: int) -> bool:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
        return True
