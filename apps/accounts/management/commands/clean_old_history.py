"""`manage.py clean_old_history` of simple_history, whose runs are recorded in the audit trail."""

from simple_history.management.commands import clean_old_history

from apps.audit.commands import recorded

Command = recorded(clean_old_history.Command)
