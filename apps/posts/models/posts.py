"""Posts and pages, and their links to tags and authors."""

from __future__ import annotations

import enum
import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import content_state, keysets
from apps.core.history import HistoricalRecords, Origin
from apps.core.json_rows import json_rows
from apps.core.validators import language_validator, slug_validator, web_address_validator
from apps.core.versioned import VersionedModel
from apps.media.models import Image
from apps.posts.post_fields import LISTED_FIELDS, PAGE_FIELDS, RENDERED_FIELDS
from blog_project import addresses

from .authors import AUTHOR_COLUMNS, PICTURE_FIELDS, Author
from .series import READING_ORDER, Series
from .tags import LINK_FIELDS, Tag

if TYPE_CHECKING:
    from .pending_versions import PendingVersion

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

SERIES_FIELDS = ("series__title", "series__slug")
"""The fields of a post's series that its page shows. They are joined, as those of the cover are."""

COVER_FIELDS = tuple(f"cover_image__{name}" for name in Image.PUBLIC)
"""The fields of a post's cover image that lists and pages show. They are joined: a lookup of one row by primary key."""


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


_TAG_ROWS = {LINK_FIELDS: "tag_rows", Tag.WHOLE: "whole_tag_rows"}
_AUTHOR_ROWS = {LINK_FIELDS: "author_rows", Author.PUBLIC: "public_author_rows", Author.WHOLE: "whole_author_rows"}
"""The annotations of `with_public_links`, by the fields of a tag or an author that their rows have."""

AUTHORS = models.Prefetch("author_links", PostAuthor.objects.select_related("author__picture"))
"""Prefetches the authors of posts, for `Post.ordered_authors`."""


MAX_LINKS = 2_000
"""How many links of several tags are read to list their posts by their ids."""


def _link_of_post(links: models.QuerySet) -> models.Subquery:
    """Return the first of the links of a post: databases do not turn this into a join, as they do with EXISTS."""
    return models.Subquery(links.filter(post=models.OuterRef("pk")).order_by().values("pk")[:1])


class PostQuerySet(models.QuerySet):
    """Named queries that views, feeds, sitemaps, search and the API share."""

    def published(self, now: datetime | None = None) -> PostQuerySet:
        """Return the posts and pages that are public at `now`. `Post.is_public` is the same rule for one instance."""
        return self.filter(_is_public(now or timezone.now()))

    def posts(self) -> PostQuerySet:
        """Return posts without static pages, as lists, feeds and archives show them."""
        return self.filter(kind=Post.Kind.POST)

    def with_any_tag(self, tags: Collection[Tag]) -> PostQuerySet:
        """Return the posts with at least one of `tags`.

        Of few posts the ids are read first, in a query. If they are many, the list soon finds enough of them in its own
        order; otherwise databases may read and sort all links of the tags.
        """
        links = PostTag.objects.filter(tag__in=tags)
        few = list(links.order_by().values_list("post_id", flat=True)[: MAX_LINKS + 1])
        if len(few) <= MAX_LINKS:
            return self.filter(pk__in=set(few))
        return self.alias(any_tag=_link_of_post(links)).filter(any_tag__isnull=False)

    def with_no_tag(self, tags: Collection[Tag]) -> PostQuerySet:
        """Return the posts without any of `tags`: the database looks for a link of each post, in the list's order."""
        if not tags:
            return self
        return self.alias(no_tag=_link_of_post(PostTag.objects.filter(tag__in=tags))).filter(no_tag__isnull=True)

    def featured(self) -> PostQuerySet:
        """Return the posts that an editor has featured."""
        return self.filter(is_featured=True)

    def in_series(self, series: Series | models.Expression) -> PostQuerySet:
        """Return the posts of a series in reading order, from one index. (There are at most `Series.MAX_PARTS`.)"""
        return self.filter(series=series).order_by(*READING_ORDER)

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

    def for_listing(self, now: datetime | None = None) -> PostQuerySet:
        """Load only the fields that lists show, in one query. Bodies are not loaded; tags and authors without joins."""
        posts = self.select_related("cover_image").only(*LISTED_FIELDS, *COVER_FIELDS)
        return posts.with_public_links().with_due_update(now, markdown=False)

    def for_reading(self, now: datetime | None = None) -> PostQuerySet:
        """Load only the fields that a post's page and the feeds show, in one query. The Markdown is not loaded."""
        shown = (*PAGE_FIELDS, *COVER_FIELDS, *SERIES_FIELDS)
        posts = self.select_related("cover_image", "series").only(*shown)
        return posts.with_public_links(Author.PUBLIC).with_due_update(now, markdown=False)

    def with_due_update(self, now: datetime | None = None, *, markdown: bool = True) -> PostQuerySet:
        """Load posts as they are from the moment of a scheduled update on, which may not be written yet.

        `markdown` says whether the body is loaded too.

        It is one lookup by primary key in a table that has a row for few posts. Whatever shows a title or a text of
        posts to readers, or passes a post to a service, loads posts so.
        """
        body = {"due_body": _of_due_update("body", now)} if markdown else {}
        return self.annotate(due_plan=due_plan(now), **body)

    def with_links(self, *, of: Collection[str] = M2M_FIELDS) -> PostQuerySet:
        """Prefetch tags and authors, or those of `M2M_FIELDS` in `of`, for `ordered_tags` and `ordered_authors`."""
        lookups = {"tags": "tags", "authors": AUTHORS}
        return self.prefetch_related(*(lookups[name] for name in M2M_FIELDS if name in of))

    def with_public_links(
        self,
        of_authors: Sequence[str] = LINK_FIELDS,
        *,
        of_tags: Sequence[str] = LINK_FIELDS,
        of: Collection[str] = M2M_FIELDS,
    ) -> PostQuerySet:
        """Load tags and authors as JSON columns of the same query, for `ordered_tags` and `ordered_authors`.

        `of_authors` and `of_tags` are the fields to load: `LINK_FIELDS`, `WHOLE` or, of authors, `PUBLIC`. `of` are the
        links to load, names from `M2M_FIELDS`.
        """
        tags = PostTag.objects.filter(post=models.OuterRef("pk"))
        authors = PostAuthor.objects.filter(post=models.OuterRef("pk"))
        of_pictures = PICTURE_FIELDS if "picture" in of_authors else ()
        rows = {
            "tags": json_rows(tags, *("tag_id" if name == "id" else f"tag__{name}" for name in of_tags)),
            "authors": json_rows(
                authors, "position", "id", *(f"author__{name}" for name in (*of_authors, *of_pictures))
            ),
        }
        names = {"tags": _TAG_ROWS[tuple(of_tags)], "authors": _AUTHOR_ROWS[tuple(of_authors)]}
        return self.annotate(**{names[name]: rows[name] for name in M2M_FIELDS if name in of})

    def with_images(self, *, whole: bool) -> PostQuerySet:
        """Prefetch the uses of images in one query: only ids, or if `whole`, what `shown_images` needs."""
        from .of_posts import ImageUse  # It imports this module.

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
        return self.in_sight(sight(user), user and user.pk)

    def in_sight(self, sight: Sight, user_id: Any, now: Any = None) -> PostQuerySet:
        """Return the posts that somebody with this sight may know of. The id and the moment may be expressions."""
        if sight is Sight.ALL:
            return self
        known = _is_public(now or timezone.now())
        if sight is Sight.OWN:
            # Not a join, which would return a post once for each of its authors.
            known |= Q(Exists(PostAuthor.objects.filter(post=models.OuterRef("pk"), author__user=user_id)))
        return self.filter(known)

    def with_has_pending(self) -> PostQuerySet:
        """Annotate posts with `has_pending`: whether changes of it wait; and `planned_for`: until when, if scheduled."""
        from .pending_versions import PendingVersion  # It imports this module.

        waiting = PendingVersion.objects.waiting().filter(post=models.OuterRef("pk"))
        return self.annotate(has_pending=Exists(waiting), planned_for=models.Subquery(waiting.values("due_at")))

    def with_known_originals(self, sight: Sight, user_id: Any, now: Any = None) -> PostQuerySet:
        """Annotate translations with `known_original`: the id of the original, or None if it is out of sight."""
        originals = Post.objects.in_sight(sight, user_id, now).filter(pk=models.OuterRef("translation_of"))
        return self.annotate(known_original=models.Subquery(originals.values("pk")[:1]))


class Sight(enum.Enum):
    """Which posts somebody may know of (`PostQuerySet.known_to`)."""

    ALL, OWN, PUBLIC = "all", "their own and public ones", "public ones"


def sight(user) -> Sight:
    """Return which posts the user of a request may know of; None stands for a command."""
    if user is None:
        return Sight.ALL
    if not (user.is_active and user.has_perm("posts.change_post")):
        return Sight.PUBLIC
    return Sight.ALL if user.has_perm("posts.change_others_post") else Sight.OWN


def knows_all_posts(user) -> bool:
    """Return whether a user may know of every post: an editor, or None for a command (`PostQuerySet.known_to`)."""
    return sight(user) is Sight.ALL


def _is_public(now: datetime) -> Q:
    return Q(status=Post.Status.PUBLISHED, published_at__lte=now, trashed_at__isnull=True)


post_records = HistoricalRecords(
    bases=[Origin],
    m2m_fields=[*M2M_FIELDS],
    excluded_fields=[*RENDERED_FIELDS, "rendered_by", "source_state", "feed_id", "revised_at"],
)
"""The recorder of `Post.history`. Services call it once for each version, after the links have been written."""


DATE_MISSING = _("A published post needs a publication date.")


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
    is_featured = models.BooleanField(
        _("featured"),
        db_default=False,
        default=False,
        help_text=_("The newest featured post is the first one of the front page."),
    )
    comments_allowed = models.BooleanField(
        _("comments allowed"),
        db_default=True,
        default=True,
        help_text=_("Whether readers may comment, where the site's policy allows it."),
    )
    typography = models.BooleanField(
        _("typography"),
        db_default=True,
        default=True,
        help_text=_("Whether “quotes”, dashes and spaces are set as the language has them; the text stays as typed."),
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
    series = models.ForeignKey(
        Series,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="posts",
        verbose_name=_("series"),
        help_text=_("Posts that are read one after the other. Each page leads to the next part."),
    )
    series_position = models.PositiveSmallIntegerField(
        _("position in the series"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(Series.MAX_POSITION)],
        help_text=_("By it the parts are ordered; readers see them numbered from 1. Left empty, it is the last part."),
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
                violation_error_message=DATE_MISSING,
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
            # Featured posts: the first one of the front page and the API's list; and the admin's list of them.
            models.Index(
                fields=["is_featured", "kind", "status", "trashed_at", "published_at", "id"], name="post_featured"
            ),
            models.Index(fields=["is_featured", "trashed_at", "updated_at", "id"], name="post_featured_by_change"),
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
            # The parts of a series in reading order.
            models.Index(fields=["series", "series_position", "id"], name="post_by_series"),
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
        # Not `ordered_authors`, which may lack the users of authors.
        return user.has_perm("posts.change_others_post") or user.pk in [
            link.author.user_id for link in self.author_links.all()
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

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError for what the constraints of the table would refuse.

        Django queries the database for each of them, at every automatic save. `status` and `kind` are choices, which
        `clean_fields` checks.
        """
        if {"status", "published_at"} & {*(exclude or ())}:
            return
        if self.status == self.Status.PUBLISHED and self.published_at is None:
            raise ValidationError(DATE_MISSING)

    @property
    def pending(self) -> PendingVersion | None:
        """The pending version of the post, or None; also None for a scheduled update that is due. It is fetched once."""
        try:
            return None if self.pending_row.is_due() else self.pending_row
        except ObjectDoesNotExist:
            return None

    @property
    def ordered_authors(self) -> list[Author]:
        """The authors in their order. No query is needed after `with_links` or `with_public_links`."""
        if self._author_rows is None:
            links = self.author_links.all()
            is_fetched = "author_links" in getattr(self, "_prefetched_objects_cache", ())
            return [link.author for link in (links if is_fetched else links.select_related("author"))]
        if self._authors is None:
            self._share({})
        return self._authors

    @property
    def ordered_tags(self) -> list[Tag]:
        """The tags by name. No query is needed after `with_links` or `with_public_links`."""
        # Sorted here because databases differ in how they sort accents and capitals.
        if self._tag_rows is None:
            return sorted(self.tags.all(), key=_by_name)
        if self._tags is None:
            self._share({})
        return self._tags

    @property
    def tag_slugs(self) -> list[str]:
        """The slugs of `ordered_tags`."""
        if self._tag_rows is None:
            return [tag.slug for tag in self.ordered_tags]
        place = self._tag_fields.index("slug")
        return [row[place] for row in self._tag_rows]

    @property
    def author_slugs(self) -> list[str]:
        """The slugs of `ordered_authors`."""
        if self._author_rows is None:
            return [author.slug for author in self.ordered_authors]
        place = 2 + self._author_fields.index("slug")  # Behind the position and the key of the link.
        return [row[place] for row in self._author_rows]

    @property
    def linked_values(self) -> dict[str, list | None]:
        """What `with_public_links` has loaded of tags and authors, in their order, as lists of values."""
        return {"tags": self._tag_rows, "authors": self._author_rows}

    @property
    def shown_images(self) -> list[Image]:
        """The images in the text and the cover image, by id. No query is needed after `with_images(whole=True)`."""
        return sorted((use.image for use in self.image_uses.all()), key=lambda image: image.pk)

    @property
    def loaded_values(self) -> tuple:
        """All loaded values of the post, its tags, authors and cover image, as a hashable key for caches."""
        pictures = [author.picture for author in self.ordered_authors if Author.picture.is_cached(author)]
        rows = [self, *self.ordered_tags, None, *self.ordered_authors, None, *pictures, None, self.cover_image]
        return tuple(_loaded_values(row) for row in rows)

    # Set from the annotations of `with_public_links`. Django's prefetch cache is not used: building its querysets
    # would take longer than reading the rows. Instances are made of the rows only where somebody asks for them.
    _tag_rows: list[list] | None = None
    _author_rows: list[list] | None = None
    _tags: list[Tag] | None = None
    _authors: list[Author] | None = None

    _tag_fields: tuple[str, ...] = LINK_FIELDS
    _author_fields: tuple[str, ...] = LINK_FIELDS

    def _set_tags(self, fields: tuple[str, ...], rows: list[list] | None) -> None:
        place = fields.index("name")
        # As `_by_name` sorts instances.
        self._tag_fields, self._tag_rows = fields, sorted(rows or (), key=lambda row: (row[place].casefold(), row[0]))

    def _set_authors(self, fields: tuple[str, ...], rows: list[list] | None) -> None:
        self._author_fields, self._author_rows = fields, sorted(rows or ())

    def _share(self, made: dict[tuple[type, int], Tag | Author]) -> None:
        """Make the instances of the loaded rows, except those that are in `made` by model and id, and add them to it."""
        if self._tag_rows is not None:
            self._tags = [
                made.get((Tag, row[0])) or made.setdefault((Tag, row[0]), self._tag(row)) for row in self._tag_rows
            ]
        if self._author_rows is not None:
            self._authors = [
                made.get((Author, row[0])) or made.setdefault((Author, row[0]), self._author(row))
                for _position, _link, *row in self._author_rows
            ]

    def _tag(self, row: list) -> Tag:
        return Tag.from_db(self._state.db, self._tag_fields, row)

    def _author(self, row: list) -> Author:
        """Return an author made of the values of their fields, which those of their picture can follow."""
        columns = AUTHOR_COLUMNS[self._author_fields]
        own, of_picture = row[: len(columns)], row[len(columns) :]
        author = Author.from_db(self._state.db, columns, own)
        if of_picture and author.picture_id:
            values = dict(zip(Image.PUBLIC, of_picture, strict=True))
            if isinstance(values["files"], str):  # Databases differ in whether JSON in JSON is text.
                values["files"] = json.loads(values["files"])
            author.picture = Image.from_db(self._state.db, Image.PUBLIC, values.values())
        return author

    tag_rows = property(fset=lambda post, rows: post._set_tags(LINK_FIELDS, rows))
    whole_tag_rows = property(fset=lambda post, rows: post._set_tags(Tag.WHOLE, rows))
    author_rows = property(fset=lambda post, rows: post._set_authors(LINK_FIELDS, rows))
    public_author_rows = property(fset=lambda post, rows: post._set_authors(Author.PUBLIC, rows))
    whole_author_rows = property(fset=lambda post, rows: post._set_authors(Author.WHOLE, rows))

    _plan: dict[str, Any] | None = None
    stored_updated_at: datetime | None = None
    """The `updated_at` of the row, if a scheduled update is laid over it."""

    def lay_over(self, plan: dict[str, Any] | None) -> None:
        """Set what a scheduled update changes, without saving it: the fields, the version and the date of the change.

        The body is set by `due_body`. `plan` is `PendingVersion.plan`. Of the version and the dates only those are set that are loaded.
        """
        if plan is None:
            return
        self._plan, loaded = plan, vars(self)
        self.stored_updated_at = loaded.get("updated_at")
        if "revised_at" in loaded:
            self.revised_at = None if plan["is_seen"] else self.revised_at or loaded.get("updated_at")
        if "version" in loaded:
            self.version += 1
        if "updated_at" in loaded:
            self.updated_at = datetime.fromisoformat(plan["at"])
        fields = plan["changes"] | plan["rendered"]
        if "cover_image" in fields and "cover_image_id" in loaded:
            # Not the joined one, which is that of the row.
            self.cover_image = Image.objects.for_reading().filter(pk=fields["cover_image"]).first()
        for name in fields.keys() - {"cover_image"}:
            setattr(self, name, fields[name])

    def _set_due_body(self, body: str | None) -> None:
        if body is not None:
            self.body = body

    due_plan = property(fset=lay_over)
    due_body = property(fset=_set_due_body)

    @property
    def shows_due_update(self) -> bool:
        """Whether the instance shows a scheduled update that is due and was not written yet when it was loaded."""
        return self._plan is not None

    @property
    def shows_due_text(self) -> bool:
        """Whether the text is that of a scheduled update which is due and not written yet."""
        return self._plan is not None and bool(self._plan["rendered"])

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


def share_linked(posts: Iterable[Post]) -> None:
    """Let posts that `with_public_links` has loaded share the instances of their tags and authors, of which lists have few."""
    made: dict[tuple[type, int], Tag | Author] = {}
    for post in posts:
        post._share(made)


def due_plan(now: datetime | None = None) -> models.Subquery:
    """Return an expression for the `PendingVersion.plan` of a post's update that is due at `now`, or NULL."""
    return _of_due_update("plan", now)


def _of_due_update(column: str, now: datetime | None) -> models.Subquery:
    from .pending_versions import PendingVersion  # It imports this module.

    due = PendingVersion.objects.due(now).filter(post=models.OuterRef("pk"))
    return models.Subquery(due.values(column)[:1])


def _by_name(tag: Tag) -> tuple[str, int]:
    return tag.name.casefold(), tag.pk


def _loaded_values(row: models.Model | None) -> tuple:
    """Return the loaded values of a row, hashable, without deferred fields and Django's own state."""
    values = vars(row).items() if row else ()
    return tuple(tuple(value) if isinstance(value, list) else value for name, value in values if name[0] != "_")


@content_state.register_next_changes
def scheduled_dates(now: datetime) -> list[models.QuerySet]:
    """Return one query for each kind of post: the date of its next scheduled post after `now`."""
    scheduled = Post.objects.filter(status=Post.Status.PUBLISHED, trashed_at__isnull=True, published_at__gt=now)
    # Each is one lookup in the index of public posts, which begins with the kind.
    return [
        scheduled.filter(kind=kind).order_by("published_at").values("published_at")[:1] for kind in Post.Kind.values
    ]
