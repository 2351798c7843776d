"""The link in the mail about a new comment: whom it is for, what it is about, and until when.

Processes that take comments write such mails; those of the admin alone serve the page (`mail_moderation`).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from apps.core import signing
from blog_project import addresses

from .models import Comment

LIFETIME = timedelta(days=7)
PATH = f"{addresses.ADMIN}comments/by-mail/"
_SALT = "comments.moderation"


def link(comment: Comment, recipient: str) -> str:
    """Return the address of the page on which a recipient moderates a comment."""
    ends = int(time.time() + LIFETIME.total_seconds())
    token = signing.dumps([comment.pk, _digest(recipient), ends], salt=_SALT)
    return addresses.absolute(f"{PATH}{token}/")


def moderates(user: User, post_id: int) -> bool:
    """Return whether a user may moderate the comments of a post."""
    comments = Comment.objects.known_to(user).filter(post=post_id)
    return user.is_active and user.has_perm("comments.change_comment") and comments.exists()


def read(token: str) -> tuple[Comment | None, str]:
    """Return the comment of a token, and the name of whom it was mailed to; None if it is not good any more."""
    try:
        pk, recipient, ends = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None, ""
    comment = Comment.objects.select_related("post").filter(pk=pk).first() if ends > time.time() else None
    if comment is None:
        return None, ""
    name = next((name for name, email in _moderators(comment) if _digest(email) == recipient), None)
    return (comment, name) if name is not None else (None, "")


def _moderators(comment: Comment) -> Iterable[tuple[str, str]]:
    """Yield the name and the address of each who may moderate a comment by mail, at present."""
    for email in settings.COMMENT_MODERATORS:
        yield email, email
    users = get_user_model().objects.filter(author__post_links__post=comment.post_id, is_active=True).exclude(email="")
    for user in users:
        if moderates(user, comment.post_id):
            yield user.get_username(), user.email


def _digest(email: str) -> str:
    # Addresses of people do not belong into those of pages, which logs have.
    return hashlib.sha256(email.casefold().encode()).hexdigest()[:16]
