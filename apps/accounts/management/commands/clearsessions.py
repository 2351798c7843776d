"""`manage.py clearsessions` of django.contrib.sessions, whose runs are recorded in the audit trail."""

from django.contrib.sessions.management.commands import clearsessions

from apps.audit.commands import recorded

Command = recorded(clearsessions.Command)
