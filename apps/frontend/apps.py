from django.apps import AppConfig


class FrontendConfig(AppConfig):
    """Readers' pages."""

    name = "apps.frontend"
    label = "frontend"
