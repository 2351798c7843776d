"""`manage.py addstatictoken` of django_otp.plugins.otp_static, whose runs are recorded in the audit trail."""

from django_otp.plugins.otp_static.management.commands import addstatictoken

from apps.audit.commands import recorded

Command = recorded(addstatictoken.Command)
