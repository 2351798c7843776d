"""The Django app of readers' comments."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _


class CommentsConfig(AppConfig):
    """Installed in every role: a comment is a resource like the others."""

    name = "apps.comments"
    verbose_name = _("Comments")

    def ready(self) -> None:
        """Invalidate cached pages when a user is deleted: their comments lose the mark of the site's own."""
        post_delete.connect(_invalidate_pages, sender=settings.AUTH_USER_MODEL)


def _invalidate_pages(**_signal: Any) -> None:
    from apps.core import content_state  # Models cannot be imported before the apps are ready.

    content_state.bump()
