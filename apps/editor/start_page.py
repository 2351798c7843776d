"""The start page: what there is to do for whoever opens it. Each part is one bounded look into an index, or two."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.comments.models import Comment
from apps.posts.models import Author, Post

SHOWN = 5
"""Posts of a part; the list has the rest."""
MAX_COUNTED = 50
"""Comments that are counted; more are “more than 50”."""
LOOKED_AT = 100
"""The newest versions of all posts among which those that others made are looked for."""
DONE = (AuditEntry.Action.ADDED, AuditEntry.Action.CHANGED, AuditEntry.Action.DELETED)

_COLUMNS = ("title", "slug", "status", "published_at", "updated_at", "trashed_at")


def parts(request: HttpRequest) -> dict[str, Any]:
    """Return what the start page shows of the content, of what the user may see."""
    user = request.user
    if not user.has_perm("posts.change_post"):
        return {"waiting": _waiting(user), "done": _done(user)}
    author = Author.objects.filter(user_id=user.pk).only("pk").first()
    of_all = user.has_perm("posts.change_others_post")
    return {
        "writes": user.has_perm("posts.add_post") and (of_all or author is not None),
        "lacks_author": author is None,
        "of_all": of_all,
        "drafts": _cut(_drafts(author)),
        "scheduled": _cut(_scheduled(None if of_all else author, of_all=of_all)),
        "waiting": _waiting(user),
        "done": _done(user),
        "changed": _changed_by_others(user, None if of_all else author, of_all=of_all),
    }


def _cut(posts: QuerySet) -> dict[str, Any]:
    found = list(posts.only(*_COLUMNS)[: SHOWN + 1])
    return {"posts": found[:SHOWN], "more": len(found) > SHOWN}


def _drafts(author: Author | None) -> QuerySet:
    """Return somebody's drafts, the last change first: of all drafts, which are few, those with a link to them."""
    if author is None:
        return Post.objects.none()
    drafts = Post.objects.each_in(Post.objects.filter(author_links__author=author))
    return drafts.filter(trashed_at__isnull=True, status=Post.Status.DRAFT).order_by("-updated_at", "-id")


def _scheduled(author: Author | None, *, of_all: bool) -> QuerySet:
    """Return the scheduled posts, the next first: everybody's, or an author's."""
    now = timezone.now()
    posts = Post.objects.filter(trashed_at__isnull=True, status=Post.Status.PUBLISHED, published_at__gt=now)
    if of_all:
        return posts.order_by("published_at", "id")
    if author is None:
        return Post.objects.none()
    links = {"author_links__author": author, "author_links__listed_at__gt": now}
    return Post.objects.each_in(posts).filter(**links).order_by("author_links__listed_at", "author_links__post")


def _waiting(user: Model) -> dict[str, Any] | None:
    """Return how many comments wait for somebody who may moderate, as far as they are counted."""
    if not (user.has_perm("comments.view_comment") or user.has_perm("comments.change_comment")):
        return None
    pending = Comment.objects.filter(status=Comment.Status.PENDING).order_by()
    number = len(pending.values_list("pk")[: MAX_COUNTED + 1])
    return {"number": min(number, MAX_COUNTED), "more": number > MAX_COUNTED}


def _done(user: Model) -> list[AuditEntry]:
    """Return what the user did last. (The stock page sorts all that they ever did.)"""
    entries = AuditEntry.objects.filter(username=user.get_username(), action__in=DONE)
    return list(entries.order_by("-at", "-id")[: 2 * SHOWN])


def _changed_by_others(user: Model, author: Author | None, *, of_all: bool) -> list[dict[str, Any]]:
    """Return the posts that others changed last, with who and when: of the newest versions of all posts."""
    columns = ("id", "history_date", "history_user_id", "history_user__username", "history_change_reason")
    versions = Post.history.order_by("-history_id").values(*columns)[:LOOKED_AT]
    newest: dict[int, dict[str, Any]] = {}
    for version in versions:
        newest.setdefault(version["id"], version)
    newest = {pk: version for pk, version in newest.items() if version["history_user_id"] != user.pk}
    posts = Post.objects.filter(pk__in=newest, trashed_at__isnull=True)
    if not of_all:
        posts = posts.filter(author_links__author=author) if author else posts.none()
    found = posts.only(*_COLUMNS).in_bulk() if newest else {}
    return [{"post": found[pk], **version} for pk, version in newest.items() if pk in found][:SHOWN]
