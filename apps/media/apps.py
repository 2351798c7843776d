"""The Django app of images."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    """Installed in every role: images are an API resource, and pages show them."""

    name = "apps.media"
    verbose_name = _("Images")
