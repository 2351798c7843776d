"""The desk as a Django app."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The editors' desk."""

    name = "apps.desk"
