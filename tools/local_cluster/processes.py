"""Child processes that end with their parent, and information about processes and ports from /proc."""

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
"""Variables, besides PATH, that processes inherit from the environment of the split."""


def base_environment(home: Path) -> dict[str, str]:
    """Return the environment of any process: PATH (with .venv first), HOME, and TMPDIR, which is created."""
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": f"{VENV}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
    }


class Processes:
    """Starts processes, each in its own process group. They get SIGTERM when this process ends.

    The kernel sends that signal when the *thread* that started a process ends, so one thread starts all of them.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="processes")

    def start(self, command: list[str], *, env: dict[str, str], cwd: Path, log: Path) -> subprocess.Popen:
        """Start a command; its output is appended to the file `log`."""
        return self._thread.submit(self._start, command, env, cwd, log).result()

    def close(self) -> None:
        """End the thread, and with it the processes that still run."""
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
    """Kill a process and its descendants, as the end of a container does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stop(process: subprocess.Popen, seconds: float = 30) -> None:
    """Send SIGTERM to a process; kill its group when it has ended or after `seconds`."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    kill_group(process)


def children(pid: int) -> list[int]:
    """Return the ids of the running child processes of a process."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def memory(pid: int) -> int:
    """Return a process's proportional memory (PSS) in bytes; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


class Ports:
    """Allocates free TCP ports, each once."""

    def __init__(self) -> None:
        self._allocated: set[int] = set()
        self._lock = threading.Lock()
        # Below the ephemeral range, from which the kernel takes ports for outgoing connections at any moment.
        self._range = range(10240, int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]))

    def new(self) -> int:
        """Return a free port."""
        with self._lock:
            while True:
                port = random.choice(self._range)  # noqa: S311  (nothing secret)
                if port not in self._allocated and self._is_free(port):
                    self._allocated.add(port)
                    return port

    @staticmethod
    def _is_free(port: int) -> bool:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
        return True
