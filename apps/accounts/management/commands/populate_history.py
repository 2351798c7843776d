"""`manage.py populate_history` of simple_history, whose runs are recorded in the audit trail."""

from simple_history.management.commands import populate_history

from apps.audit.commands import recorded

Command = recorded(populate_history.Command)
