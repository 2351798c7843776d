"""The Django app of what every app stands on."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    """Installed in every role: it has the counter of public changes, and looks after database connections."""

    name = "apps.core"

    def ready(self) -> None:
        """Watch every database connection for errors after which it has to be given up."""
        from apps.core import database_errors

        connection_created.connect(database_errors.watch, dispatch_uid="database_errors")
