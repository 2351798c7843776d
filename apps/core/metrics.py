"""Numbers for Prometheus, on a port of their own that no gateway sees (`METRICS_PORT`).

The workers of a process write to files in memory, and the process that started them (gunicorn's arbiter) adds these
up and answers the scrapes, so that it does not matter which worker is asked. Without a port the numbers stay in the
workers and nobody reads them.
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
"""How often a worker asks the database whether it is there."""
WRITE_SECONDS = 0.2
"""How often a worker writes what it has counted."""
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
_kept = Gauge("page_cache_pages", "Pages that are kept.", ["role"], multiprocess_mode="livesum")
_kept_bytes = Gauge("page_cache_bytes", "Bytes that they take.", ["role"], multiprocess_mode="livesum")


class _Answers:
    """How many answers there were of a method and a status, by how long they took."""

    __slots__ = ("buckets", "seconds")

    def __init__(self, buckets: int) -> None:
        self.buckets, self.seconds = [0] * buckets, 0.0


# What was answered so far. The event loop alone counts here, and numbers only grow, so that the thread that writes them
# down now and then takes what came since, without a lock: a cached page takes hardly longer than a lock.
_answers: dict[tuple[str, int], _Answers] = {}
_results: dict[str, int] = {"hit": 0, "miss": 0, "stale": 0}
_kept_pages = 0, 0
_is_read = False
_writing = threading.Lock()


def observe(method: str, path: str, status: int, seconds: float) -> None:
    """Count an answered request, unless it was a probe: these would outnumber the failures of a role with few requests.

    Methods that nobody knows are counted as one, so that a client cannot make series.
    """
    if _is_read and path not in roles.EVERYWHERE:
        _count(method if method in METHODS else "other", status, seconds)


def hit(method: str, status: int, seconds: float) -> None:
    """Count the answer to a GET or HEAD that was a cached page."""
    if _is_read:
        _count(method, status, seconds)
        _results["hit"] += 1


def page(result: str) -> None:
    """Count an answer of the page cache: `hit`, `miss` or `stale`."""
    if _is_read:
        _results[result] += 1


def pages(number: int, size: int) -> None:
    """Record how many pages are kept, and their bytes."""
    global _kept_pages
    _kept_pages = number, size


def _count(method: str, status: int, seconds: float) -> None:
    answers = _answers.get((method, status))
    if answers is None:
        answers = _answers[method, status] = _Answers(len(BOUNDS))
    answers.buckets[bisect_left(BOUNDS, seconds)] += 1
    answers.seconds += seconds


def write() -> None:
    """Write what was counted since the last time."""
    with _writing:
        _write()


_written_answers: dict[tuple[str, int], _Answers] = {}
_written_results: dict[str, int] = dict.fromkeys(_results, 0)


def _write() -> None:
    for (method, status), answers in list(_answers.items()):
        written = _written_answers.setdefault((method, status), _Answers(len(BOUNDS)))
        buckets, seconds = list(answers.buckets), answers.seconds
        new = [now - before for now, before in zip(buckets, written.buckets, strict=True)]
        _requests.labels(settings.ROLE, method, status).inc(sum(new))
        _seconds.add((settings.ROLE, method), new, seconds - written.seconds)
        written.buckets, written.seconds = buckets, seconds
    for result, number in list(_results.items()):
        _pages.labels(settings.ROLE, result).inc(number - _written_results[result])
        _written_results[result] = number
    for gauge, number in zip((_kept, _kept_bytes), _kept_pages, strict=True):
        gauge.labels(settings.ROLE).set(number)


def misrouted(owner: str) -> None:
    """Count a request that the gateway should have sent to the role `owner`."""
    _misrouted.labels(settings.ROLE, owner).inc()


def ask_database() -> bool:
    """Return whether the database answers, on a connection made for the question, and record it."""
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
    """Record how many connections the server has, of how many: any user may ask for these two."""
    cursor.execute("SHOW GLOBAL STATUS LIKE 'Threads_connected'")
    _database_connections.labels(settings.ROLE).set(int(cursor.fetchone()[1]))
    cursor.execute("SELECT @@GLOBAL.max_connections")
    _database_connections_limit.labels(settings.ROLE).set(cursor.fetchone()[0])


def begin() -> None:
    """Write what is counted, and watch the database, now and then, in threads of their own."""
    global _is_read
    _is_read = True
    atexit.register(write)
    # A scrape must not wait for the database, and no reader's page either.
    for work, seconds in ((write, WRITE_SECONDS), (ask_database, DATABASE_SECONDS)):
        threading.Thread(target=_repeat, args=(work, seconds), name=f"metrics: {work.__name__}", daemon=True).start()


def _repeat(work: Callable[[], object], seconds: float) -> None:
    while True:
        try:
            work()
        except Exception:
            logger.exception("The metrics lack something: %s failed", work.__name__)
        time.sleep(seconds)
