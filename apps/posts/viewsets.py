"""The API viewsets of posts, tags, authors and series, one for each operation. All policy is on the base classes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.db.models.functions import SHA256
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework.request import Request

from apps.api import preconditions
from apps.api.compiled_reads import ReadShape, Values
from apps.api.exceptions import InvalidParameters
from apps.api.sparse_fields import INCLUDE
from apps.api.viewsets import CreateMixin, DeleteMixin, ReadMixin, ResourceViewSet, UpdateMixin
from apps.media.models import Image
from blog_project.roles import Operation

from . import search, serializers, services
from .filters import PostFilter, SlugFilter
from .models import AUTHORS, LINK_FIELDS, Author, ImageUse, Post, Series, Sight, Tag, share_linked, sight

EXCERPT = "excerpt"
_LARGE_COLUMNS = ("body", "body_html", "toc_html")


class PostViewSetBase(ResourceViewSet):
    """Posts and static pages."""

    resource = "posts"
    queryset = Post.objects.all()
    serializer_class = serializers.PostSerializer
    filterset_class = PostFilter
    always_read = ("version", "status", "published_at", "updated_at", "trashed_at", "series_position")
    list_includable = (*ResourceViewSet.list_includable, EXCERPT)

    compiles_reads = True

    def get_queryset(self) -> QuerySet:
        """Load what a write needs; for a read, `rows`."""
        if self.is_read:
            return super().get_queryset()
        user = self.request.user
        posts = super().get_queryset().with_due_update().with_known_originals(sight(user), user.pk)
        return posts.select_related("cover_image", "series").with_links()

    @classmethod
    def rows(cls, shape: ReadShape, values: Values) -> QuerySet:
        """Load the tags, authors, cover, series and images that the response shows, by joins where that is possible."""
        shown, included = shape.presenter.fields.keys(), shape.presenter.included
        posts = super().rows(shape, values)
        posts = posts.with_due_update(values.now, markdown="body" in shown and not shape.is_etag_only)
        if "translation_of" in shown:
            posts = posts.with_known_originals(shape.rights, values.user, values.now)
        if shape.is_etag_only:
            posts = posts.defer(*_LARGE_COLUMNS).annotate(html_digest=SHA256("body_html"))
        if "cover_image_address" in shown:
            posts = posts.select_related("cover_image")
        if "series" in shown:
            posts = posts.prefetch_related("series") if "series" in included else posts.select_related("series")
        if "images" in shown:
            posts = posts.with_images(whole="images" in included)
        return posts.with_public_links(
            Author.WHOLE if "authors" in included else LINK_FIELDS,
            of_tags=Tag.WHOLE if "tags" in included else LINK_FIELDS,
            of={"authors", "tags"} & shown,
        )

    @classmethod
    def listed(cls, shape: ReadShape, values: Values) -> QuerySet:
        """Return the published posts, the newest first."""
        return PostFilter.without_parameters(cls.rows(shape, values), values.now)

    def find_page(self, request: Request) -> list[Post]:
        """Return the posts of the requested page, which share the tags and authors that they show whole."""
        posts = super().find_page(request)
        if self.presenter.included & {"tags", "authors"}:
            share_linked(posts)
        return posts

    @property
    def rights(self) -> Sight | None:
        """Which originals of translations the user may know of, where they are shown."""
        return sight(self.request.user) if "translation_of" in self.presenter.fields else None

    @cached_property
    def _etag_columns(self) -> frozenset[str]:
        return self.presenter.columns.difference(_LARGE_COLUMNS)

    def etag_values(self, post: Post) -> tuple:
        """Return the values that the ETag is computed from: those of the post and of the related rows that are shown.

        The HTML has a digest because rendering it again does not change the version. The Markdown needs none.
        """
        shown = self.presenter.fields
        return (
            preconditions.columns(post, of=self._etag_columns),
            _html_digest(post) if "body_html" in shown else None,
            post.known_original if "translation_of" in shown else None,
            self._linked(post, "tags") if "tags" in shown else None,
            self._linked(post, "authors") if "authors" in shown else None,
            self._series_values(post) if "series" in shown and post.series_id else None,
            preconditions.columns(post.cover_image, of=Image.PUBLIC) if "cover_image_address" in shown else None,
            [
                preconditions.columns(use) + _image_columns(use)
                for use in sorted(post.image_uses.all(), key=lambda use: use.image_id)
            ]
            if "images" in shown
            else None,
        )

    def _linked(self, post: Post, name: str) -> list:
        """Return what the representation of linked rows depends on: their slugs or, where they are included, all."""
        if name in self.presenter.included:
            return post.linked_values[name]
        return post.tag_slugs if name == "tags" else post.author_slugs

    def _series_values(self, post: Post) -> str | tuple:
        return preconditions.columns(post.series) if "series" in self.presenter.included else post.series.slug

    def list_members(self, page: Sequence[Post]) -> dict[int, dict[str, str]]:
        """Return the excerpts of what was searched, if they are asked for. Raises InvalidParameters."""
        if EXCERPT not in self.list_included:
            return {}
        if not self.request.query_params.get("q"):
            raise InvalidParameters({INCLUDE: [_("There is an “excerpt” only of what “q” finds.")]})
        found = search.excerpts([post.pk for post in page], self.request.query_params["q"])
        return {post.pk: {EXCERPT: found.get(post.pk, "")} for post in page}

    def is_visible(self, post: Post) -> bool:
        """Return whether the user may know of the post: the rule of `PostQuerySet.known_to` for one instance."""
        return post.is_public() or self.may_change(post)

    def may_change(self, post: Post) -> bool:
        """Return whether the user is an editor or one of the post's authors."""
        # A read has loaded at most their names.
        prefetch_related_objects([post], AUTHORS)
        return post.is_editable_by(self.request.user)


def _html_digest(post: Post) -> str:
    """Return the SHA-256 of a post's HTML: the annotation `html_digest` if there is one, or else computed here.

    It is not MD5 or SHA-1: from MySQL 9.6 on, these need a component that may not be installed.
    """
    # What is laid over the row has another text than the database has read.
    annotated = getattr(post, "html_digest", None) if not post.shows_due_text else None
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
    compiles_reads = True


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
    compiles_reads = True
    delete_conflict = "The author has posts."

    def get_queryset(self) -> QuerySet:
        """Load the picture by the same query."""
        authors = super().get_queryset()
        return authors if self.is_read else authors.select_related("picture")

    @classmethod
    def rows(cls, shape: ReadShape, values: Values) -> QuerySet:
        """Load the picture by the same query, where its address is shown."""
        authors = super().rows(shape, values)
        return authors.select_related("picture") if "picture_address" in shape.presenter.fields else authors


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


class SeriesViewSetBase(ResourceViewSet):
    """Series of posts."""

    resource = "series"
    queryset = Series.objects.order_by("title", "id")
    serializer_class = serializers.SeriesSerializer
    always_read = ("version", "title")
    filterset_class = SlugFilter
    compiles_reads = True


class SeriesCreateViewSet(CreateMixin, SeriesViewSetBase):
    """Creates series."""

    create_service = staticmethod(services.create_series)


class SeriesReadViewSet(ReadMixin, SeriesViewSetBase):
    """Lists and shows series."""


class SeriesUpdateViewSet(UpdateMixin, SeriesViewSetBase):
    """Changes series. The order of their parts is that of the posts' `series_position`."""

    update_service = staticmethod(services.update_series)


class SeriesDeleteViewSet(DeleteMixin, SeriesViewSetBase):
    """Deletes series; their posts stay, in none."""

    delete_service = staticmethod(services.delete_series)


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
    SeriesViewSetBase: {
        Operation.CREATE: SeriesCreateViewSet,
        Operation.READ: SeriesReadViewSet,
        Operation.UPDATE: SeriesUpdateViewSet,
        Operation.DELETE: SeriesDeleteViewSet,
    },
}
"""The viewset of each operation, by the base class of each resource."""
