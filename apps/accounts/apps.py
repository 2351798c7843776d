"""People as a Django app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Sign-in, sessions, rights and the audit trail."""

    name = "apps.accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        """Listen for logins."""
        import_module("apps.accounts.audit")
