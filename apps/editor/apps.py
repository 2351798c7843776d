"""The editor as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorConfig(AppConfig):
    """The editors' admin over all content."""

    name = "apps.editor"
    verbose_name = _("Editor")
