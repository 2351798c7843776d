"""Django's backend for MySQL and MariaDB; at most one thread at a time waits for a server that does not respond.

When the server's host or the network is down, connecting blocks for seconds. If that blocked every thread of a process,
its probes would time out, and it would be restarted and lose its page cache. So after a failure no thread connects for
`PAUSE_SECONDS`; then one thread tries, and the others fail at once. The health check of an existing connection waits
for `HEALTH_CHECK_SECONDS` and not for as long as a statement may take.
"""

from __future__ import annotations

import select
import threading
import time
from typing import Any

from django.db import OperationalError
from django.db.backends.mysql import base

PAUSE_SECONDS = 1.0
"""How long no thread tries to connect after a failure."""
HEALTH_CHECK_SECONDS = 1.0
"""Timeout of the statement that tests whether a connection is usable."""
_CLIENT_ERRORS = range(2000, 3000)
"""Error codes of the client library, such as a timeout. Other codes are sent by a server, which is up."""

_retry_lock = threading.Lock()
_failed_at: float | None = None
"""When the last attempt to connect failed (time.monotonic); None if it succeeded."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that fails at once while the server is known to be down."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect. Raises OperationalError at once if the server did not respond within the last `PAUSE_SECONDS`."""
        if _failed_at is None:
            return self._connect(conn_params)
        if _has_recently_failed() or not _retry_lock.acquire(blocking=False):
            raise OperationalError(2003, "The database server did not answer a moment ago, so it was not asked again.")
        try:
            # A shorter timeout than for the first attempt, when the server may only be busy.
            return self._connect(conn_params | {"connect_timeout": 1})
        finally:
            _retry_lock.release()

    def is_usable(self) -> bool:
        """Return whether the server responds on this connection; False at once if it did not a moment ago."""
        global _failed_at
        if _has_recently_failed():
            return False
        try:
            self.connection.send_query(b"DO 0")
            if not _has_response(self.connection):
                _failed_at = time.monotonic()
                return False
            self.connection.read_query_result()
        except base.Database.Error:
            return False
        return True

    def _connect(self, conn_params: dict[str, Any]) -> Any:
        global _failed_at
        try:
            connection = super().get_new_connection(conn_params)
        except base.Database.OperationalError as error:
            _failed_at = time.monotonic() if error.args and error.args[0] in _CLIENT_ERRORS else None
            raise
        _failed_at = None
        return connection


def _has_recently_failed() -> bool:
    failed = _failed_at
    return failed is not None and time.monotonic() - failed < PAUSE_SECONDS


def _has_response(connection: Any) -> bool:
    """Wait for the first byte of a response. (The driver's own timeout is that of the slowest statement.)"""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(HEALTH_CHECK_SECONDS * 1000))
