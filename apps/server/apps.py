"""The Django app of the server: its management commands and its system checks."""

from django.apps import AppConfig


class ServerConfig(AppConfig):
    """Installed in every role."""

    name = "apps.server"

    def ready(self) -> None:
        """Register the system checks."""
        from apps.server import checks  # noqa: F401
