"""The state of the cluster: a table in a terminal, otherwise a line for each change."""

from __future__ import annotations

import sys
import time
from typing import NamedTuple

from tools.local_cluster.cluster import Cluster

SECONDS = 1.0
"""Seconds between two updates."""
# Rows fit into 80 columns: a row that wraps takes two lines, and the table would exceed 24 lines.
_HEAD = f"{'role':<9}{'pod':<23}{'state':<16}{'port':>6}{'restarts':>9}{'memory':>9}{'req/s':>7}"
_HOME, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"
_OPEN, _CLOSE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


class Row(NamedTuple):
    """The row of one pod."""

    role: str
    pod: str
    state: str
    port: int
    restarts: int
    memory: int
    """PSS of the pod's processes, in bytes."""
    rate: float
    """Requests per second that the gateway has sent to the pod since the last update."""

    def __str__(self) -> str:
        numbers = f"{self.port:>6}{self.restarts:>9}{self.memory / 2**20:>6.1f} MB{self.rate:>7.1f}"
        return f"{self.role:<9}{self.pod:<23}{self.state:<16.15}{numbers}"


class Monitor:
    """Computes the rows of a cluster, with request rates since the last call."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        # Earlier requests, such as the probes at the start, do not count.
        self._counts, self._time = cluster.gateway.requests(), time.monotonic()

    def rows(self) -> list[Row]:
        """Return a row per pod, by role."""
        counts, now = self.cluster.gateway.requests(), time.monotonic()
        before, seconds = self._counts, now - self._time
        self._counts, self._time = counts, now
        return [
            Row(
                role=pod.role,
                pod=pod.name,
                state=pod.state,
                port=pod.port,
                restarts=pod.restarts,
                memory=pod.memory(),
                rate=max(0, counts.get(pod.port, 0) - before.get(pod.port, 0)) / seconds,
            )
            for pod in sorted(self.cluster.all_pods(), key=lambda pod: self.cluster.roles.index(pod.role))
        ]


def show(cluster: Cluster, notice: str) -> None:
    """Show the cluster under a notice until interrupted (KeyboardInterrupt), on the standard output."""
    if sys.stdout.isatty():
        _print(notice)  # Also printed outside the alternate screen: it contains the password, which is shown only once.
        _draw(Monitor(cluster), notice)
    else:
        _report(Monitor(cluster), notice)


def _draw(monitor: Monitor, notice: str) -> None:
    try:
        sys.stdout.write(_OPEN)
        while True:
            rows = monitor.rows()
            memory, rate = sum(row.memory for row in rows), sum(row.rate for row in rows)
            total = f"{'':<63}{memory / 2**20:>6.1f} MB{rate:>7.1f}"
            lines = [*notice.splitlines(), "", _HEAD, *map(str, rows), total, "", "  Ctrl-C drains and stops."]
            sys.stdout.write(_HOME + "".join(f"{line}{_CLEAR_LINE}\r\n" for line in lines) + _CLEAR_BELOW)
            sys.stdout.flush()
            time.sleep(SECONDS)
    finally:
        sys.stdout.write(_CLOSE)
        sys.stdout.flush()


def _report(monitor: Monitor, notice: str) -> None:
    _print(notice, "", _HEAD)
    printed: dict[str, tuple[str, int]] = {}
    while True:
        rows = monitor.rows()
        _print(*(str(row) for row in rows if printed.get(row.pod) != (row.state, row.restarts)))
        printed = {row.pod: (row.state, row.restarts) for row in rows}
        time.sleep(SECONDS)


def _print(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
