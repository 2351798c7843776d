"""What the change feed tells of posts, tags, authors, series and images: the rows for the services, and what each kind shows.

An image belongs here because it is public where a public post shows it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.core import changes, keysets
from apps.core.change_feed import CLOCK_TOLERANCE, Cause, Dependents, Kind, register
from apps.core.models import Change
from apps.media.models import Image

from .models import READING_ORDER, Author, ImageUse, PendingVersion, Post, PostAuthor, PostTag, Series, Tag


def of_post(
    post: Post,
    *,
    before: datetime | None,
    images_before: Collection[int] = (),
    images: Collection[int] = (),
    event: changes.Event = changes.Event.CHANGED,
    is_moved: bool = False,
) -> list[Change]:
    """Return the changes for a post that was visible from `before` on (`Post.visible_at`), and showed `images_before`.

    `images` are the ids of those that it shows now; `is_moved` says whether its address is another. A draft that stays
    one makes no row. A scheduled post does, which is told when it comes due. Translations are told with a post that
    appears or leaves: they show its id only while it is public.
    """
    after, now = post.visible_at, timezone.now()
    if before is None and after is None:
        return []
    own = changes.dated(
        "post", post.pk, before=before, after=after, at=now, version=post.version, event=event, spreads=is_moved
    )
    of_images = []
    for pk in sorted({*images_before, *images}):
        times = {"before": before if pk in images_before else None, "after": after if pk in images else None}
        if times["before"] != times["after"]:
            of_images.append(changes.dated("image", pk, at=now, **times))
    translations = list(post.translations.values_list("pk", flat=True)) if before != after else []
    return [own, *of_images, *changes.of_many("post", translations)]


def of_plan(post: Post, row: PendingVersion) -> Change:
    """Return the change for a scheduled update: it is told at its moment, unless another change of the post follows."""
    return changes.dated(
        "post", post.pk, before=None, after=row.due_at, version=post.version + 1, event=changes.Event.SCHEDULED
    )


def public_posts(now: datetime) -> QuerySet:
    """Return the posts that are public at `now` by the database's clock.

    That includes those that were published at once by a process whose clock is fast: the feed has told them.
    """
    by_itself = Change.objects.filter(
        kind=PostKind.name, object_id=OuterRef("pk"), visible_at=OuterRef("published_at"), visible_at__lte=F("at")
    )
    posts = Post.objects.published(now + CLOCK_TOLERANCE)
    return posts.filter(Q(published_at__lte=now) | Exists(by_itself))


def _posts_by_link(links: type[Model], name: str):
    """Return a function that finds the posts of a tag or an author, in the order of an index of the links."""

    def find(change: Change, after: list | None, number: int) -> list[tuple[int, Any]]:
        order = ("listed_at", "post_id")
        found = links.objects.filter(**{name: change.object_id}, listed_at__isnull=False)
        if after is not None:
            found = found.filter(keysets.beyond(order, after))
        rows = found.order_by(*order).values_list("post_id", "listed_at")[:number]
        return [(pk, [listed_at.isoformat(), pk]) for pk, listed_at in rows]

    return find


def _posts_in_series(change: Change, after: list | None, number: int) -> list[tuple[int, list]]:
    posts = Post.objects.in_series(change.object_id)
    if after is not None:
        posts = posts.filter(keysets.beyond(READING_ORDER, after))
    return [(pk, [position, pk]) for position, pk in posts.values_list(*READING_ORDER)[:number]]


def _posts_with_image(change: Change, after: int | None, number: int) -> list[tuple[int, int]]:
    uses = ImageUse.objects.filter(image=change.object_id, post__gt=after or 0).order_by("post_id")
    return [(pk, pk) for pk in uses.values_list("post_id", flat=True)[:number]]


def _images_of_post(change: Change, after: int | None, number: int) -> list[tuple[int, int]]:
    uses = ImageUse.objects.filter(post=change.object_id, image__gt=after or 0).order_by("image_id")
    return [(pk, pk) for pk in uses.values_list("image_id", flat=True)[:number]]


def _translations_of_post(change: Change, after: int | None, number: int) -> list[tuple[int, int]]:
    translations = Post.objects.filter(translation_of=change.object_id, pk__gt=after or 0).order_by("pk")
    return [(pk, pk) for pk in translations.values_list("pk", flat=True)[:number]]


_ON_CHANGE = frozenset([Cause.CHANGED])
_WHEN_DUE = frozenset([Cause.DUE])


@register
class PostKind(Kind):
    """Posts and pages. (For the comments of a post see `apps.comments.changes`.)"""

    name, resource, has_dates = "post", "posts", True
    # Otherwise `of_post` makes rows for the images and the translations.
    dependents = (
        Dependents("image", _WHEN_DUE, _images_of_post),
        Dependents("post", _WHEN_DUE, _translations_of_post),
    )

    def public(self, ids: Collection[int], now: datetime) -> dict[int, int]:
        """Return the versions of those that are public."""
        due = Exists(PendingVersion.objects.due(now).filter(post=OuterRef("pk")))
        rows = public_posts(now).filter(pk__in=ids).annotate(is_due=due).values_list("pk", "version", "is_due")
        return {pk: version + is_due for pk, version, is_due in rows}


class _LinkedKind(Kind):
    model: type[Model]

    def public(self, ids: Collection[int], now: datetime) -> dict[int, int]:
        """Return the versions of those that exist: all are public."""
        return dict(self.model.objects.filter(pk__in=ids).values_list("pk", "version"))


@register
class TagKind(_LinkedKind):
    """Tags, whose names and slugs are shown with their posts."""

    name, resource, model = "tag", "tags", Tag
    dependents = (Dependents("post", _ON_CHANGE, _posts_by_link(PostTag, "tag")),)


@register
class AuthorKind(_LinkedKind):
    """Authors, whose names and slugs are shown with their posts."""

    name, resource, model = "author", "authors", Author
    dependents = (Dependents("post", _ON_CHANGE, _posts_by_link(PostAuthor, "author")),)


@register
class SeriesKind(_LinkedKind):
    """Series, whose slugs are shown with their posts."""

    name, resource, model = "series", "series", Series
    dependents = (Dependents("post", _ON_CHANGE, _posts_in_series),)


@register
class ImageKind(Kind):
    """Images, which are public where a public post shows them.

    A row is of an image itself (it `spreads`), or of its use by one post, whose dates the row has.
    """

    name, resource = "image", "images"
    dependents = (Dependents("post", _ON_CHANGE, _posts_with_image),)

    def public(self, ids: Collection[int], now: datetime) -> dict[int, int]:
        """Return the versions of those that a public post shows."""
        # Not EXISTS: MariaDB turns it into a join that reads all posts.
        uses = ImageUse.objects.filter(image=OuterRef("pk"), post__in=public_posts(now).filter(pk=OuterRef("post_id")))
        images = Image.objects.filter(pk__in=ids).alias(use=Subquery(uses.values("pk")[:1])).filter(use__isnull=False)
        return dict(images.values_list("pk", "version"))

    def settle(self, causes: list[tuple[Change, Cause]], now: datetime) -> Iterable[Cause | None]:
        """Return what is told of each use: nothing where another post shows the image as before."""
        public = self.public({change.object_id for change, _cause in causes}, now)
        for change, cause in causes:
            is_public = change.object_id in public
            change.version = change.version or public.get(change.object_id)
            if cause is Cause.DELETED:
                yield cause
            elif change.spreads:
                yield cause if is_public else None
            elif is_public:
                yield Cause.PUBLISHED if cause in (Cause.CREATED, Cause.PUBLISHED) else None
            else:
                yield Cause.LEFT if cause in (Cause.CHANGED, Cause.LEFT) else None
