"""The API serializers of posts, tags, authors and series."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.relations import PKOnlyObject

from apps.api.serializers import IdField, ResourceSerializer, SlugField, SlugListField
from apps.core.validators import web_address_validator
from apps.media.models import Image
from apps.media.serializers import ShownImageSerializer

from .models import COVER_FIELDS, MAX_PROFILE_LINKS, PICTURE_FIELDS, Author, Post, Series, Tag


class OwnAuthor:
    """The default of `authors`: the author that is linked to the user's account, if any."""

    requires_context = True

    def __call__(self, field: serializers.Field) -> list[Author]:
        return list(Author.objects.filter(user=field.context["request"].user))


class TrashedField(serializers.BooleanField):
    """Whether a post is in the trash."""

    def get_attribute(self, post: Post) -> bool:
        """Return whether the post has a date of trashing."""
        return post.trashed_at is not None


class OriginalField(serializers.PrimaryKeyRelatedField):
    """The id of the original of a translation. It is null if the user may not know of that post, and cannot be chosen."""

    def get_queryset(self) -> QuerySet:
        """Return the posts that can be named."""
        return Post.objects.known_to(self.context["request"].user).only("pk", "translation_of")

    def get_attribute(self, post: Post) -> PKOnlyObject | None:
        """Return the id of the original, which `with_known_originals` has annotated."""
        return None if post.known_original is None else PKOnlyObject(pk=post.known_original)


class PostSerializer(ResourceSerializer):
    """A whole post."""

    authors = SlugListField(Author, "author_slugs", default=OwnAuthor(), help_text="Their slugs, in order.")
    tags = SlugListField(Tag, "tag_slugs", default=list, help_text="Their slugs.")
    series = SlugField(Series, allow_null=True, default=None, help_text="The slug of the series that it is a part of.")
    translation_of = OriginalField(
        pk_field=IdField(),
        queryset=Post.objects.all(),
        allow_null=True,
        default=None,
        help_text="The id of the post that this is a translation of; null where that is not public, or yours.",
    )
    cover_image = serializers.PrimaryKeyRelatedField(
        pk_field=IdField(),
        queryset=Image.objects.all(),
        allow_null=True,
        default=None,
        help_text="The id of the image that stands for the post.",
    )
    cover_image_address = serializers.SerializerMethodField(help_text="Where readers find that image.")
    images = serializers.SerializerMethodField(
        help_text="The ids of the images that it shows, where they are asked for."
    )
    trashed = TrashedField(required=False, help_text="Send false to take a post out of the trash; DELETE moves it in.")

    class Meta:
        model = Post
        fields = [
            "id",
            "url",
            "kind",
            "slug",
            "title",
            "summary",
            "body",
            "body_html",
            "status",
            "published_at",
            "language",
            "translation_of",
            "typography",
            "is_featured",
            "comments_allowed",
            "authors",
            "tags",
            "series",
            "series_position",
            "cover_image",
            "cover_image_address",
            "images",
            "seo_title",
            "seo_description",
            "canonical_url",
            "word_count",
            "created_at",
            "updated_at",
            "trashed",
            "version",
        ]
        # A text can begin with indented code, which must keep its spaces.
        extra_kwargs = {"body": {"trim_whitespace": False}}

    reads = {
        "url": ("slug",),
        "authors": (),
        "tags": (),
        "series": ("series", "series__slug"),
        "images": (),
        "translation_of": (),
        "cover_image_address": ("cover_image", *COVER_FIELDS),
        "trashed": ("trashed_at",),
    }
    on_request = ("images",)
    on_request_in_lists = ("body", "body_html")
    includable = {
        "authors": lambda: AuthorSerializer(source="ordered_authors", many=True),
        "tags": lambda: TagSerializer(source="ordered_tags", many=True),
        "series": lambda: SeriesSerializer(),
        "images": lambda: ShownImageSerializer(source="shown_images", many=True),
    }

    def get_images(self, post: Post) -> list[int]:
        """Return the ids of the images that the post shows, its cover included."""
        return sorted(use.image_id for use in post.image_uses.all())

    def get_cover_image_address(self, post: Post) -> str | None:
        """Return the absolute URL of the cover's file in a format that all clients can show, or None."""
        if post.cover_image is None:
            return None
        return urljoin(settings.SITE_URL, post.cover_image.picture.address)

    def validate_trashed(self, trashed: bool) -> bool:
        """Refuse to move a post to the trash: that is a DELETE, which has a token scope of its own."""
        if trashed and (self.instance is None or self.instance.trashed_at is None):
            raise serializers.ValidationError(_("To move a post to the trash, DELETE it."))
        return trashed

    def validate_authors(self, authors: list[Author]) -> list[Author]:
        """Require users who may only change their own posts to be among the authors, or they would lose access."""
        user = self.context["request"].user
        if not user.has_perm("posts.change_others_post") and user.pk not in [author.user_id for author in authors]:
            own = Author.objects.filter(user=user).first()
            raise serializers.ValidationError(
                _("You write as “%s”: that slug must be among the authors.") % own.slug
                if own
                else _("No author is tied to your account, so you can write no posts. Ask an editor to make you one.")
            )
        return authors

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Replace `trashed: false` by the model's `trashed_at` and the reason for the history, and date publications.

        `status: published` without a date publishes now: a date that is still to come is replaced. An earlier one stays,
        so that a post that was withdrawn returns to its place. An original that is shown as null, because the user may
        not know of it, is not removed by sending null.
        """
        if fields.get("translation_of") is None and self.instance is not None and self.instance.known_original is None:
            fields.pop("translation_of", None)
        if fields.get("status") == Post.Status.PUBLISHED and "published_at" not in fields and self.instance is not None:
            now = timezone.now()
            if self.instance.published_at is not None and self.instance.published_at > now:
                fields["published_at"] = now
        if fields.pop("trashed", True) is False and self.instance is not None and self.instance.trashed_at is not None:
            fields |= {"trashed_at": None, "reason": "restored"}
        return fields


class TagSerializer(ResourceSerializer):
    """A tag."""

    class Meta:
        model = Tag
        fields = ["id", "url", "name", "slug", "description", "version"]

    reads = {"url": ("slug",)}


class AddressesField(serializers.ListField):
    """A list of addresses that is stored as one text, with a line for each. (The serializer joins them.)"""

    child = serializers.URLField(validators=[web_address_validator])

    def to_representation(self, value: str) -> list[str]:
        """Return the addresses."""
        return value.split()


class AuthorSerializer(ResourceSerializer):
    """An author as readers know them; the user account is left out."""

    links = AddressesField(
        max_length=MAX_PROFILE_LINKS, default=list, help_text="Addresses of the same person on other sites."
    )
    picture = serializers.PrimaryKeyRelatedField(
        pk_field=IdField(),
        queryset=Image.objects.all(),
        allow_null=True,
        default=None,
        help_text="The id of the image that shows the author.",
    )
    picture_address = serializers.SerializerMethodField(help_text="Where readers find that image.")

    class Meta:
        model = Author
        fields = ["id", "url", "name", "slug", "bio", "website", "links", "picture", "picture_address", "version"]

    reads = {"url": ("slug",), "picture_address": ("picture", *PICTURE_FIELDS)}

    def validate_links(self, links: list[str]) -> str:
        """Return the addresses as they are stored."""
        return "\n".join(links)

    def get_picture_address(self, author: Author) -> str | None:
        """Return the absolute URL of the picture's file in a format that all clients can show, or None."""
        if author.picture is None:
            return None
        return urljoin(settings.SITE_URL, author.picture.picture.address)


class SeriesSerializer(ResourceSerializer):
    """A series of posts."""

    class Meta:
        model = Series
        fields = ["id", "url", "title", "slug", "description", "version"]

    reads = {"url": ("slug",)}
