"""`manage.py axes_reset` of axes, whose runs are recorded in the audit trail."""

from axes.management.commands import axes_reset

from apps.audit.commands import recorded

Command = recorded(axes_reset.Command)
