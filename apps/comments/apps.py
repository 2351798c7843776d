"""The Django app of readers' comments."""

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_delete, pre_delete
from django.utils.translation import gettext_lazy as _


class CommentsConfig(AppConfig):
    """Installed in every role: a comment is a resource like the others."""

    name = "apps.comments"
    verbose_name = _("Comments")

    def ready(self) -> None:
        """Register what the change feed tells of comments, and what changes them when other rows are deleted."""
        from apps.posts.models import Post

        from . import changes  # Models cannot be imported before the apps are ready.

        pre_delete.connect(changes.before_user_is_deleted, sender=settings.AUTH_USER_MODEL)
        post_delete.connect(changes.after_user_is_deleted, sender=settings.AUTH_USER_MODEL)
        pre_delete.connect(changes.before_post_is_deleted, sender=Post)
