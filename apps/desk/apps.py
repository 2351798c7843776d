"""The desk as a Django app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """The editors' desk."""

    name = "apps.desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        """Listen for logins."""
        import_module("apps.desk.audit")
