"""The start page of the admin: the user's open tasks. Each section needs one or two bounded queries on an index."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import F, Model, QuerySet, Value
from django.db.models.functions import Substr
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.comments.models import Comment
from apps.posts import services
from apps.posts.models import Author, PendingVersion, Post

from . import calendars, first_day, reviews
from .models import ReviewRequest

MAX_SHOWN = 6
"""Posts that a section shows; the list of posts has the rest."""
MAX_SCHEDULED = 60
"""Scheduled posts that the calendar has, the next ones."""
MAX_COUNTED = 50
"""Comments are counted up to this number; more are shown as “more than 50”."""
MAX_COMMENTS = 3
"""Comments whose first words are shown."""
FIRST_WORDS = 160
"""Characters of a comment that are shown."""
MAX_VERSIONS = 100
"""Newest versions of all posts that are searched for changes."""

_COLUMNS = ("title", "slug", "status", "published_at", "updated_at", "trashed_at")
_PEOPLE = [f"{who}__{name}" for who in ("asked_by", "reviewer") for name in ("username", "first_name", "last_name")]


def context(request: HttpRequest) -> dict[str, Any]:
    """Return the template context of the start page: the content that the user may see. Empty sections are falsy."""
    user = request.user
    waiting = _pending_comments(request)
    if not user.has_perm("posts.change_post"):
        return {"waiting": waiting, "is_empty": not waiting}
    author = Author.objects.filter(user_id=user.pk).only("pk").first()
    of_all = user.has_perm("posts.change_others_post")
    of_whom = None if of_all else author
    drafts = list(_drafts(author).only(*_COLUMNS)[: MAX_SHOWN + 1])
    scheduled = list(_scheduled(of_whom, of_all=of_all).only(*_COLUMNS)[: MAX_SCHEDULED + 1])
    newest = _newest_versions()
    posts = _posts_of(newest, of_whom, of_all=of_all)
    pending = _with_pending(user, of_whom, of_all=of_all)
    planned = _planned(scheduled[:MAX_SCHEDULED], _updates(of_whom, of_all=of_all))
    shown = {
        "writing": _writing(user, drafts, newest, posts, pending),
        "scheduled": planned,
        "waiting": waiting,
        "reviews": _reviews(user, of_all=of_all),
        "assigned": _assigned(user, of_all=of_all),
        "changed": _changed_by_others(user, newest, posts),
    }
    return {
        **shown,
        "is_empty": not any(shown.values()),
        "writes": user.has_perm("posts.add_post") and (of_all or author is not None),
        "lacks_author": author is None,
        "of_all": of_all,
        "more_drafts": len(drafts) > MAX_SHOWN,
        "more_scheduled": len(scheduled) > MAX_SCHEDULED,
        "first_day": first_day.card(
            request, [version["history_change_reason"] or "" for pk, version in newest.items() if pk in posts]
        ),
        "calendar": calendars.month_of(planned, request.GET.get("month", "")),
    }


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


def _updates(author: Author | None, *, of_all: bool) -> list[Post]:
    """Return the posts of everybody or of one author with a scheduled update, the next one first, with `planned_for`."""
    rows = PendingVersion.objects.filter(due_at__gt=timezone.now()).order_by("due_at")
    if not of_all:
        rows = rows.filter(post__author_links__author=author) if author else rows.none()
    moments = dict(rows.values_list("post_id", "due_at")[:MAX_SCHEDULED])
    posts = _posts_of(moments, author, of_all=of_all)
    return [posts[pk] for pk in moments if pk in posts]


def _planned(scheduled: list[Post], updated: list[Post]) -> list[calendars.Entry]:
    """Return the entries of the calendar, the next one first."""
    entries = [calendars.Entry(post.published_at, post) for post in scheduled]
    entries += [calendars.Entry(post.planned_for, post, is_update=True) for post in updated]
    return sorted(entries, key=lambda entry: (entry.at, entry.post.pk))


def _newest_versions() -> dict[int, dict[str, Any]]:
    """Return the newest version of each post that was changed lately, by the post's id, latest first."""
    columns = ("id", "history_date", "history_type", "history_user_id", "history_change_reason")
    named = {name: F(f"history_user__{name}") for name in ("username", "first_name", "last_name")}
    versions = Post.history.order_by("-history_id").values(*columns, **named)
    newest: dict[int, dict[str, Any]] = {}
    for version in versions[:MAX_VERSIONS]:
        newest.setdefault(version["id"], version)
    return newest


def _posts_of(versions: Collection[int], author: Author | None, *, of_all: bool) -> dict[int, Post]:
    """Return the posts with these ids that are not in the trash: everybody's or one author's."""
    posts = Post.objects.filter(pk__in=versions, trashed_at__isnull=True)
    if not of_all:
        posts = posts.filter(author_links__author=author) if author else posts.none()
    return posts.only(*_COLUMNS).with_has_pending().in_bulk() if versions else {}


def _with_pending(user: Model, author: Author | None, *, of_all: bool) -> list[Post]:
    """Return the posts of which changes by the user wait, last kept first, with `kept_at`. They are still theirs."""
    kept = (
        PendingVersion.objects.waiting().filter(written_by=user).order_by("-kept_at").values_list("post_id", "kept_at")
    )
    dates = dict(kept[:MAX_SHOWN])
    posts = _posts_of(dates, author, of_all=of_all)
    for pk, post in posts.items():
        post.kept_at = dates[pk]
    return list(posts.values())


def _writing(
    user: Model,
    drafts: list[Post],
    newest: dict[int, dict[str, Any]],
    posts: dict[int, Post],
    pending: list[Post],
) -> list[dict[str, Any]]:
    """Return what the user goes on with: drafts, changes that wait and what they changed last, with its state in words.

    Scheduled posts are left out: they are in the calendar.
    """
    own = [posts[pk] for pk, version in newest.items() if version["history_user_id"] == user.pk and pk in posts]
    own = [post for post in own if not post.is_scheduled]
    found = {post.pk: post for post in [*drafts[:MAX_SHOWN], *own[:MAX_SHOWN], *pending]}
    latest = sorted(found.values(), key=_last_written, reverse=True)[:MAX_SHOWN]
    asking = set(reviews.waiting(post__in=latest).values_list("post", flat=True)) if latest else set()
    return [{**_entry(post), "is_in_review": post.pk in asking} for post in latest]


def _last_written(post: Post) -> datetime:
    return getattr(post, "kept_at", post.updated_at)


def _entry(post: Post) -> dict[str, Any]:
    has_pending = getattr(post, "has_pending", False)
    kind = "pending" if has_pending and post.is_public() else post.status
    return {"post": post, "at": _last_written(post), "kind": kind, "state": _state(post, post.status)}


def _kind(post: Post) -> str:
    return "scheduled" if post.is_scheduled else post.status


def _state(post: Post, kind: str) -> str:
    from .admin.datetimes import publication_in_short  # The package `admin` registers with the site that imports this.

    has_pending, planned_for = getattr(post, "has_pending", False), getattr(post, "planned_for", None)
    return publication_in_short(kind, post.published_at, has_pending=has_pending, planned_for=planned_for)


def _reviews(user: Model, *, of_all: bool) -> list[ReviewRequest]:
    """Return the reviews that others ask for, the longest waiting first: of all posts, or those asked of the user.

    One more than is shown tells that there are more.
    """
    found = reviews.waiting() if of_all else reviews.waiting(reviewer=user, post__in=Post.objects.editable_by(user))
    others = found.exclude(asked_by=user).select_related("post", "asked_by", "reviewer")
    return list(others.only("asked_at", *_PEOPLE, *(f"post__{name}" for name in _COLUMNS))[: MAX_SHOWN + 1])


def _assigned(user: Model, *, of_all: bool) -> list[dict[str, Any]]:
    """Return what is assigned to the user, the latest first, each with its state in words; one more than is shown."""
    found = reviews.assigned_to(user).select_related("post")
    found = found if of_all else found.filter(post__in=Post.objects.editable_by(user))
    posts = [row.post for row in found.only("assigned_at", *(f"post__{name}" for name in _COLUMNS))[: MAX_SHOWN + 1]]
    return [{"post": post, "kind": kind, "state": _state(post, kind)} for post in posts for kind in [_kind(post)]]


def _pending_comments(request: HttpRequest) -> dict[str, Any] | None:
    """Return the number of pending comments, up to `MAX_COUNTED`, and the newest; None if there is nothing to do."""
    user, comments = request.user, admin.site.get_model_admin(Comment)
    if not (user.has_perm("comments.view_comment") or user.has_perm("comments.change_comment")):
        return None
    pending = Comment.objects.known_to(user).filter(status=Comment.Status.PENDING).order_by("-id")
    words = Substr("body", Value(1), Value(FIRST_WORDS + 1))
    found = list(pending.values("pk", "post_id", "name", "version", "created_at", words=words)[: MAX_COUNTED + 1])
    if not found:
        return None
    newest = found[:MAX_COMMENTS]
    titles = dict(Post.objects.filter(pk__in={row["post_id"] for row in newest}).values_list("pk", "title"))
    for row in newest:
        row |= {"title": titles[row["post_id"]], "words": Truncator(row["words"]).chars(FIRST_WORDS)}
        row |= comments.buttons(request, row["pk"], row["version"], Comment.Status.PENDING)
    return {
        "number": min(len(found), MAX_COUNTED),
        "more": len(found) > MAX_COUNTED,
        "newest": newest,
        "rest": len(found) > len(newest),
    }


def _changed_by_others(user: Model, newest: dict[int, dict[str, Any]], posts: dict[int, Post]) -> list[dict[str, Any]]:
    """Return the posts whose newest version is by another user, with what was done; an import is one line."""
    lines: list[dict[str, Any]] = []
    imported: dict[str, Any] | None = None
    for pk, version in newest.items():
        if version["history_user_id"] == user.pk or pk not in posts:
            continue
        if not _is_import(version):
            lines.append({"post": posts[pk], "at": version["history_date"], **_description(version)})
        elif imported:
            imported["number"] += 1
        else:
            imported = {"number": 1, "at": version["history_date"], "post": posts[pk]}
            lines.append(imported)
    if imported:
        number = imported["number"]
        words = ngettext("%(number)s post was imported", "%(number)s posts were imported", number)
        imported["imported"] = words % {"number": number}
    return lines[:MAX_SHOWN]


def _is_import(version: dict[str, Any]) -> bool:
    return version["history_user_id"] is None and (version["history_change_reason"] or "").startswith("imported from ")


def _description(version: dict[str, Any]) -> dict[str, str]:
    """Return who made a version, what they did, and the reason that they typed, if any."""
    reason = version["history_change_reason"] or ""
    if reason == services.AUTOMATIC:
        reason = ""
    did = _deed(reason)
    if did:
        reason = ""
    elif version["history_type"] == "+":
        did = _("wrote it")
    else:
        did = _("changed it")
    full_name = f"{version['first_name'] or ''} {version['last_name'] or ''}".strip()
    return {"who": full_name or version["username"] or _("A program"), "did": did, "reason": reason}


def _deed(reason: str) -> str:
    """Return in words what a reason means that our own code gave, or "" for one that somebody typed."""
    deeds = {
        "published": _("published it"),
        "unpublished": _("made it a draft again"),
        "trashed": _("moved it to the trash"),
        "restored": _("took it out of the trash"),
    }
    if reason in deeds:
        return deeds[reason]
    if found := re.fullmatch(r"restored version (\d+)", reason):
        return _("restored version %s") % found[1]
    if found := re.fullmatch(r"tag (added|removed): (.+)", reason):
        return (_("added the tag “%s”") if found[1] == "added" else _("removed the tag “%s”")) % found[2]
    return ""
