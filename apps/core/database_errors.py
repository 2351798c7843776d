"""What an error of the database means: that it is away for now, or that something is wrong with us."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

# Codes of MySQL and MariaDB where waiting does not help: a grant or a password is wrong, an account is locked or its
# password too old, a column is not there because the code and the schema do not fit.
_OURS = frozenset({1044, 1045, 1142, 1143, 1227, 1370, 1698, 1862, 3118, 4151, 1054})


def is_outage(error: BaseException | None) -> bool:
    """Whether the database is away or too busy, so that the same request may succeed in a moment."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return not (error.args and error.args[0] in _OURS)


# Codes that tell of a connection to the wrong server, or to none: it was started read-only (1290), it or its storage is
# read-only (1836), or it lets us only read (1792), all of which a failover leaves behind; it has gone away (2006, 2013).
_ELSEWHERE = frozenset({1290, 1792, 1836, 2006, 2013})


def watch(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Have a connection given up after such an error; the `connection_created` signal's receiver.

    Django pings a connection that has failed and keeps one that answers, as a server that was the primary does. So
    every later write of this thread would fail too.
    """
    if connection.vendor == "mysql" and _give_up not in connection.execute_wrappers:
        connection.execute_wrappers.append(_give_up)


def _give_up(execute: Callable, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    try:
        return execute(sql, params, many, context)
    except OperationalError as error:
        if error.args and error.args[0] in _ELSEWHERE:
            # At the end of the request, because a transaction may have to be rolled back first.
            context["connection"].close_at = time.monotonic()
        raise
