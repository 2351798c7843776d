"""What the change feed tells of comments, which are shown with their post."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractUser

from apps.core import changes, content_state
from apps.core.change_feed import Cause, Dependents, Kind, register
from apps.core.models import Change
from apps.posts.changes import PostKind, public_posts
from apps.posts.models import Post

from .models import Comment


def _comments_of_post(change: Change, after: str | None, number: int) -> list[tuple[int, str]]:
    comments = Comment.objects.approved().filter(post=change.object_id).in_threads(after=after or "")
    return list(comments.values_list("pk", "thread")[:number])


PostKind.dependents += (
    Dependents(
        "comment",
        # CHANGED, if the slug of the post changed, which is in the address of a comment.
        frozenset([Cause.PUBLISHED, Cause.DUE, Cause.LEFT, Cause.CHANGED]),
        _comments_of_post,
    ),
)


@register
class CommentKind(Kind):
    """Approved comments of public posts."""

    name, resource = "comment", "comments"

    def public(self, ids: Collection[int], now: datetime) -> dict[int, int]:
        """Return the versions of those that are approved and on public posts."""
        comments = Comment.objects.approved().filter(pk__in=ids)
        rows = list(comments.values_list("pk", "version", "post_id"))
        posts = _public({post for _pk, _version, post in rows}, now)
        return {pk: version for pk, version, post in rows if post in posts}

    def settle(self, causes: list[tuple[Change, Cause]], now: datetime) -> Iterable[Cause | None]:
        """Return what is told of each comment: nothing of those whose post nobody saw."""
        posts = {change.parent_id for change, _cause in causes if change.parent_id is not None}
        public = _public(posts, now)
        # A post that left has told so for the comments that it had then; others may have left it since.
        known = public | set(
            Change.objects.filter(kind=PostKind.name, object_id__in=posts - public).values_list("object_id", flat=True)
        )
        for change, cause in causes:
            has_left = cause in (Cause.LEFT, Cause.DELETED)
            is_told = change.parent_id is None or change.parent_id in (known if has_left else public)
            yield cause if is_told else None


def _public(posts: Collection[int], now: datetime) -> set[int]:
    return set(public_posts(now).filter(pk__in=posts).values_list("pk", flat=True))


def before_user_is_deleted(instance: AbstractUser, **_signal: Any) -> None:
    """Remember the comments of a user that readers see: they lose the mark of the site's own, and then its user."""
    comments = Comment.objects.approved().filter(user=instance)
    instance.shown_comments = list(comments.values_list("pk", flat=True))


def after_user_is_deleted(instance: AbstractUser, **_signal: Any) -> None:
    """Tell that these comments changed."""
    content_state.bump(*changes.of_many("comment", instance.shown_comments))


def before_post_is_deleted(instance: Post, **_signal: Any) -> None:
    """Tell that the comments of a post go with it."""
    comments = list(Comment.objects.approved().filter(post=instance).values_list("pk", flat=True))
    if comments:
        told = changes.of_many("comment", comments, event=changes.Event.DELETED, parent_id=instance.pk)
        content_state.bump(*told)
