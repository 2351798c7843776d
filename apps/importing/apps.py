"""The Django app of importers and of the export: management commands, in processes of any role."""

from django.apps import AppConfig


class ImportingConfig(AppConfig):
    """The app is installed in every role and loads nothing before a command runs."""

    name = "apps.importing"
