"""The machine: cores, processor time, load by other processes, and installed versions."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

_cores = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = _cores[0], _cores[-1]
"""Servers run on the first core and wrk on the last; they differ if the machine has two."""
BUSY_THRESHOLD = 0.05
"""The share of the two cores that other processes may take before the machine counts as busy."""


def on_core(core: int) -> list[str]:
    """Return the prefix of a command that pins it to one core."""
    return ["taskset", "--cpu-list", str(core)]


def pin(pid: int, cores: Iterable[int]) -> None:
    """Pin a process, all its threads and its children to `cores`."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)
        for child in (task / "children").read_text().split():
            pin(int(child), cores)


def unpin(pid: int) -> None:
    """Let a process, all its threads and its children run on any core."""
    pin(pid, _cores)


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and its children so far, in seconds."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    used = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    children = [child for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]
    return used + sum(cpu_seconds(int(child)) for child in children)


def utilisation(seconds: float = 0.3) -> float:
    """Measure the utilisation of the two cores (0 to 1) for some seconds; call it while our servers are idle."""
    before = _ticks()
    time.sleep(seconds)
    used, total = (now - then for now, then in zip(_ticks(), before, strict=True))
    return used / max(total, 1)


def _ticks() -> tuple[int, int]:
    labels = {f"cpu{core}" for core in (SERVER_CORE, CLIENT_CORE)}
    rows = [line.split() for line in Path("/proc/stat").read_text().splitlines()]
    used = total = 0
    for row in rows:
        if row[0] in labels:
            user, nice, system, idle, waiting, *rest = map(int, row[1:9])
            total += user + nice + system + idle + waiting + sum(rest)
            used += user + nice + system + sum(rest)
    return used, total


def description() -> str:
    """Return the processor, memory and kernel of the machine in one line."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    kib = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1])
    name = cpu[1].strip() if cpu else platform.machine()
    return f"{name}, {os.cpu_count()} cores, {kib / 2**20:.0f} GiB, Linux {platform.release()}"


def version(program: str, *arguments: str) -> str:
    """Return the version that a program prints, or an empty string if it is not installed."""
    if shutil.which(program) is None:
        return ""
    run = subprocess.run([program, *arguments], check=False, capture_output=True, text=True)
    match = re.search(r"\d+\.\d+[\w.-]*", run.stdout + run.stderr)
    return match[0] if match else ""
