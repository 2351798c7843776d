"""Django's backend for MySQL and MariaDB, where one thread at a time waits for a server that does not answer.

A server that says nothing, because its host or the network is gone, holds for seconds whoever connects to it. Were
these all threads of a process, its probes would wait behind them, and it would be restarted, with all the pages that it
keeps. So after a failure nobody connects for a second, and then one thread tries; the others fail at once. And whoever
has a connection from before waits for a sign of life for a second, not for as long as a statement may take.
"""

from __future__ import annotations

import select
import threading
import time
from typing import Any

from django.db import OperationalError
from django.db.backends.mysql import base

PAUSE_SECONDS = 1.0
"""After a failure nobody tries for so long."""
SIGN_OF_LIFE_SECONDS = 1.0
"""How long a server is waited for that has nothing to do but to say that it is there."""
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
        if _has_just_failed() or not _trying.acquire(blocking=False):
            raise OperationalError(2003, "The database server did not answer a moment ago, so it was not asked again.")
        try:
            # Not for as long as at first, when a server may only be busy: others wait to hear whether it is back.
            return self._connect(conn_params | {"connect_timeout": 1})
        finally:
            _trying.release()

    def is_usable(self) -> bool:
        """Tell whether the server answers on this connection. It is not asked where it did not answer a moment ago."""
        global _failed
        if _has_just_failed():
            return False
        try:
            self.connection.send_query(b"DO 0")
            if not _is_answered(self.connection):
                _failed = time.monotonic()
                return False
            self.connection.read_query_result()
        except base.Database.Error:
            return False
        return True

    def _connect(self, conn_params: dict[str, Any]) -> Any:
        global _failed
        try:
            made = super().get_new_connection(conn_params)
        except base.Database.OperationalError as error:
            _failed = time.monotonic() if error.args and error.args[0] in _CLIENT_ERRORS else None
            raise
        _failed = None
        return made


def _has_just_failed() -> bool:
    failed = _failed
    return failed is not None and time.monotonic() - failed < PAUSE_SECONDS


def _is_answered(connection: Any) -> bool:
    """Wait for the first byte of an answer. (The driver's own limit is that of the slowest statement.)"""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(SIGN_OF_LIFE_SECONDS * 1000))
