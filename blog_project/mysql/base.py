"""Django's backend for MySQL and MariaDB, where one thread at a time waits for a server that does not answer.

A server that says nothing, because its host or the network is gone, holds for seconds whoever connects to it. Were
these all threads of a process, its probes would wait behind them, and it would be restarted, with all the pages that it
keeps. So after a failure nobody connects for a second, and then one thread tries; the others fail at once.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from django.db import OperationalError
from django.db.backends.mysql import base

PAUSE_SECONDS = 1.0
"""After a failure nobody tries for so long."""
_CLIENT_ERRORS = range(2000, 3000)
"""Codes of what the client found out by itself. A server that refuses us has answered."""

_trying = threading.Lock()
_failed: float | None = None
"""When the last attempt failed (time.monotonic); None where it did not."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is not waited for by everybody."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect. Raises OperationalError at once where the server did not answer a moment ago."""
        if _failed is None:
            return self._connect(conn_params)
        if time.monotonic() - _failed < PAUSE_SECONDS or not _trying.acquire(blocking=False):
            raise OperationalError(2003, "The database server did not answer a moment ago, so it was not asked again.")
        try:
            return self._connect(conn_params)
        finally:
            _trying.release()

    def _connect(self, conn_params: dict[str, Any]) -> Any:
        global _failed
        try:
            made = super().get_new_connection(conn_params)
        except base.Database.OperationalError as error:
            _failed = time.monotonic() if error.args and error.args[0] in _CLIENT_ERRORS else None
            raise
        _failed = None
        return made
