"""The Django app of the import of folders: a management command, in processes of any role."""

from django.apps import AppConfig


class StaticSitesConfig(AppConfig):
    """The app is installed in every role and loads nothing before a command runs."""

    name = "apps.static_sites"
    verbose_name = "Import of static sites"
