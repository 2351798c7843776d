"""Answers to Prometheus: what gunicorn's arbiter does with the numbers of `metrics.py`.

Of its own, because the arbiter asks no database and serves no request, and Django would only be memory to it.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead


def serve(address: str, port: int) -> None:
    """Answer scrapes at `address`:`port` with the sum of what the workers have counted."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    start_http_server(port, address, registry)


def forget(pid: int) -> None:
    """Drop what a worker that has ended said about the present (whether it saw the database)."""
    mark_process_dead(pid)
