"""Metrics for Prometheus, served on a separate port that no gateway exposes (`METRICS_PORT`).

Workers write their metrics to files in memory. Their parent process (gunicorn's arbiter) adds these up and serves the
scrapes, so that a scrape covers all workers. Without a port the metrics stay in the workers and are not served.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from bisect import bisect_left
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.utils import CursorWrapper
from prometheus_client import Counter, Gauge

from blog_project import roles

from .histograms import BOUNDS, CountedHistogram

logger = logging.getLogger(__name__)

DATABASE_SECONDS = 15
"""The interval at which a worker checks that the database responds."""
WRITE_SECONDS = 0.2
"""The interval at which a worker writes its counts."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_requests = Counter("http_requests", "Requests answered.", ["role", "method", "status"])
_seconds = CountedHistogram("http_request_duration_seconds", "Time from a request to its answer.", ["role", "method"])
_misrouted = Counter("misrouted_requests", "Requests for another role, answered with 421.", ["role", "owner"])
_database_up = Gauge("database_up", "Whether the database answers.", ["role"], multiprocess_mode="livemin")
_database_connections = Gauge(
    "database_connections", "Connections that its server has, whoever made them.", ["role"], multiprocess_mode="livemax"
)
_database_connections_limit = Gauge(
    "database_connections_limit", "Connections that its server allows.", ["role"], multiprocess_mode="livemax"
)
_pages = Counter(
    "page_cache_requests", "Requests for pages: hit, miss, or stale while we are down.", ["role", "result"]
)
_cached_pages = Gauge("page_cache_pages", "Pages that are kept.", ["role"], multiprocess_mode="livesum")
_cached_bytes = Gauge("page_cache_bytes", "Bytes that they take.", ["role"], multiprocess_mode="livesum")
_slow_clients = Counter(
    "slow_clients", "Connections given up: for a slow head, body or response, or idle.", ["role", "what"]
)
_refused = Counter("refused_for_load", "Connections, bodies and uploads for which there was no room.", ["role", "what"])
SLOW, REFUSED = ("head", "body", "response", "idle"), ("connection", "body", "upload")
"""The values of the label `what` of the two counters."""
_dropped_lines = Counter("access_lines_dropped", "Lines of the access log for which there was no room.", ["role"])
_connections = Gauge("open_connections", "Connections of clients.", ["role"], multiprocess_mode="livesum")


class _ResponseCounts:
    """The number of responses with one method and status in each bucket, and their total duration in seconds."""

    __slots__ = ("buckets", "seconds")

    def __init__(self, buckets: int) -> None:
        self.buckets, self.seconds = [0] * buckets, 0.0


# Counts since the start of the worker. Only the event loop updates them, and they only grow, so the writing thread can
# compute the differences without a lock: a cached page takes hardly longer than acquiring one.
_responses: dict[tuple[str, int], _ResponseCounts] = {}
_cache_results: dict[str, int] = {"hit": 0, "miss": 0, "stale": 0}
_cache_size = 0, 0
_open_connections = 0
_is_read = False
_write_lock = threading.Lock()


def observe(method: str, path: str, status: int, seconds: float) -> None:
    """Count a response that took `seconds`, except to probes, which would hide the error rate of a quiet role.

    Unknown methods are counted as "other", so that a client cannot create time series.
    """
    if _is_read and path not in roles.EVERYWHERE:
        _count(method if method in METHODS else "other", status, seconds)


def count_hit(method: str, status: int, seconds: float) -> None:
    """Count a response from the page cache to a GET or HEAD request."""
    if _is_read:
        _count(method, status, seconds)
        _cache_results["hit"] += 1


def count_result(result: str) -> None:
    """Count a result of the page cache: `hit`, `miss` or `stale`."""
    if _is_read:
        _cache_results[result] += 1


def set_cache_size(number: int, size: int) -> None:
    """Record the number of cached pages and their size in bytes."""
    global _cache_size
    _cache_size = number, size


def count_slow(what: str) -> None:
    """Count a connection that was given up because of its client: what was too slow, `head`, `body` or `response`.

    `idle` is a connection that brought no request, or was closed to make room for others.
    """
    if _is_read:
        _slow_clients.labels(settings.ROLE, what).inc()


def count_refused(what: str) -> None:
    """Count a `connection`, `body` or `upload` that was refused because there were too many."""
    if _is_read:
        _refused.labels(settings.ROLE, what).inc()


def count_dropped_lines(number: int) -> None:
    """Count lines of the access log that were dropped because they are not read as fast as they are written."""
    if _is_read:
        _dropped_lines.labels(settings.ROLE).inc(number)


def set_connections(number: int) -> None:
    """Record the number of open connections."""
    global _open_connections
    _open_connections = number


def _count(method: str, status: int, seconds: float) -> None:
    counts = _responses.get((method, status))
    if counts is None:
        counts = _responses[method, status] = _ResponseCounts(len(BOUNDS))
    counts.buckets[bisect_left(BOUNDS, seconds)] += 1
    counts.seconds += seconds


def write() -> None:
    """Write the counts since the last write to the metrics files."""
    with _write_lock:
        _write()


_written_responses: dict[tuple[str, int], _ResponseCounts] = {}
_written_cache_results: dict[str, int] = dict.fromkeys(_cache_results, 0)


def _write() -> None:
    for (method, status), counts in list(_responses.items()):
        written = _written_responses.setdefault((method, status), _ResponseCounts(len(BOUNDS)))
        buckets, seconds = list(counts.buckets), counts.seconds
        new = [now - before for now, before in zip(buckets, written.buckets, strict=True)]
        _requests.labels(settings.ROLE, method, status).inc(sum(new))
        _seconds.add((settings.ROLE, method), new, seconds - written.seconds)
        written.buckets, written.seconds = buckets, seconds
    for result, number in list(_cache_results.items()):
        _pages.labels(settings.ROLE, result).inc(number - _written_cache_results[result])
        _written_cache_results[result] = number
    for gauge, number in zip((_cached_pages, _cached_bytes), _cache_size, strict=True):
        gauge.labels(settings.ROLE).set(number)
    _connections.labels(settings.ROLE).set(_open_connections)


def misrouted(owner: str) -> None:
    """Count a request that the gateway should have sent to the role `owner`."""
    _misrouted.labels(settings.ROLE, owner).inc()


def check_database() -> bool:
    """Return whether the database responds, and record it. Uses a new connection and closes it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            if connection.vendor == "mysql":
                _count_connections(cursor)
        up = True
    except DatabaseError:
        up = False
    finally:
        connection.close()
    _database_up.labels(settings.ROLE).set(up)
    return up


def _count_connections(cursor: CursorWrapper) -> None:
    """Record the number and the limit of the server's connections; reading them needs no privilege."""
    cursor.execute("SHOW GLOBAL STATUS LIKE 'Threads_connected'")
    _database_connections.labels(settings.ROLE).set(int(cursor.fetchone()[1]))
    cursor.execute("SELECT @@GLOBAL.max_connections")
    _database_connections_limit.labels(settings.ROLE).set(cursor.fetchone()[0])


def start() -> None:
    """Start the threads that periodically write the counts and check the database."""
    global _is_read
    _is_read = True
    # A counter that exists from the start shows its first increase: the rate of one that appears with it is zero.
    for counter, values in ((_slow_clients, SLOW), (_refused, REFUSED)):
        for what in values:
            counter.labels(settings.ROLE, what)
    _dropped_lines.labels(settings.ROLE)
    atexit.register(write)
    # These are threads because neither a scrape nor a page may wait for the database.
    for work, seconds in ((write, WRITE_SECONDS), (check_database, DATABASE_SECONDS)):
        threading.Thread(target=_repeat, args=(work, seconds), name=f"metrics: {work.__name__}", daemon=True).start()


def _repeat(work: Callable[[], object], seconds: float) -> None:
    while True:
        try:
            work()
        except Exception:
            logger.exception("The metrics could not be updated: %s failed", work.__name__)
        time.sleep(seconds)
