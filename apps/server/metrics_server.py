"""The server for Prometheus scrapes; gunicorn's arbiter runs it with the metrics of `apps.core.metrics`.

A separate module without Django, which the arbiter does not need and which would take memory.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from apps.core.histograms import with_histograms

MAX_ATTEMPTS, PAUSE_SECONDS = 5, 0.05
"""How often to read the workers' files while one of them is still being created, and how long to wait in between."""
HEADERS = [
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
]
"""Nobody opens the metrics in a browser, but a page in one could ask for them."""


class Collector(MultiProcessCollector):
    """prometheus_client's collector, but it retries while a worker has created a file and not yet filled it."""

    def collect(self) -> Iterable[Metric]:
        """Return the metrics summed over the workers. Raises struct.error or ValueError if a file stays unreadable."""
        for _attempt in range(MAX_ATTEMPTS - 1):
            try:
                return with_histograms(super().collect())
            except (struct.error, ValueError):
                time.sleep(PAUSE_SECONDS)
        return with_histograms(super().collect())


def serve(address: str, port: int) -> None:
    """Start a thread that serves the sums of the workers' metrics at `address`:`port`."""
    registry = CollectorRegistry()
    Collector(registry)
    server, _thread = start_http_server(port, address, registry)
    server.set_app(_with_headers(server.get_app()))


def _with_headers(application: Callable) -> Callable:
    """Wrap a WSGI application so that its responses have `HEADERS`."""

    def wrapped(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        return application(environ, lambda status, headers, *error: start_response(status, headers + HEADERS, *error))

    return wrapped


def drop_worker(pid: int) -> None:
    """Drop the gauges of a worker that has ended (such as whether the database is up)."""
    mark_process_dead(pid)
