from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The shared base of all REST resources, and API tokens."""

    name = "apps.api"
    label = "api"
    verbose_name = "API"
