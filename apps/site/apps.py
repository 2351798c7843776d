"""The Django app of the site itself: its name, its menus and its policies."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    """Installed in every role: pages, feeds and comments use the settings, the admin changes them."""

    name = "apps.site"
    verbose_name = _("Site")
