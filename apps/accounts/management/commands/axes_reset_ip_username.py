"""`manage.py axes_reset_ip_username` of axes, whose runs are recorded in the audit trail."""

from axes.management.commands import axes_reset_ip_username

from apps.audit.commands import recorded

Command = recorded(axes_reset_ip_username.Command)
