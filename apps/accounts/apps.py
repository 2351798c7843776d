"""The Django app `accounts`."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Login, permissions, the audit entries of the admin, and the time zones of editors."""

    name = "apps.accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        """Connect the signal receivers for logins, and register the checks."""
        import_module("apps.accounts.audit")
        import_module("apps.accounts.checks")
        import_module("apps.accounts.devices")
        import_module("apps.accounts.sessions")
        import_module("apps.accounts.password_again")
        import_module("apps.accounts.user_changes")
