"""`manage.py axes_reset_ip` of axes, whose runs are recorded in the audit trail."""

from axes.management.commands import axes_reset_ip

from apps.audit.commands import recorded

Command = recorded(axes_reset_ip.Command)
