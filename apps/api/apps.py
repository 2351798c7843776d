from importlib import import_module

from django.apps import AppConfig, apps

from apps.core.lean import without_admin


class ApiConfig(AppConfig):
    """What every REST resource shares, and the tokens that programs log in with."""

    name = "apps.api"
    label = "api"
    verbose_name = "API"

    def ready(self) -> None:
        """Import DRF before anything else does, without the admin that it would import."""
        if apps.is_installed("rest_framework"):
            with without_admin("django.contrib.admindocs.views", "simplify_regex"):
                import_module("rest_framework.schemas.generators")
