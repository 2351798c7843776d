"""What a blog is: posts, tags, authors, and what is kept about them. Every write goes through `services`."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import content_state, keysets
from apps.core.history import HistoricalRecords, Origin
from apps.core.json_rows import json_rows
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


LINKED = ("tags", "authors")
"""What posts are linked to, and listed by."""

NEWEST_FIRST = ("-published_at", "-id")
"""The order of public lists."""

NAMED = ("id", "name", "slug")
"""What lists show of a tag or an author."""


COVER = tuple(f"cover_image__{name}" for name in Image.PUBLIC)
"""What lists and pages show of a post's cover, which comes along by a join: it is one row, found by its key."""


class InUseQuerySet(models.QuerySet):
    """Reads of what posts are listed by: tags and authors."""

    def in_use(self) -> InUseQuerySet:
        """Return those with a post that a reader may see."""
        # Not EXISTS: MariaDB turns that into a join that reads all posts. Their newest post is one look into an index.
        newest = Post.objects.published().newest_first(**{self.model._meta.model_name: models.OuterRef("pk")})
        return self.alias(newest_post=models.Subquery(newest.values("pk")[:1])).filter(newest_post__isnull=False)

    def at(self, slug: str) -> models.Model | None:
        """Return the one of a slug, or None."""
        return self.filter(slug=slug).first()


class TagQuerySet(InUseQuerySet):
    """Reads of tags."""

    def at(self, slug: str) -> Tag | None:
        """Return the tag of a slug, or the one that it leads to since that was renamed or merged; its own slug tells which."""
        if tag := super().at(slug):
            return tag
        alias = TagAlias.objects.filter(slug=slug).select_related("tag").first()
        return alias and alias.tag


class Tag(VersionedModel):
    """A topic that posts share."""

    name = models.CharField(_("name"), max_length=100, unique=True)
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
    """A former slug of a tag: its page and its feeds redirect to the tag's, and lists of the API are the tag's."""

    slug = models.CharField(_("slug"), max_length=120, unique=True)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="aliases", verbose_name=_("tag"))
    former_id = models.PositiveBigIntegerField(null=True, db_index=True, editable=False)
    """The id of the tag that was merged into this one: what old versions of posts still name."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("alias of a tag")
        verbose_name_plural = _("aliases of tags")

    def __str__(self) -> str:
        return self.slug


class Author(VersionedModel):
    """The public face of somebody who writes; tied to a user where that person logs in."""

    PUBLIC = (*NAMED, "bio", "website")
    """What readers' pages read of an author, and all that their database user may."""

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


class PostAuthor(models.Model):
    """An author's place among the authors of a post."""

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
    """A tag of a post.

    `listed_at` copies the post's publication date, for readers' lists (`PostQuerySet.newest_first`), and `changed_at` its
    `updated_at`, for editors' lists: so each of them reads one index of the links in its order.
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
"""What fetches the authors of posts."""


class PostQuerySet(models.QuerySet):
    """Reads with names, shared by views, feeds, sitemaps, search and the API."""

    def published(self, now: datetime | None = None) -> PostQuerySet:
        """Return what a reader may see at `now`: the only definition of visible."""
        return self.filter(
            status=Post.Status.PUBLISHED, published_at__lte=now or timezone.now(), trashed_at__isnull=True
        )

    def posts(self) -> PostQuerySet:
        """Return posts: what lists, feeds and archives show."""
        return self.filter(kind=Post.Kind.POST)

    def newest_first(
        self,
        *,
        tag: Tag | None = None,
        author: Author | None = None,
        before: tuple[datetime, int] | None = None,
    ) -> PostQuerySet:
        """Order by date as every public list does, of all posts or of one tag's or author's.

        `before`, the date and id of the last post of a page, is the keyset of the page that follows it. The links
        to tags and authors carry a copy of the date, so that each of these lists reads one index in its order. Call it
        after the conditions, and before `for_listing` and its like.
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
        """Return those that are in `posts`, and have the database look each of them up there by its id.

        For lists that read the index of a tag or an author in its order. With the conditions of `posts` as its own,
        MariaDB and MySQL would rather read all posts with them and sort these: seconds, at a hundred thousand.
        """
        found = posts.order_by().filter(pk=models.OuterRef("pk")).values("pk")
        return self.alias(found=models.Subquery(found[:1])).filter(found__isnull=False)

    def for_listing(self) -> PostQuerySet:
        """Fetch what a list shows and no more, in one query: no bodies; tags and authors never by join."""
        return self.select_related("cover_image").only(*LISTED_FIELDS, *COVER).with_public_links()

    def for_reading(self) -> PostQuerySet:
        """Fetch what a post's page and the feeds show, in one query: the text as HTML, and not its Markdown."""
        return self.select_related("cover_image").only(*PAGE_FIELDS, *COVER).with_public_links(Author.PUBLIC)

    def with_links(self, *, of: Collection[str] = LINKED) -> PostQuerySet:
        """Fetch tags and authors (for `ordered_tags` and `ordered_authors`) in one query each; of `LINKED`, those in `of`."""
        lookups = {"tags": "tags", "authors": AUTHORS}
        return self.prefetch_related(*(lookups[name] for name in LINKED if name in of))

    def with_public_links(self, of_authors: Sequence[str] = NAMED, *, of: Collection[str] = LINKED) -> PostQuerySet:
        """Fetch tags and authors (for `ordered_tags` and `ordered_authors`) along, as JSON, with no query of their own.

        `of_authors` are the first fields of `Author.PUBLIC` that are shown of them; `of` says which of `LINKED`.
        """
        tags = PostTag.objects.filter(post=models.OuterRef("pk"))
        authors = PostAuthor.objects.filter(post=models.OuterRef("pk"))
        rows = {
            "tags": {"tag_rows": json_rows(tags, "tag_id", "tag__name", "tag__slug")},
            "authors": {
                "author_rows": json_rows(authors, "position", "id", *(f"author__{name}" for name in of_authors))
            },
        }
        return self.annotate(**{column: value for name in LINKED if name in of for column, value in rows[name].items()})

    def with_images(self, *, whole: bool) -> PostQuerySet:
        """Fetch the images that the posts show in one query: their ids, or (for `shown_images`) what readers see of them."""
        uses = ImageUse.objects.only("post_id", "image_id")
        if whole:
            uses = uses.select_related("image").only("post_id", *(f"image__{name}" for name in Image.PUBLIC))
        return self.prefetch_related(models.Prefetch("image_uses", uses))

    def editable_by(self, user) -> PostQuerySet:
        """Return the posts that `user` may change: an editor any, an author their own."""
        if not user.is_active or not user.has_perm("posts.change_post"):
            return self.none()
        if user.has_perm("posts.change_others_post"):
            return self
        return self.filter(authors__user_id=user.pk)


post_records = HistoricalRecords(
    bases=[Origin],
    m2m_fields=[*LINKED],
    excluded_fields=[*RENDERED_FIELDS, "rendered_by"],
)
"""The recorder of `Post.history`: services call it once for each version, when the links are written too."""


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

    # Made from the body at write; readers' pages only read them.
    body_html = models.TextField(editable=False, blank=True)
    toc_html = models.TextField(editable=False, blank=True)
    excerpt = models.TextField(editable=False, blank=True)
    word_count = models.PositiveIntegerField(default=0, editable=False)
    lead_image = models.CharField(max_length=500, editable=False, blank=True, db_default="", default="")
    rendered_by = models.CharField(max_length=40, editable=False, blank=True)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    trashed_at = models.DateTimeField(null=True, editable=False)
    address_was_public = models.BooleanField(default=False, editable=False)
    source_id = models.CharField(max_length=190, null=True, unique=True, editable=False)

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
            # What is public, newest first: home, feeds, archive and sitemap.
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
            # The titles of drafts and of the trash, which no full-text index has; and those of all, for translations.
            models.Index(fields=["status", "trashed_at", "title"], name="post_by_state_title"),
            models.Index(fields=["title"], name="post_by_title"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the path of the post's page."""
        return addresses.post(self.slug)

    def is_public(self, now: datetime | None = None) -> bool:
        """Tell whether readers see it at `now`: `PostQuerySet.published` for one instance."""
        return (
            self.status == self.Status.PUBLISHED
            and self.trashed_at is None
            and self.published_at is not None
            and self.published_at <= (now or timezone.now())
        )

    def is_editable_by(self, user) -> bool:
        """Tell whether `user` may change it: `PostQuerySet.editable_by` for one instance."""
        if not user.is_active or not user.has_perm("posts.change_post"):
            return False
        return user.has_perm("posts.change_others_post") or user.pk in [who.user_id for who in self.ordered_authors]

    @property
    def is_scheduled(self) -> bool:
        """Whether it will appear by itself at a date to come."""
        return (
            self.status == self.Status.PUBLISHED
            and self.trashed_at is None
            and self.published_at is not None
            and self.published_at > timezone.now()
        )

    @property
    def ordered_authors(self) -> list[Author]:
        """The authors in their order; without a query after `with_links` and `with_public_links`."""
        if self._authors is not None:
            return self._authors
        return [link.author for link in self.author_links.all()]

    @property
    def ordered_tags(self) -> list[Tag]:
        """The tags by name; without a query after `with_links` and `with_public_links`."""
        # Sorted here and not by the database, whose order of accents and capitals is another on each.
        return sorted(self.tags.all(), key=_by_name) if self._tags is None else self._tags

    @property
    def shown_images(self) -> list[Image]:
        """The images that it shows, its cover among them; without a query after `with_images`."""
        return sorted((use.image for use in self.image_uses.all()), key=lambda image: image.pk)

    @property
    def as_read(self) -> tuple:
        """All that was read of it and, after `with_public_links`, of what it is shown with; equal where that is."""
        rows = [self, *self.ordered_tags, None, *self.ordered_authors, None, self.cover_image]
        return tuple(_as_read(row) for row in rows)

    # `with_public_links` sets these two, as Django sets whatever is annotated. What a prefetch would fill stays empty:
    # to make its querysets would take longer than to read the rows.
    _tags: list[Tag] | None = None
    _authors: list[Author] | None = None

    def _keep_tags(self, rows: list[list] | None) -> None:
        tags = [Tag.from_db(self._state.db, NAMED, row) for row in rows or ()]
        self._tags = sorted(tags, key=_by_name)

    def _keep_authors(self, rows: list[list] | None) -> None:
        self._authors = [
            Author.from_db(self._state.db, Author.PUBLIC[: len(fields)], fields)
            for _position, _pk, *fields in sorted(rows or ())
        ]

    tag_rows = property(fset=_keep_tags)
    author_rows = property(fset=_keep_authors)

    @property
    def description(self) -> str:
        """The summary, or the beginning of the text where none was written."""
        return self.summary or self.excerpt

    @property
    def image(self) -> str:
        """The address of the picture that stands for it: its cover, or the first of its text."""
        return self.cover_image.picture.address if self.cover_image else self.lead_image

    @property
    def reading_minutes(self) -> int:
        """Minutes to read it at 220 words a minute, at least one."""
        return max(1, round(self.word_count / 220))


def _by_name(tag: Tag) -> tuple[str, int]:
    return tag.name.casefold(), tag.pk


def _as_read(row: models.Model | None) -> tuple:
    """Return the values of a row, hashable: none of a deferred field, nor of what Django keeps with it."""
    values = vars(row).items() if row else ()
    return tuple(tuple(value) if isinstance(value, list) else value for name, value in values if name[0] != "_")


class PostAlias(models.Model):
    """An old public path of a post, which readers are redirected from."""

    path = models.CharField(max_length=255, unique=True)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="aliases")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")

    def __str__(self) -> str:
        return self.path


class SearchDocument(models.Model):
    """What a published post says, as plain text. Its full-text index is made by a migration for each database."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="search_document")
    title = models.CharField(max_length=200)
    tags = models.TextField(blank=True)
    body = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.title


@content_state.next_changes
def scheduled_dates() -> list[models.QuerySet]:
    """Return, for each kind of post, the query of when the next scheduled one appears."""
    scheduled = Post.objects.filter(
        status=Post.Status.PUBLISHED, trashed_at__isnull=True, published_at__gt=content_state.NOW
    )
    # One look each into the index of public posts, which begins with the kind.
    return [
        scheduled.filter(kind=kind).order_by("published_at").values("published_at")[:1] for kind in Post.Kind.values
    ]


class ImageUse(models.Model):
    """That a post shows an image: in its text, or as its cover. Written with the post."""

    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="uses", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="image_uses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "post"], name="image_use_once")]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.post_id}"


def digest(secret: str) -> str:
    """Return what is stored of a secret: its SHA-256, in hex. (192 random bits need no slow hash.)"""
    return hashlib.sha256(secret.encode()).hexdigest()


class PreviewLinkQuerySet(models.QuerySet):
    """Makes and finds preview links."""

    def issue(self, *, post: Post, by, days: int) -> tuple[PreviewLink, str]:
        """Create a link and return it with its secret, which is stored nowhere. What had ended of the post's goes."""
        now = timezone.now()
        self.filter(models.Q(revoked_at__isnull=False) | models.Q(expires_at__lte=now), post=post).delete()
        secret = secrets.token_urlsafe(24)
        link = self.create(
            post=post, digest=digest(secret), created_by=by, created_at=now, expires_at=now + timedelta(days=days)
        )
        return link, secret

    def usable(self, now: datetime | None = None) -> PreviewLinkQuerySet:
        """Return those that are neither revoked nor expired."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now or timezone.now())

    def of_secret(self, secret: str) -> PreviewLink | None:
        """Return the usable link of a secret."""
        return self.usable().filter(digest=digest(secret)).first()


class PreviewLink(models.Model):
    """The right of whoever has its address to read one post before it is published, until a date."""

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
