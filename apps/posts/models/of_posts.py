"""Rows that belong to a post: its old addresses, its text for search, its images."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.media.models import Image

from .posts import (
    Post,
    knows_all_posts,
)


class OfPostsQuerySet(models.QuerySet):
    """Queries for rows that belong to a post, in their field `post`."""

    def known_to(self, user) -> OfPostsQuerySet:
        """Return the rows of posts that `user` may know of (`PostQuerySet.known_to`)."""
        return self if knows_all_posts(user) else self.filter(post__in=Post.objects.known_to(user))


class PostAlias(models.Model):
    """An old public path, which redirects to a post."""

    path = models.CharField(max_length=255, unique=True)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="aliases")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OfPostsQuerySet.as_manager()

    class Meta:
        verbose_name = _("old address")
        verbose_name_plural = _("old addresses")

    def __str__(self) -> str:
        return self.path


class SearchDocument(models.Model):
    """The plain text of a published post, for search. A migration creates its full-text index for each database."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="search_document")
    title = models.CharField(max_length=200)
    tags = models.TextField(blank=True)
    body = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.title


class ImageUseQuerySet(OfPostsQuerySet):
    """Queries for the uses of images."""

    def with_editable(self, user) -> ImageUseQuerySet:
        """Annotate uses with `is_editable`: whether `user` may change the post."""
        posts = Post.objects.editable_by(user).filter(pk=models.OuterRef("post"))
        return self.annotate(is_editable=Exists(posts))

    def editable_by(self, user) -> ImageUseQuerySet:
        """Return the uses by posts that `user` may change; all for None, a command."""
        return self if user is None else self.with_editable(user).filter(is_editable=True)


class ImageUse(models.Model):
    """The use of an image by a post, in its text or as its cover. It is written when the post is saved."""

    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="uses", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="image_uses")

    objects = ImageUseQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "post"], name="image_use_once")]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.post_id}"


class PendingImageUse(models.Model):
    """The use of an image by a pending version, so that nobody deletes the image. (It makes no image public.)"""

    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="pending_uses", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="pending_image_uses")

    objects = ImageUseQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "post"], name="pending_image_use_once")]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.post_id}"
