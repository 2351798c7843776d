"""The staticfiles app, without the files that no page uses."""

from django.contrib.staticfiles import apps


class StaticFilesConfig(apps.StaticFilesConfig):
    """Django's staticfiles; `collectstatic` skips ReDoc and DRF's browsable API, which would take half a minute."""

    ignore_patterns = [*apps.StaticFilesConfig.ignore_patterns, "redoc", "rest_framework"]
