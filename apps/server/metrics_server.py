"""Answers to Prometheus: what gunicorn's arbiter does with the numbers of `metrics.py`.

Of its own, because the arbiter asks no database and serves no request, and Django would only be memory to it.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from apps.core.histograms import with_histograms

TRIES, PAUSE_SECONDS = 5, 0.05
"""How often the workers' files are read where one of them is being made just then, and how long is waited between."""


class Collector(MultiProcessCollector):
    """prometheus_client's own, which also meets files that a worker has made and not yet filled."""

    def collect(self) -> Iterable[Metric]:
        """Return the sums. Raises struct.error or ValueError where a file stays unreadable."""
        for _try in range(TRIES - 1):
            try:
                return with_histograms(super().collect())
            except (struct.error, ValueError):
                time.sleep(PAUSE_SECONDS)
        return with_histograms(super().collect())


def serve(address: str, port: int) -> None:
    """Answer scrapes at `address`:`port` with the sum of what the workers have counted."""
    registry = CollectorRegistry()
    Collector(registry)
    start_http_server(port, address, registry)


def forget(pid: int) -> None:
    """Drop what a worker that has ended said about the present (whether it saw the database)."""
    mark_process_dead(pid)
