"""The staticfiles app, without the files that no page of ours names."""

from django.contrib.staticfiles import apps


class StaticFilesConfig(apps.StaticFilesConfig):
    """Django's staticfiles; `collectstatic` leaves out ReDoc and DRF's browsable API, which would take it half a minute."""

    ignore_patterns = [*apps.StaticFilesConfig.ignore_patterns, "redoc", "rest_framework"]
