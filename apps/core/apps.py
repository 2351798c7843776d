"""The Django app `core`."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    """Installed in every role: holds the content generation and watches database connections."""

    name = "apps.core"

    def ready(self) -> None:
        """Watch every database connection for errors after which it has to be closed."""
        from apps.core import database_errors

        connection_created.connect(database_errors.watch, dispatch_uid="database_errors")
