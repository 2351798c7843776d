"""The start page of the admin: the user's open tasks. Each section needs one or two bounded queries on an index."""

from __future__ import annotations

import re
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
from apps.posts.models import Author, Post

from . import calendars, first_day

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
    shown = {
        "writing": _writing(user, drafts, newest, posts),
        "scheduled": scheduled,
        "waiting": waiting,
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
        "calendar": calendars.month_of(scheduled[:MAX_SCHEDULED], request.GET.get("month", "")),
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


def _newest_versions() -> dict[int, dict[str, Any]]:
    """Return the newest version of each post that was changed lately, by the post's id, latest first."""
    columns = ("id", "history_date", "history_type", "history_user_id", "history_change_reason")
    versions = Post.history.order_by("-history_id").values(*columns, who=F("history_user__username"))
    newest: dict[int, dict[str, Any]] = {}
    for version in versions[:MAX_VERSIONS]:
        newest.setdefault(version["id"], version)
    return newest


def _posts_of(versions: dict[int, dict[str, Any]], author: Author | None, *, of_all: bool) -> dict[int, Post]:
    """Return the posts of these versions that are not in the trash: everybody's or one author's."""
    posts = Post.objects.filter(pk__in=versions, trashed_at__isnull=True)
    if not of_all:
        posts = posts.filter(author_links__author=author) if author else posts.none()
    return posts.only(*_COLUMNS).in_bulk() if versions else {}


def _writing(
    user: Model, drafts: list[Post], newest: dict[int, dict[str, Any]], posts: dict[int, Post]
) -> list[dict[str, Any]]:
    """Return what the user goes on with: their drafts and what they changed last, each with its state in words.

    Scheduled posts are left out: they are in the calendar.
    """
    own = [posts[pk] for pk, version in newest.items() if version["history_user_id"] == user.pk and pk in posts]
    own = [post for post in own if not post.is_scheduled]
    found = {post.pk: post for post in [*drafts[:MAX_SHOWN], *own[:MAX_SHOWN]]}
    latest = sorted(found.values(), key=lambda post: post.updated_at, reverse=True)[:MAX_SHOWN]
    return [{"post": post, "state": _state(post)} for post in latest]


def _state(post: Post) -> str:
    from .admin.datetimes import publication_in_short  # The package `admin` registers with the site that imports this.

    return publication_in_short(post.status, post.published_at)


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
    did = _deed(reason)
    if did:
        reason = ""
    elif version["history_type"] == "+":
        did = _("wrote it")
    else:
        did = _("changed it")
    return {"who": version["who"] or _("A program"), "did": did, "reason": reason}


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
