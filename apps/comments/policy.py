"""Whether a post takes new comments, and whether they are moderated."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from django.utils import timezone

from apps.posts.models import Post
from apps.site import models as site


class Policy(Enum):
    """What is done with a new comment on a post."""

    OFF = "off"
    """Comments are neither accepted nor shown."""
    CLOSED = "closed"
    """Comments are shown, but no new ones are accepted."""
    MODERATED = "moderated"
    """A new comment waits for approval, unless its e-mail address is trusted."""
    OPEN = "open"
    """A new comment is published at once."""


def of(post: Post, settings: site.Current, now: datetime | None = None) -> Policy:
    """Return the policy for a post at `now`, the current time unless given.

    It follows from the site's setting, the post's own, and the number of days after which comments close. Static pages
    have no comments.
    """
    if settings.comments == site.Site.Comments.OFF or post.kind != Post.Kind.POST:
        return Policy.OFF
    if not post.comments_allowed or not post.is_public(now) or _has_closed(post, settings.comments_close_days, now):
        return Policy.CLOSED
    return Policy.OPEN if settings.comments == site.Site.Comments.OPEN else Policy.MODERATED


def _has_closed(post: Post, days: int, now: datetime | None) -> bool:
    return bool(days) and post.published_at + timedelta(days=days) <= (now or timezone.now())
