"""The Django app `audit`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """The entries of the audit trail, which every process that writes adds to."""

    name = "apps.audit"
    verbose_name = _("Audit trail")
