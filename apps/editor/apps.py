"""The editor as a Django app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorConfig(AppConfig):
    """The editors' admin over all content."""

    name = "apps.editor"
    verbose_name = _("Editor")

    def ready(self) -> None:
        """Connect the signal receivers for changes of accounts."""
        import_module("apps.editor.account_changes")
