"""Numbers for Prometheus, on a port of their own that no gateway sees (`METRICS_PORT`).

The workers of a process write to files in memory, and the process that started them (gunicorn's arbiter) adds these
up and answers the scrapes, so that it does not matter which worker is asked. Without a port the numbers stay in the
workers and nobody reads them.
"""

from __future__ import annotations

import threading
import time
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.utils import CursorWrapper
from prometheus_client import Counter, Gauge, Histogram

from blog_project import roles

DATABASE_SECONDS = 15
"""How often a worker asks the database whether it is there."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_requests = Counter("http_requests", "Requests answered.", ["role", "method", "status"])
_seconds = Histogram("http_request_duration_seconds", "Time from a request to its answer.", ["role", "method"])
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


def observe(method: str, path: str, status: int, seconds: float) -> None:
    """Count an answered request, unless it was a probe: these would outnumber the failures of a role with few requests.

    Methods that nobody knows are counted as one, so that a client cannot make series.
    """
    if path in roles.EVERYWHERE:
        return
    answered, took = _of_requests(method if method in METHODS else "other", status)
    answered.inc()
    took.observe(seconds)


# Finding the series of some labels costs more than counting in it.


@cache
def _of_requests(method: str, status: int) -> tuple[Counter, Histogram]:
    return _requests.labels(settings.ROLE, method, status), _seconds.labels(settings.ROLE, method)


@cache
def _of_pages(result: str) -> Counter:
    return _pages.labels(settings.ROLE, result)


def misrouted(owner: str) -> None:
    """Count a request that the gateway should have sent to the role `owner`."""
    _misrouted.labels(settings.ROLE, owner).inc()


def page(result: str) -> None:
    """Count an answer of the page cache: `hit`, `miss` or `stale`."""
    _of_pages(result).inc()


def pages(number: int, size: int) -> None:
    """Record how many pages are kept, and their bytes."""
    _kept.labels(settings.ROLE).set(number)
    _kept_bytes.labels(settings.ROLE).set(size)


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


def watch_database() -> None:
    """Ask the database now and then, in a thread of its own: a scrape must not wait for it, and no reader's page."""

    def watch() -> None:
        while True:
            ask_database()
            time.sleep(DATABASE_SECONDS)

    threading.Thread(target=watch, name="database-watch", daemon=True).start()
