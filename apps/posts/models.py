"""The models of the blog: posts, tags, authors and the rows that belong to them. All writes go through `services`."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import content_state, keysets
from apps.core.history import HistoricalRecords, Origin
from apps.core.json_rows import json_rows
from apps.core.text import key_digest, normalized
from apps.core.validators import language_validator, slug_validator, web_address_validator
from apps.core.versioned import VersionedModel
from apps.media.models import Image
from blog_project import addresses

from .post_fields import LISTED_FIELDS, PAGE_FIELDS, RENDERED_FIELDS

BODY_LIMIT = 1_000_000
"""Bytes of Markdown (UTF-8) in a body; more is refused before anything is rendered."""


def validate_body_size(text: str) -> None:
    """Raise ValidationError for a body of more than BODY_LIMIT bytes."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > BODY_LIMIT:
        raise ValidationError(
            _("The body has %(size)s bytes; a post can have at most %(limit)s (1 MB). Split it into several posts."),
            code="body_too_large",
            params={"size": f"{size:,}", "limit": f"{BODY_LIMIT:,}"},
        )


M2M_FIELDS = ("tags", "authors")
"""The many-to-many fields of a post. Lists can be filtered by each of them."""

NEWEST_FIRST = ("-published_at", "-id")
"""The order of public lists."""

LINK_FIELDS = ("id", "name", "slug")
"""The fields of a tag or an author that lists of posts show."""

COVER_FIELDS = tuple(f"cover_image__{name}" for name in Image.PUBLIC)
"""The fields of a post's cover image that lists and pages show. They are joined: a lookup of one row by primary key."""


class InUseQuerySet(models.QuerySet):
    """Queries that tags and authors share."""

    def in_use(self) -> InUseQuerySet:
        """Return the tags or authors that have at least one public post."""
        # Not EXISTS: MariaDB turns it into a join that reads all posts. Finding the newest post takes one index lookup.
        newest = Post.objects.published().newest_first(**{self.model._meta.model_name: models.OuterRef("pk")})
        return self.alias(newest_post=models.Subquery(newest.values("pk")[:1])).filter(newest_post__isnull=False)

    def find_by_slug(self, slug: str) -> models.Model | None:
        """Return the tag or author with this slug or, if none has it now, with this former slug; or None.

        If the returned one has another slug, `slug` is a former one: it was renamed, or a tag was merged into it.
        """
        return self.filter(slug=slug).first() or self.filter(aliases__slug=slug).first()


class TagQuerySet(InUseQuerySet):
    """Queries for tags."""

    def find_by_name(self, name: str) -> Tag | None:
        """Return the tag with this name, or with one that looks like it (`text.comparison_key`), or None."""
        keyed = self.filter(name_key=key_digest(name)).first()
        # Rows without a key; and names that the database takes for the same, as MySQL does without accents.
        return keyed or self.filter(name=normalized(name)).first()


class Tag(VersionedModel):
    """A topic that posts share."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    # Equal for names that look alike (`text.key_digest`). NULL in rows of earlier releases whose key another tag has.
    name_key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    slug = models.CharField(_("slug"), max_length=120, unique=True, validators=[slug_validator], blank=True)
    description = models.TextField(_("description"), blank=True, max_length=1000)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the tag's page."""
        return addresses.tag(self.slug)


class TagAlias(models.Model):
    """A former slug of a tag. Its page and feeds redirect to the tag's, and the API's filters accept it."""

    slug = models.CharField(_("slug"), max_length=120, unique=True)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="aliases", verbose_name=_("tag"))
    former_id = models.PositiveBigIntegerField(null=True, db_index=True, editable=False)
    """The id of the tag that was merged into `tag`. Old versions of posts still refer to it."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("alias of a tag")
        verbose_name_plural = _("aliases of tags")

    def __str__(self) -> str:
        return self.slug


class Author(VersionedModel):
    """The public profile of a writer. It is linked to a user account if the writer logs in."""

    PUBLIC = (*LINK_FIELDS, "bio", "website")
    """The fields that readers' pages load. The database user of these pages may read no others."""

    name = models.CharField(_("name"), max_length=150)
    slug = models.CharField(_("slug"), max_length=170, unique=True, validators=[slug_validator], blank=True)
    bio = models.TextField(_("biography"), blank=True, max_length=2000)
    website = models.URLField(_("website"), blank=True, validators=[web_address_validator])
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="author",
        verbose_name=_("user"),
        help_text=_("Who may change this author's posts."),
    )

    objects = InUseQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        indexes = [models.Index(fields=["name", "id"], name="author_by_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the author's page."""
        return addresses.author(self.slug)


class AuthorAlias(models.Model):
    """A former slug of an author. Their page and feeds redirect to the present ones, and the API's filter accepts it."""

    slug = models.CharField(_("slug"), max_length=170, unique=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="aliases", verbose_name=_("author"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("alias of an author")
        verbose_name_plural = _("aliases of authors")

    def __str__(self) -> str:
        return self.slug


class PostAuthor(models.Model):
    """The link between a post and one of its authors, with the author's position. For the dates, see `PostTag`."""

    post = models.ForeignKey("Post", on_delete=models.CASCADE, related_name="author_links")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="post_links", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)
    listed_at = models.DateTimeField(null=True, editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("author of the post")
        verbose_name_plural = _("authors of the post")
        constraints = [models.UniqueConstraint(fields=["post", "author"], name="post_author_once")]
        indexes = [
            models.Index(fields=["author", "listed_at", "post"], name="post_by_author"),
            models.Index(fields=["author", "changed_at", "post"], name="post_by_author_change"),
        ]

    def __str__(self) -> str:
        return str(self.author)


class PostTag(models.Model):
    """The link between a post and one of its tags.

    `listed_at` is a copy of the post's `published_at`, for readers' lists (`PostQuerySet.newest_first`). `changed_at`
    is a copy of its `updated_at`, for editors' lists. Each of these lists can so be read from one index in its order.
    """

    post = models.ForeignKey("Post", on_delete=models.CASCADE, related_name="tag_links")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="post_links", db_index=False)
    listed_at = models.DateTimeField(null=True, editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "tag"], name="post_tag_once")]
        indexes = [
            models.Index(fields=["tag", "listed_at", "post"], name="post_by_tag"),
            models.Index(fields=["tag", "changed_at", "post"], name="post_by_tag_change"),
        ]

    def __str__(self) -> str:
        return str(self.tag)


AUTHORS = models.Prefetch("author_links", PostAuthor.objects.select_related("author"))
"""Prefetches the authors of posts, for `Post.ordered_authors`."""


class PostQuerySet(models.QuerySet):
    """Named queries that views, feeds, sitemaps, search and the API share."""

    def published(self, now: datetime | None = None) -> PostQuerySet:
        """Return the posts and pages that are public at `now`. `Post.is_public` is the same rule for one instance."""
        return self.filter(_is_public(now or timezone.now()))

    def posts(self) -> PostQuerySet:
        """Return posts without static pages, as lists, feeds and archives show them."""
        return self.filter(kind=Post.Kind.POST)

    def newest_first(
        self,
        *,
        tag: Tag | None = None,
        author: Author | None = None,
        before: tuple[datetime, int] | None = None,
    ) -> PostQuerySet:
        """Order by publication date, newest first, as all public lists do; optionally filter by a tag or an author.

        `before` is the keyset of a page: the date and id of the last post of the page before it. With a tag or an
        author, the order is that of the dates in the link table, so that one index is read in its order. Call this
        method after other filters, and before `for_listing` or `for_reading`.
        """
        posts, order, conditions = self, NEWEST_FIRST, {}
        if tag is not None:
            posts, order = Post.objects.each_in(self), ("-tag_links__listed_at", "-tag_links__post_id")
            conditions = {"tag_links__tag": tag}
        elif author is not None:
            posts, order = Post.objects.each_in(self), ("-author_links__listed_at", "-author_links__post_id")
            conditions = {"author_links__author": author}
        older = Q() if before is None else keysets.beyond(order, before)
        return posts.filter(older, **conditions).order_by(*order)

    def each_in(self, posts: PostQuerySet) -> PostQuerySet:
        """Return the rows that are also in `posts`, which the database checks for each row by primary key.

        It is for lists that read the index of a tag or an author in its order. If the conditions of `posts` were part
        of the outer query, MariaDB and MySQL would read and sort all posts: seconds for a hundred thousand posts.
        """
        found = posts.order_by().filter(pk=models.OuterRef("pk")).values("pk")
        return self.alias(found=models.Subquery(found[:1])).filter(found__isnull=False)

    def for_listing(self) -> PostQuerySet:
        """Load only the fields that lists show, in one query. Bodies are not loaded; tags and authors without joins."""
        return self.select_related("cover_image").only(*LISTED_FIELDS, *COVER_FIELDS).with_public_links()

    def for_reading(self) -> PostQuerySet:
        """Load only the fields that a post's page and the feeds show, in one query. The Markdown is not loaded."""
        return self.select_related("cover_image").only(*PAGE_FIELDS, *COVER_FIELDS).with_public_links(Author.PUBLIC)

    def with_links(self, *, of: Collection[str] = M2M_FIELDS) -> PostQuerySet:
        """Prefetch tags and authors, or those of `M2M_FIELDS` in `of`, for `ordered_tags` and `ordered_authors`."""
        lookups = {"tags": "tags", "authors": AUTHORS}
        return self.prefetch_related(*(lookups[name] for name in M2M_FIELDS if name in of))

    def with_public_links(
        self, of_authors: Sequence[str] = LINK_FIELDS, *, of: Collection[str] = M2M_FIELDS
    ) -> PostQuerySet:
        """Load tags and authors as JSON columns of the same query, for `ordered_tags` and `ordered_authors`.

        `of_authors` are the fields of the authors to load, which must be the first ones of `Author.PUBLIC`. `of` are
        the links to load, names from `M2M_FIELDS`.
        """
        tags = PostTag.objects.filter(post=models.OuterRef("pk"))
        authors = PostAuthor.objects.filter(post=models.OuterRef("pk"))
        rows = {
            "tags": {"tag_rows": json_rows(tags, "tag_id", "tag__name", "tag__slug")},
            "authors": {
                "author_rows": json_rows(authors, "position", "id", *(f"author__{name}" for name in of_authors))
            },
        }
        return self.annotate(
            **{column: value for name in M2M_FIELDS if name in of for column, value in rows[name].items()}
        )

    def with_images(self, *, whole: bool) -> PostQuerySet:
        """Prefetch the uses of images in one query: only ids, or if `whole`, what `shown_images` needs."""
        uses = ImageUse.objects.only("post_id", "image_id")
        if whole:
            uses = uses.select_related("image").only("post_id", *(f"image__{name}" for name in Image.PUBLIC))
        return self.prefetch_related(models.Prefetch("image_uses", uses))

    def editable_by(self, user) -> PostQuerySet:
        """Return the posts that `user` may change: all for an editor, their own for an author."""
        if not user.is_active or not user.has_perm("posts.change_post"):
            return self.none()
        if user.has_perm("posts.change_others_post"):
            return self
        return self.filter(authors__user_id=user.pk)

    def known_to(self, user) -> PostQuerySet:
        """Return the posts that `user` may know of: public ones, their own and, for an editor, all.

        Whatever names a post to somebody (a form, a serializer, a report, a message, an error) chooses among these, so
        that a post that is not theirs to see cannot be told from one that does not exist. `user` is the user of a
        request, who can be anonymous, or None for a command, which knows all posts.
        """
        if knows_all_posts(user):
            return self
        known = _is_public(timezone.now())
        if user.is_active and user.has_perm("posts.change_post"):
            # Not a join, which would return a post once for each of its authors.
            known |= Q(Exists(PostAuthor.objects.filter(post=models.OuterRef("pk"), author__user=user.pk)))
        return self.filter(known)

    def with_known_originals(self, user) -> PostQuerySet:
        """Annotate translations with `known_original`: the id of the original, or None if `user` may not know of it."""
        originals = Post.objects.known_to(user).filter(pk=models.OuterRef("translation_of"))
        return self.annotate(known_original=models.Subquery(originals.values("pk")[:1]))


def knows_all_posts(user) -> bool:
    """Return whether a user may know of every post: an editor, or None for a command (`PostQuerySet.known_to`)."""
    return user is None or (
        user.is_active and user.has_perm("posts.change_post") and user.has_perm("posts.change_others_post")
    )


def _is_public(now: datetime) -> Q:
    return Q(status=Post.Status.PUBLISHED, published_at__lte=now, trashed_at__isnull=True)


post_records = HistoricalRecords(
    bases=[Origin],
    m2m_fields=[*M2M_FIELDS],
    excluded_fields=[*RENDERED_FIELDS, "rendered_by", "source_state", "feed_id", "revised_at"],
)
"""The recorder of `Post.history`. Services call it once for each version, after the links have been written."""


class Post(VersionedModel):
    """A post (dated, listed, in feeds) or a static page."""

    class Kind(models.TextChoices):
        POST = "post", _("Post")
        PAGE = "page", _("Page")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.POST)
    slug = models.CharField(
        _("slug"),
        max_length=200,
        unique=True,
        validators=[slug_validator],
        blank=True,
        help_text=_("The last part of the address. Left empty, it is made from the title."),
    )
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(
        _("summary"), blank=True, max_length=500, help_text=_("Shown in lists, feeds and previews of links.")
    )
    body = models.TextField(_("body"), blank=True, validators=[validate_body_size])
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(
        _("publication date"), null=True, blank=True, help_text=_("In the future: the post appears by itself then.")
    )
    language = models.CharField(
        _("language"),
        max_length=35,
        blank=True,
        db_default="",
        default="",
        validators=[language_validator],
        help_text=_("Such as en, de or zh-Hant. Left empty, it is the site's."),
    )
    translation_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="translations",
        verbose_name=_("translation of"),
        help_text=_("The post that this is a translation of, where it was first written in another language."),
    )
    comments_allowed = models.BooleanField(
        _("comments allowed"),
        db_default=True,
        default=True,
        help_text=_("Whether readers may comment, where the site's policy allows it."),
    )
    cover_image = models.ForeignKey(
        Image,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="posts_with_it_as_cover",
        verbose_name=_("cover image"),
        help_text=_(
            "Stands for the post in lists, feeds and links to it. Without one, that is the text's first picture."
        ),
    )
    authors = models.ManyToManyField(Author, through=PostAuthor, related_name="posts", verbose_name=_("authors"))
    tags = models.ManyToManyField(Tag, through=PostTag, related_name="posts", blank=True, verbose_name=_("tags"))

    seo_title = models.CharField(_("title for search engines"), max_length=200, blank=True)
    seo_description = models.CharField(_("description for search engines"), max_length=300, blank=True)
    canonical_url = models.URLField(
        _("canonical address"),
        max_length=500,
        blank=True,
        validators=[web_address_validator],
        help_text=_("Where this text was first published, if elsewhere."),
    )

    # Computed from the body when the post is saved.
    body_html = models.TextField(editable=False, blank=True)
    toc_html = models.TextField(editable=False, blank=True)
    excerpt = models.TextField(editable=False, blank=True)
    word_count = models.PositiveIntegerField(default=0, editable=False)
    lead_image = models.CharField(max_length=500, editable=False, blank=True, db_default="", default="")
    rendered_by = models.CharField(max_length=40, editable=False, blank=True)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    # NULL: at `updated_at`. Otherwise, all versions since then changed only `post_fields.UNSEEN_FIELDS`.
    revised_at = models.DateTimeField(null=True, editable=False)
    trashed_at = models.DateTimeField(null=True, editable=False)
    address_was_public = models.BooleanField(default=False, editable=False)
    source_id = models.CharField(max_length=190, null=True, unique=True, editable=False)
    source_state = models.CharField(max_length=64, blank=True, db_default="", default="", editable=False)
    """A digest of what the post was imported from, so that an import passes over unchanged posts."""
    feed_id = models.CharField(max_length=255, blank=True, db_default="", default="", editable=False)
    """The id of an imported post in the feeds of the old site, which feed readers know; empty for ours."""

    objects = PostQuerySet.as_manager()
    history = post_records

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        permissions = [("change_others_post", _("Can change posts of others"))]
        constraints = [
            models.CheckConstraint(
                name="post_published_has_date",
                condition=Q(status="draft") | Q(published_at__isnull=False),
                violation_error_message=_("A published post needs a publication date."),
            ),
            models.CheckConstraint(name="post_status_known", condition=Q(status__in=["draft", "published"])),
            models.CheckConstraint(name="post_kind_known", condition=Q(kind__in=["post", "page"])),
        ]
        indexes = [
            # Public posts, newest first: home, feeds, archive and sitemap.
            models.Index(fields=["kind", "status", "trashed_at", "published_at", "id"], name="post_public"),
            # The API's lists of one language.
            models.Index(
                fields=["language", "kind", "status", "trashed_at", "published_at", "id"], name="post_by_language"
            ),
            # The admin's list and its filters.
            models.Index(fields=["trashed_at", "updated_at", "id"], name="post_by_change"),
            models.Index(fields=["trashed_at", "status", "updated_at", "id"], name="post_by_status"),
            models.Index(fields=["updated_at", "id"], name="post_by_update"),
            models.Index(fields=["kind", "trashed_at", "updated_at", "id"], name="post_by_kind"),
            models.Index(fields=["trashed_at", "published_at", "id"], name="post_by_date"),
            models.Index(fields=["trashed_at", "id"], name="post_by_trashing"),
            # Titles of drafts and trashed posts, which no full-text index has; and all titles, for translations.
            models.Index(fields=["status", "trashed_at", "title"], name="post_by_state_title"),
            models.Index(fields=["title"], name="post_by_title"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the path of the post's page."""
        return addresses.post(self.slug)

    @property
    def visible_at(self) -> datetime | None:
        """The time from which the post is public, which may be in the future; None if there is none."""
        is_published = self.status == self.Status.PUBLISHED and self.trashed_at is None
        return self.published_at if is_published else None

    def is_public(self, now: datetime | None = None) -> bool:
        """Return whether the post is public at `now`; the same rule as `PostQuerySet.published`."""
        return (
            self.status == self.Status.PUBLISHED
            and self.trashed_at is None
            and self.published_at is not None
            and self.published_at <= (now or timezone.now())
        )

    def is_editable_by(self, user) -> bool:
        """Return whether `user` may change the post; the same rule as `PostQuerySet.editable_by`."""
        if not user.is_active or not user.has_perm("posts.change_post"):
            return False
        return user.has_perm("posts.change_others_post") or user.pk in [
            author.user_id for author in self.ordered_authors
        ]

    @property
    def is_scheduled(self) -> bool:
        """Whether the post is published with a date in the future."""
        return (
            self.status == self.Status.PUBLISHED
            and self.trashed_at is None
            and self.published_at is not None
            and self.published_at > timezone.now()
        )

    @property
    def ordered_authors(self) -> list[Author]:
        """The authors in their order. No query is needed after `with_links` or `with_public_links`."""
        if self._authors is not None:
            return self._authors
        return [link.author for link in self.author_links.all()]

    @property
    def ordered_tags(self) -> list[Tag]:
        """The tags by name. No query is needed after `with_links` or `with_public_links`."""
        # Sorted here because databases differ in how they sort accents and capitals.
        return sorted(self.tags.all(), key=_by_name) if self._tags is None else self._tags

    @property
    def shown_images(self) -> list[Image]:
        """The images in the text and the cover image, by id. No query is needed after `with_images(whole=True)`."""
        return sorted((use.image for use in self.image_uses.all()), key=lambda image: image.pk)

    @property
    def loaded_values(self) -> tuple:
        """All loaded values of the post, its tags, authors and cover image, as a hashable key for caches."""
        rows = [self, *self.ordered_tags, None, *self.ordered_authors, None, self.cover_image]
        return tuple(_loaded_values(row) for row in rows)

    # Set from the annotations of `with_public_links`. Django's prefetch cache is not used: building its querysets
    # would take longer than reading the rows.
    _tags: list[Tag] | None = None
    _authors: list[Author] | None = None

    def _set_tags(self, rows: list[list] | None) -> None:
        tags = [Tag.from_db(self._state.db, LINK_FIELDS, row) for row in rows or ()]
        self._tags = sorted(tags, key=_by_name)

    def _set_authors(self, rows: list[list] | None) -> None:
        self._authors = [
            Author.from_db(self._state.db, Author.PUBLIC[: len(fields)], fields)
            for _position, _pk, *fields in sorted(rows or ())
        ]

    tag_rows = property(fset=_set_tags)
    author_rows = property(fset=_set_authors)

    @property
    def modified_at(self) -> datetime:
        """When the post last changed for readers: its publication, or a change of a field that they see."""
        revised = self.revised_at or self.updated_at
        return max(revised, self.published_at) if self.published_at else revised

    @property
    def description(self) -> str:
        """The summary or, if it is empty, the beginning of the text."""
        return self.summary or self.excerpt

    @property
    def image(self) -> str:
        """The address of the image that represents the post: its cover or the first image of its text. May be empty."""
        return self.cover_image.picture.address if self.cover_image else self.lead_image

    @property
    def reading_minutes(self) -> int:
        """The estimated reading time in minutes, at 220 words a minute; at least 1."""
        return max(1, round(self.word_count / 220))


def _by_name(tag: Tag) -> tuple[str, int]:
    return tag.name.casefold(), tag.pk


def _loaded_values(row: models.Model | None) -> tuple:
    """Return the loaded values of a row, hashable, without deferred fields and Django's own state."""
    values = vars(row).items() if row else ()
    return tuple(tuple(value) if isinstance(value, list) else value for name, value in values if name[0] != "_")


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
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")

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


@content_state.register_next_changes
def scheduled_dates(now: datetime) -> list[models.QuerySet]:
    """Return one query for each kind of post: the date of its next scheduled post after `now`."""
    scheduled = Post.objects.filter(status=Post.Status.PUBLISHED, trashed_at__isnull=True, published_at__gt=now)
    # Each is one lookup in the index of public posts, which begins with the kind.
    return [
        scheduled.filter(kind=kind).order_by("published_at").values("published_at")[:1] for kind in Post.Kind.values
    ]


class ImageUseQuerySet(OfPostsQuerySet):
    """Queries for the uses of images."""

    def with_editable(self, user) -> ImageUseQuerySet:
        """Annotate uses with `is_editable`: whether `user` may change the post."""
        posts = Post.objects.editable_by(user).filter(pk=models.OuterRef("post"))
        return self.annotate(is_editable=Exists(posts))


class ImageUse(models.Model):
    """The use of an image by a post, in its text or as its cover. It is written when the post is saved."""

    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="uses", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="image_uses")

    objects = ImageUseQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "post"], name="image_use_once")]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.post_id}"


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret in hex, which is stored in its place. (192 random bits need no slow hash.)"""
    return hashlib.sha256(secret.encode()).hexdigest()


class PreviewLinkQuerySet(models.QuerySet):
    """Creates and finds preview links."""

    def issue(self, *, post: Post, by, days: int) -> tuple[PreviewLink, str]:
        """Create a link and return it with its secret, which is not stored. Delete the post's unusable links."""
        now = timezone.now()
        self.filter(models.Q(revoked_at__isnull=False) | models.Q(expires_at__lte=now), post=post).delete()
        secret = secrets.token_urlsafe(24)
        link = self.create(
            post=post, digest=digest(secret), created_by=by, created_at=now, expires_at=now + timedelta(days=days)
        )
        return link, secret

    def usable(self, now: datetime | None = None) -> PreviewLinkQuerySet:
        """Return the links that are neither revoked nor expired at `now`."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now or timezone.now())

    def find_by_secret(self, secret: str) -> PreviewLink | None:
        """Return the usable link with this secret, or None."""
        return self.usable().filter(digest=digest(secret)).first()


class PreviewLink(models.Model):
    """A link by which anybody who has it can read an unpublished post until a date."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="preview_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")

    def __str__(self) -> str:
        return f"{self.post_id}: {self.expires_at:%Y-%m-%d}"
