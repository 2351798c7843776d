"""The base class of management commands that write: each run that writes anything has an entry in the audit trail."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, transaction

from . import trail
from .models import AuditEntry

INSERTS, CHANGES = ("INSERT", "REPLACE"), ("UPDATE", "DELETE")


class RecordedCommand(BaseCommand):
    """A command whose runs are recorded: with what was done if it wrote anything, and also if it failed or was stopped.

    A run that writes nothing has no entry, and none has one of which `options["dry_run"]` says that it is only tried. An
    entry that is written during a run, as of a new token, has the name of the command; the run then needs no other.
    """

    done = ""
    """What the run did, for its entry. Its arguments are not recorded: they may be somebody's address."""
    has_written = False
    """Whether there is something to record; set for a run that changes something outside the database."""
    is_long = False
    """Whether the beginning is recorded too, so that a run that is killed is on record."""
    in_one_transaction = False
    """Whether the run and its entry are committed together; then a run that fails has written nothing."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command, and record it."""
        self.done, self.has_written, self._is_recorded = "", False, False
        self._is_tried = bool(options.get("dry_run"))
        scope = transaction.atomic() if self.in_one_transaction else nullcontext()
        with trail.running(type(self).__module__.rpartition(".")[2]), scope, connection.execute_wrapper(self._watch):
            try:
                if self.is_long and not self._is_tried:
                    trail.record(trail.Action.COMMAND, message="begins")
                output = super().execute(*args, **options)
            except BaseException as error:
                if not self.in_one_transaction:
                    with suppress(DatabaseError):  # It may be the reason.
                        self._record(_reason(error))
                raise
            self._record()
            return output

    def what_was_done(self) -> str:
        """Return what the run has done so far, for its entry."""
        return self.done

    def _record(self, reason: str = "") -> None:
        message = f"{self.what_was_done()} {reason}".strip()
        if self.has_written and not self._is_tried and (message or not self._is_recorded):
            trail.record(trail.Action.COMMAND, message=message)

    def _watch(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Notice a statement that has written rows."""
        result = execute(sql, params, many, context)
        verb = sql.split(maxsplit=1)[0].upper()
        # SQLite does not count the rows of an INSERT that returns their ids.
        if verb in INSERTS or (verb in CHANGES and context["cursor"].rowcount):
            self.has_written = True
            self._is_recorded = self._is_recorded or AuditEntry._meta.db_table in sql
        return result


def recorded(command: type[BaseCommand]) -> type[BaseCommand]:
    """Return a command of a package as one whose runs are recorded."""
    return type("Command", (RecordedCommand, command), {"__module__": command.__module__})


def _reason(error: BaseException) -> str:
    """Return how a run ended. The error's text is left out: it may have somebody's name or address."""
    how = f"exit status {error.code}" if isinstance(error, SystemExit) else type(error).__name__
    return f"(ended by {how})"
