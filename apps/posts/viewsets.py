"""The API viewsets of posts, tags and authors, one for each operation. All policy is on the base classes."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.db.models.functions import SHA256

from apps.api import preconditions
from apps.api.viewsets import CreateMixin, DeleteMixin, ReadMixin, ResourceViewSet, UpdateMixin
from apps.media.models import Image
from blog_project.roles import Operation

from . import serializers, services
from .filters import PostFilter, SlugFilter
from .models import AUTHORS, Author, ImageUse, Post, Tag

_LARGE_COLUMNS = ("body", "body_html", "toc_html")


class PostViewSetBase(ResourceViewSet):
    """Posts and static pages."""

    resource = "posts"
    queryset = Post.objects.all()
    serializer_class = serializers.PostSerializer
    filterset_class = PostFilter
    always_read = ("version", "status", "published_at", "updated_at", "trashed_at")

    def get_queryset(self) -> QuerySet:
        """Load the tags, authors, cover and other images that the response shows, with at most one query for each."""
        posts = super().get_queryset()
        if "translation_of" in self.presenter.fields:
            posts = posts.with_known_originals(self.request.user)
        if self.is_etag_only:
            posts = posts.defer(*_LARGE_COLUMNS).annotate(html_digest=SHA256("body_html"))
        if not self.is_read:
            return posts.select_related("cover_image").with_links()
        shown, included = self.presenter.fields.keys(), self.presenter.context["shape"].included
        if "cover_image_address" in shown:
            posts = posts.select_related("cover_image")
        if "images" in shown:
            posts = posts.with_images(whole="images" in included)
        linked = {"authors", "tags"} & shown
        whole = linked & included if self.action == "list" else linked
        return posts.with_public_links(of=linked - whole).with_links(of=whole)

    def etag_values(self, post: Post) -> tuple:
        """Return the values that the ETag is computed from: those of the post and of the related rows that are shown.

        The HTML has a digest because rendering it again does not change the version. The Markdown needs none.
        """
        shown = self.presenter.fields
        return (
            preconditions.columns(post, of=self.presenter.columns.difference(_LARGE_COLUMNS)),
            _html_digest(post) if "body_html" in shown else None,
            post.known_original if "translation_of" in shown else None,
            [preconditions.columns(tag) for tag in post.ordered_tags] if "tags" in shown else None,
            [preconditions.columns(author) for author in post.ordered_authors] if "authors" in shown else None,
            preconditions.columns(post.cover_image, of=Image.PUBLIC) if "cover_image_address" in shown else None,
            [
                preconditions.columns(use) + _image_columns(use)
                for use in sorted(post.image_uses.all(), key=lambda use: use.image_id)
            ]
            if "images" in shown
            else None,
        )

    def is_visible(self, post: Post) -> bool:
        """Return whether the user may know of the post: the rule of `PostQuerySet.known_to` for one instance."""
        return post.is_public() or self.may_change(post)

    def may_change(self, post: Post) -> bool:
        """Return whether the user is an editor or one of the post's authors."""
        # A read that does not show authors has not loaded them.
        prefetch_related_objects([post], AUTHORS)
        return post.is_editable_by(self.request.user)


def _html_digest(post: Post) -> str:
    """Return the SHA-256 of a post's HTML: the annotation `html_digest` if there is one, or else computed here.

    It is not MD5 or SHA-1: from MySQL 9.6 on, these need a component that may not be installed.
    """
    annotated = getattr(post, "html_digest", None)
    return annotated or hashlib.sha256(post.body_html.encode()).hexdigest()


def _image_columns(use: ImageUse) -> tuple:
    """Return the loaded values of the image of a use, or nothing if the image was not loaded."""
    return preconditions.columns(use.image) if ImageUse.image.is_cached(use) else ()


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
        """Trash a post, unless it is in the trash already."""
        if post.trashed_at is None:
            services.trash_post(post, **kwargs)


class TagViewSetBase(ResourceViewSet):
    """Tags."""

    resource = "tags"
    queryset = Tag.objects.order_by("name")
    serializer_class = serializers.TagSerializer
    always_read = ("version", "name")
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
    always_read = ("version", "name")
    filterset_class = SlugFilter
    delete_conflict = "The author has posts."


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
        Operation.CREATE: PostCreateViewSet,
        Operation.READ: PostReadViewSet,
        Operation.UPDATE: PostUpdateViewSet,
        Operation.DELETE: PostDeleteViewSet,
    },
    TagViewSetBase: {
        Operation.CREATE: TagCreateViewSet,
        Operation.READ: TagReadViewSet,
        Operation.UPDATE: TagUpdateViewSet,
        Operation.DELETE: TagDeleteViewSet,
    },
    AuthorViewSetBase: {
        Operation.CREATE: AuthorCreateViewSet,
        Operation.READ: AuthorReadViewSet,
        Operation.UPDATE: AuthorUpdateViewSet,
        Operation.DELETE: AuthorDeleteViewSet,
    },
}
"""The viewset of each operation, by the base class of each resource."""
