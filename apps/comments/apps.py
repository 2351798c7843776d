"""The Django app of readers' comments."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommentsConfig(AppConfig):
    """Installed in every role: a comment is a resource like the others."""

    name = "apps.comments"
    verbose_name = _("Comments")
