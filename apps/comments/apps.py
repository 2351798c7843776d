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
        """Have pages made anew when somebody's account is deleted: their comments are no longer those of the site."""
        post_delete.connect(_forget_official, sender=settings.AUTH_USER_MODEL)


def _forget_official(**_signal: Any) -> None:
    from apps.core import content_state  # The models are there only now.

    content_state.bump()
