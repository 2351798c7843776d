"""Posts, tags and authors in the API: what each operation is, and (on the base classes alone) who may do it."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import MD5

from apps.api import preconditions
from apps.api.viewsets import CreateMixin, DeleteMixin, ReadMixin, ResourceViewSet, UpdateMixin
from blog_project.roles import Role

from . import serializers, services
from .filters import PostFilter, SlugFilter
from .models import Author, Post, Tag

_TEXTS = ("body", "body_html", "toc_html")


class PostViewSetBase(ResourceViewSet):
    """Posts and static pages."""

    resource = "posts"
    queryset = Post.objects.all()
    serializer_class = serializers.PostSerializer
    list_serializer_class = serializers.PostSummarySerializer
    filterset_class = PostFilter

    def get_queryset(self) -> QuerySet:
        """Fetch tags, authors and the cover along, and in lists no texts."""
        posts = super().get_queryset().select_related("cover_image")
        if self.action == "list":
            return posts.defer(*_TEXTS).with_public_links()
        if self.is_compared:
            posts = posts.defer(*_TEXTS).annotate(html_digest=MD5("body_html"))
        return posts.with_links()

    def made_of(self, post: Post) -> tuple:
        """Return what was read of it, of its tags, authors and cover, and a digest for its HTML where that is shown.

        The Markdown has none: it never changes without a new version, as the HTML does when it is rendered anew.
        """
        return (
            preconditions.columns(post, without=_TEXTS),
            None if self.action == "list" else _html_digest(post),
            [preconditions.columns(tag) for tag in post.ordered_tags],
            [preconditions.columns(author) for author in post.ordered_authors],
            preconditions.columns(post.cover_image),
        )

    def is_visible(self, post: Post) -> bool:
        """Tell whether it is public, or the user may change it."""
        return post.is_public() or self.may_change(post)

    def may_change(self, post: Post) -> bool:
        """Tell whether the user is an editor or one of its authors."""
        return post.is_editable_by(self.request.user)


def _html_digest(post: Post) -> str:
    """Return the MD5 of its HTML: as the database told it, where the HTML itself was not read."""
    told = getattr(post, "html_digest", None)
    return told or hashlib.md5(post.body_html.encode(), usedforsecurity=False).hexdigest()


class PostCreateViewSet(CreateMixin, PostViewSetBase):
    """Writes new posts."""

    create_service = staticmethod(services.create_post)


class PostReadViewSet(ReadMixin, PostViewSetBase):
    """Lists and shows posts."""


class PostUpdateViewSet(UpdateMixin, PostViewSetBase):
    """Changes posts. Publishing, scheduling and restoring are changes of fields."""

    update_service = staticmethod(services.update_post)


class PostDeleteViewSet(DeleteMixin, PostViewSetBase):
    """Moves posts to the trash, once."""

    @staticmethod
    def delete_service(post: Post, **kwargs: Any) -> None:
        """Trash a post; one that is there already stays as it was."""
        if post.trashed_at is None:
            services.trash_post(post, **kwargs)


class TagViewSetBase(ResourceViewSet):
    """Tags."""

    resource = "tags"
    queryset = Tag.objects.order_by("name")
    serializer_class = serializers.TagSerializer
    filterset_class = SlugFilter


class TagCreateViewSet(CreateMixin, TagViewSetBase):
    """Creates tags."""

    create_service = staticmethod(services.create_tag)


class TagReadViewSet(ReadMixin, TagViewSetBase):
    """Lists and shows tags."""


class TagUpdateViewSet(UpdateMixin, TagViewSetBase):
    """Changes tags."""

    update_service = staticmethod(services.update_tag)


class TagDeleteViewSet(DeleteMixin, TagViewSetBase):
    """Deletes tags; their posts lose them."""

    delete_service = staticmethod(services.delete_tag)


class AuthorViewSetBase(ResourceViewSet):
    """Authors."""

    resource = "authors"
    queryset = Author.objects.order_by("name", "id")
    serializer_class = serializers.AuthorSerializer
    filterset_class = SlugFilter


class AuthorCreateViewSet(CreateMixin, AuthorViewSetBase):
    """Creates authors."""

    create_service = staticmethod(services.create_author)


class AuthorReadViewSet(ReadMixin, AuthorViewSetBase):
    """Lists and shows authors."""


class AuthorUpdateViewSet(UpdateMixin, AuthorViewSetBase):
    """Changes authors."""

    update_service = staticmethod(services.update_author)


class AuthorDeleteViewSet(DeleteMixin, AuthorViewSetBase):
    """Deletes authors who have no posts."""

    delete_service = staticmethod(services.delete_author)


RESOURCES = {
    PostViewSetBase: {
        Role.CREATE: PostCreateViewSet,
        Role.READ: PostReadViewSet,
        Role.UPDATE: PostUpdateViewSet,
        Role.DELETE: PostDeleteViewSet,
    },
    TagViewSetBase: {
        Role.CREATE: TagCreateViewSet,
        Role.READ: TagReadViewSet,
        Role.UPDATE: TagUpdateViewSet,
        Role.DELETE: TagDeleteViewSet,
    },
    AuthorViewSetBase: {
        Role.CREATE: AuthorCreateViewSet,
        Role.READ: AuthorReadViewSet,
        Role.UPDATE: AuthorUpdateViewSet,
        Role.DELETE: AuthorDeleteViewSet,
    },
}
"""The operations of each resource, by the role that owns them."""
