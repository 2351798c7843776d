"""`manage.py axes_reset_logs` of axes, whose runs are recorded in the audit trail."""

from axes.management.commands import axes_reset_logs

from apps.audit.commands import recorded

Command = recorded(axes_reset_logs.Command)
