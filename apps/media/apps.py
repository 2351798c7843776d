"""The Django app of images."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    """Installed in every role: an image is a resource like the others, and pages show it."""

    name = "apps.media"
    verbose_name = _("Images")
