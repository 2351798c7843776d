"""How comments look in the API: to everybody, and to those who moderate."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.api.serializers import IdField, ResourceSerializer
from apps.posts.models import Post

from .models import Comment


class PublicPostField(serializers.PrimaryKeyRelatedField):
    """A post that readers see, by its id."""

    def get_queryset(self) -> QuerySet:
        """Return all that can be named, without their texts."""
        return Post.objects.published().posts().only(*_OF_THE_POST)


class ApprovedCommentField(serializers.PrimaryKeyRelatedField):
    """A comment that readers see, by its id."""

    def get_queryset(self) -> QuerySet:
        """Return all that can be named, with their post."""
        columns = [f"post__{name}" for name in _OF_THE_POST]
        comments = Comment.objects.approved().filter(post__in=Post.objects.published())
        return comments.select_related("post").only(*_OF_THE_COMMENT, *columns)


_OF_THE_POST = ("id", "kind", "slug", "title", "status", "published_at", "trashed_at", "comments_allowed")
_OF_THE_COMMENT = ("id", "depth", "thread", "status", "email", "notify", "name", "post_id")


class CommentSerializer(ResourceSerializer):
    """A comment as everybody sees it, and what is sent to write one."""

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
        source="is_official", read_only=True, help_text=_("Whether it is of somebody of the site.")
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
    """A comment as those who moderate see and change it."""

    reads = CommentSerializer.reads

    official = serializers.BooleanField(source="is_official", read_only=True)

    class Meta:
        model = Comment
        fields = [*CommentSerializer.Meta.fields, "is_trusted", "address"]
        read_only_fields = ["post", "parent"]
