"""The process itself as an app: its management commands and its system checks."""

from django.apps import AppConfig


class ProcessConfig(AppConfig):
    """Registers the system checks."""

    name = "blog_project"

    def ready(self) -> None:
        """Register the checks of settings and of the database."""
        from blog_project import checks  # noqa: F401
