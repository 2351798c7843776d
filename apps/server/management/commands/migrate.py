"""`manage.py migrate`: Django's command, of which only one at a time changes a MySQL or MariaDB.

Two migration Jobs can run at once: those of two releases, or of one release whose components were changed
(docs/decisions/0025). The server undoes no half migration, so the second has to wait for the first, and then finds
nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

PATIENCE_SECONDS = 5
"""How long one question for the lock waits: shorter than any limit of a statement."""


class Command(migrate.Command):
    """Django's `migrate` with a lock on the server; `--check` and `--plan` change nothing and take none."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate. Raises what Django's command raises."""
        connection = connections[options["database"]]
        if connection.vendor != "mysql" or options["check_unapplied"] or options["plan"]:
            super().handle(*args, **options)
            return
        if not options["skip_checks"]:
            # Before connecting: they say what is wrong with the address.
            self.check(databases=[options["database"]])
        with self._lock(connection):
            super().handle(*args, **options)

    @contextmanager
    def _lock(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Hold the lock of this database, on a connection of its own, which a migration does not close.

        The server releases it when the connection ends, also if the process was killed.
        """
        name = f"migrate {connection.settings_dict['NAME']}"[:64]
        with closing(connection.copy()) as own, own.cursor() as cursor:
            is_told = False
            while not _is_locked(cursor, name):
                if not is_told:
                    self.stderr.write("Another process migrates this database; waiting until it has ended.")
                    is_told = True
            yield


def _is_locked(cursor: Any, name: str) -> bool:
    cursor.execute("SELECT GET_LOCK(%s, %s)", [name, PATIENCE_SECONDS])
    return cursor.fetchone()[0] == 1
