"""What an error of the database means: that it is away for now, or that something is wrong with us."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError

# Codes of MySQL and MariaDB where waiting does not help: a grant or a password is wrong, an account is locked or its
# password too old, a column is not there because the code and the schema do not fit.
_OURS = frozenset({1044, 1045, 1142, 1143, 1227, 1370, 1698, 1862, 3118, 4151, 1054})


def is_outage(error: BaseException | None) -> bool:
    """Whether the database is away or too busy, so that the same request may succeed in a moment."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return not (error.args and error.args[0] in _OURS)
