"""The machine: which core does what, how busy others keep it, and what is installed."""

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
"""Servers have the first core, and wrk the last: they are two wherever there are two."""
BUSY = 0.05
"""The part of the two cores that others may take before the results are called disturbed."""


def on_core(core: int) -> list[str]:
    """Return what a command begins with to run on one core alone."""
    return ["taskset", "--cpu-list", str(core)]


def pin(pid: int, cores: Iterable[int]) -> None:
    """Move a process, all its threads and its children to some cores."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)
        for child in (task / "children").read_text().split():
            pin(int(child), cores)


def unpin(pid: int) -> None:
    """Let a process, all its threads and its children run anywhere."""
    pin(pid, _cores)


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and its children have taken so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    used = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    children = [child for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]
    return used + sum(cpu_seconds(int(child)) for child in children)


def busy(seconds: float = 0.3) -> float:
    """Return which part of the two cores was in use within some seconds. Ask while our own servers rest."""
    before = _ticks()
    time.sleep(seconds)
    used, total = (now - then for now, then in zip(_ticks(), before, strict=True))
    return used / max(total, 1)


def _ticks() -> tuple[int, int]:
    wanted = {f"cpu{core}" for core in (SERVER_CORE, CLIENT_CORE)}
    rows = [line.split() for line in Path("/proc/stat").read_text().splitlines()]
    used = total = 0
    for row in rows:
        if row[0] in wanted:
            user, nice, system, idle, waiting, *rest = map(int, row[1:9])
            total += user + nice + system + idle + waiting + sum(rest)
            used += user + nice + system + sum(rest)
    return used, total


def description() -> str:
    """Return what machine this is, in a line."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    kib = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1])
    name = cpu[1].strip() if cpu else platform.machine()
    return f"{name}, {os.cpu_count()} cores, {kib / 2**20:.0f} GiB, Linux {platform.release()}"


def version(program: str, *arguments: str) -> str:
    """Return the version that a program tells, or nothing where there is no such program."""
    if shutil.which(program) is None:
        return ""
    run = subprocess.run([program, *arguments], check=False, capture_output=True, text=True)
    found = re.search(r"\d+\.\d+[\w.-]*", run.stdout + run.stderr)
    return found[0] if found else ""
