"""The process itself as an app: its management commands and its system checks."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class ProcessConfig(AppConfig):
    """Registers the system checks, and what watches over database connections."""

    name = "blog_project"

    def ready(self) -> None:
        """Register the checks of settings and of the database, and watch every connection."""
        from blog_project import checks, outages  # noqa: F401

        connection_created.connect(outages.watch, dispatch_uid="outages")
