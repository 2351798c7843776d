from django.apps import AppConfig


class ApiConfig(AppConfig):
    """What every REST resource shares, and the tokens that programs log in with."""

    name = "apps.api"
    label = "api"
    verbose_name = "API"
