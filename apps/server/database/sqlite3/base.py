"""Django's backend for SQLite; a new database can be read by its owner alone, whatever the umask.

The file has password hashes, addresses of commenters and drafts. SQLite gives its own mode to the files beside it (the
write-ahead log and its index): https://sqlite.org/src/file?name=src/os_unix.c (findCreateFileMode).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

MODE = 0o600
"""Read and write for the owner, nothing for anybody else."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that creates a missing file with `MODE`."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect. Raises OperationalError if the file cannot be opened."""
        name = str(conn_params["database"])
        if not (conn_params.get("uri") and name.startswith("file:")) and name != ":memory:":
            with suppress(OSError):  # SQLite tells what is wrong with the path.
                Path(name).touch(mode=MODE, exist_ok=True)
        return super().get_new_connection(conn_params)
