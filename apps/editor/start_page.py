"""The start page of the admin: the user's open tasks. Each section needs one or two bounded queries on an index."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.comments.models import Comment
from apps.posts.models import Author, Post, knows_all_posts

MAX_SHOWN = 5
"""Posts that a section shows; the list of posts has the rest."""
MAX_COUNTED = 50
"""Comments are counted up to this number; more are shown as “more than 50”."""
MAX_VERSIONS = 100
"""Newest versions of all posts that are searched for changes by other users."""
CONTENT_ACTIONS = (AuditEntry.Action.ADDED, AuditEntry.Action.CHANGED, AuditEntry.Action.DELETED)

_COLUMNS = ("title", "slug", "status", "published_at", "updated_at", "trashed_at")


def context(request: HttpRequest) -> dict[str, Any]:
    """Return the template context of the start page: the content that the user may see."""
    user = request.user
    if not user.has_perm("posts.change_post"):
        return {"waiting": _pending_comments(user), "done": _recent_actions(user)}
    author = Author.objects.filter(user_id=user.pk).only("pk").first()
    of_all = user.has_perm("posts.change_others_post")
    return {
        "writes": user.has_perm("posts.add_post") and (of_all or author is not None),
        "lacks_author": author is None,
        "of_all": of_all,
        "drafts": _first_posts(_drafts(author)),
        "scheduled": _first_posts(_scheduled(None if of_all else author, of_all=of_all)),
        "waiting": _pending_comments(user),
        "done": _recent_actions(user),
        "changed": _changed_by_others(user, None if of_all else author, of_all=of_all),
    }


def _first_posts(posts: QuerySet) -> dict[str, Any]:
    found = list(posts.only(*_COLUMNS)[: MAX_SHOWN + 1])
    return {"posts": found[:MAX_SHOWN], "more": len(found) > MAX_SHOWN}


def _drafts(author: Author | None) -> QuerySet:
    """Return an author's drafts, last changed first. All drafts are few, so they are filtered by their authors."""
    if author is None:
        return Post.objects.none()
    drafts = Post.objects.each_in(Post.objects.filter(author_links__author=author))
    return drafts.filter(trashed_at__isnull=True, status=Post.Status.DRAFT).order_by("-updated_at", "-id")


def _scheduled(author: Author | None, *, of_all: bool) -> QuerySet:
    """Return the scheduled posts of everybody or of one author, the next one first."""
    now = timezone.now()
    posts = Post.objects.filter(trashed_at__isnull=True, status=Post.Status.PUBLISHED, published_at__gt=now)
    if of_all:
        return posts.order_by("published_at", "id")
    if author is None:
        return Post.objects.none()
    links = {"author_links__author": author, "author_links__listed_at__gt": now}
    return Post.objects.each_in(posts).filter(**links).order_by("author_links__listed_at", "author_links__post")


def _pending_comments(user: Model) -> dict[str, Any] | None:
    """Return the number of pending comments, up to `MAX_COUNTED`; None for a user who may not moderate."""
    if not (user.has_perm("comments.view_comment") or user.has_perm("comments.change_comment")):
        return None
    pending = Comment.objects.known_to(user).filter(status=Comment.Status.PENDING).order_by()
    number = len(pending.values_list("pk")[: MAX_COUNTED + 1])
    return {"number": min(number, MAX_COUNTED), "more": number > MAX_COUNTED}


def _recent_actions(user: Model) -> list[AuditEntry]:
    """Return the user's latest actions on content. (Django's start page sorts everything that the user ever did.)

    Actions on posts that the user may not know of any more are left out.
    """
    # The index is by name, which a later account may have too.
    entries = AuditEntry.objects.filter(username=user.get_username(), user=user.pk, action__in=CONTENT_ACTIONS)
    entries = list(entries.order_by("-at", "-id")[: 2 * MAX_SHOWN])
    if knows_all_posts(user):
        return entries
    posts = [entry.object_id for entry in entries if entry.model == Post._meta.label_lower]
    known = set(map(str, Post.objects.known_to(user).filter(pk__in=posts).values_list("pk", flat=True)))
    return [
        entry
        for entry in entries
        if entry.model != Post._meta.label_lower
        or entry.action == AuditEntry.Action.DELETED
        or entry.object_id in known
    ]


def _changed_by_others(user: Model, author: Author | None, *, of_all: bool) -> list[dict[str, Any]]:
    """Return the posts whose newest version is by another user, with that version's user, date and reason."""
    columns = ("id", "history_date", "history_user_id", "history_user__username", "history_change_reason")
    versions = Post.history.order_by("-history_id").values(*columns)[:MAX_VERSIONS]
    newest: dict[int, dict[str, Any]] = {}
    for version in versions:
        newest.setdefault(version["id"], version)
    newest = {pk: version for pk, version in newest.items() if version["history_user_id"] != user.pk}
    posts = Post.objects.filter(pk__in=newest, trashed_at__isnull=True)
    if not of_all:
        posts = posts.filter(author_links__author=author) if author else posts.none()
    found = posts.only(*_COLUMNS).in_bulk() if newest else {}
    return [{"post": found[pk], **version} for pk, version in newest.items() if pk in found][:MAX_SHOWN]
