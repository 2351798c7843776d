"""The representations of comments in the API: the public one, and that of moderators."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.api.serializers import IdField, ResourceSerializer
from apps.posts.models import Post, PostQuerySet

from .models import Comment


class PublicPostField(serializers.PrimaryKeyRelatedField):
    """The id of a published post."""

    def get_queryset(self) -> QuerySet:
        """Return the posts that can be commented on, without their texts."""
        return _posts(Post.objects.published().posts())


class ApprovedCommentField(serializers.PrimaryKeyRelatedField):
    """The id of an approved comment on a published post."""

    def get_queryset(self) -> QuerySet:
        """Return the comments that can be answered, with their posts."""
        comments = Comment.objects.approved().filter(post__in=Post.objects.published())
        return comments.prefetch_related(Prefetch("post", _posts(Post.objects.all()))).only(*_COMMENT_COLUMNS)


_POST_COLUMNS = ("id", "kind", "slug", "title", "status", "published_at", "trashed_at", "comments_allowed")
_COMMENT_COLUMNS = ("id", "depth", "thread", "status", "email", "notify", "name", "post_id")


def _posts(posts: PostQuerySet) -> QuerySet:
    """Load posts without their texts. A scheduled update may have ended or begun the comments of one."""
    return posts.only(*_POST_COLUMNS).with_due_update(markdown=False)


class CommentSerializer(ResourceSerializer):
    """A comment as everybody sees it, and the fields of a new one."""

    post = PublicPostField(
        pk_field=IdField(),
        queryset=Post.objects.all(),
        required=False,
        help_text=_("The id of the post; without it, that of “parent”."),
    )
    parent = ApprovedCommentField(
        pk_field=IdField(),
        queryset=Comment.objects.all(),
        required=False,
        allow_null=True,
        help_text=_("The id of the comment that this one answers."),
    )
    official = serializers.BooleanField(
        source="is_official", read_only=True, help_text=_("Whether somebody of the site wrote it.")
    )

    class Meta:
        model = Comment
        fields = [
            "id",
            "url",
            "post",
            "parent",
            "depth",
            "name",
            "email",
            "website",
            "official",
            "body",
            "body_html",
            "notify",
            "status",
            "created_at",
            "version",
        ]
        read_only_fields = ["status"]
        extra_kwargs = {
            "name": {"required": False, "help_text": _("Of whoever writes; an author's own where left out.")},
            "email": {"write_only": True, "help_text": _("Never shown.")},
            "body": {"write_only": True, "help_text": _("Markdown, without headings, images and HTML.")},
            "notify": {"write_only": True, "help_text": _("Whether to mail answers to “email”.")},
        }

    reads = {"url": ("post",), "official": ("user",)}


class ModeratedCommentSerializer(ResourceSerializer):
    """A comment as moderators see and change it."""

    reads = CommentSerializer.reads

    official = serializers.BooleanField(source="is_official", read_only=True)

    class Meta:
        model = Comment
        fields = [*CommentSerializer.Meta.fields, "is_trusted", "address"]
        read_only_fields = ["post", "parent"]
