"""Who may comment on what, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from django.utils import timezone

from apps.posts.models import Post
from apps.site import models as site


class Policy(Enum):
    """What becomes of a new comment."""

    OFF = "off"
    """There are none, and none are shown."""
    CLOSED = "closed"
    """There can be no new one."""
    MODERATED = "moderated"
    """It waits, unless it is of somebody trusted."""
    OPEN = "open"
    """It appears at once."""


def of(post: Post, settings: site.Current, now: datetime | None = None) -> Policy:
    """Return the policy for a post: the site's, the post's own, and after a number of days closed.

    Static pages have no comments.
    """
    if settings.comments == site.Site.Comments.OFF or post.kind != Post.Kind.POST:
        return Policy.OFF
    if not post.comments_allowed or not post.is_public(now) or _is_past(post, settings.comments_close_days, now):
        return Policy.CLOSED
    return Policy.OPEN if settings.comments == site.Site.Comments.OPEN else Policy.MODERATED


def _is_past(post: Post, days: int, now: datetime | None) -> bool:
    return bool(days) and post.published_at + timedelta(days=days) <= (now or timezone.now())
