"""The Django app of the site itself: its name, its look, its menus and its policies."""

from django.apps import AppConfig
from django.db.models.signals import pre_delete
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    """Installed in every role: pages, feeds and comments use the settings, the admin changes them."""

    name = "apps.site"
    verbose_name = _("Site")

    def ready(self) -> None:
        """Keep the images that the site shows. (The app of images does not know of this one.)"""
        from .shown_images import refuse_deletion

        pre_delete.connect(refuse_deletion, sender="media.Image")
