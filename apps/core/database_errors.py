"""Classification of database errors: temporary outages, and connections that have to be closed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

# Codes of MySQL and MariaDB for which a retry does not help: a missing grant or wrong password, a locked account, an
# expired password, or a missing column because the code and the schema differ.
_PERMANENT_CODES = frozenset({1044, 1045, 1142, 1143, 1227, 1370, 1698, 1862, 3118, 4151, 1054})


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database is unreachable or too busy, so that the same request may succeed later."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return not (error.args and error.args[0] in _PERMANENT_CODES)


# Codes of a connection to a former primary or a lost server: after a failover the server was started read-only (1290),
# it or its storage is read-only (1836), or the transaction is read-only (1792); or it has gone away (2006, 2013).
_STALE_CONNECTION_CODES = frozenset({1290, 1792, 1836, 2006, 2013})


def watch(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Have the connection closed after an error of a stale connection. A receiver of `connection_created`.

    Django pings a connection after an error and keeps it if the server responds. A former primary responds, so every
    later write of the same thread would fail too.
    """
    if connection.vendor == "mysql" and _close_after_error not in connection.execute_wrappers:
        connection.execute_wrappers.append(_close_after_error)


def _close_after_error(execute: Callable, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    try:
        return execute(sql, params, many, context)
    except OperationalError as error:
        if error.args and error.args[0] in _STALE_CONNECTION_CODES:
            # At the end of the request, because a transaction may have to be rolled back first.
            context["connection"].close_at = time.monotonic()
        raise
