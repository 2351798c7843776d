"""Every write of comments: the API, the form of the pages, the admin and the commands come through here.

As with posts: what is slow (rendering, the spam check) is done before the transaction, and what the public sees
changed ends it with a new content content_state. Mails go out after it, on a thread of their own.

Functions raise `django.core.exceptions.ValidationError` (by field, for people) and `StaleVersion`; then nothing was
written.
"""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import content_state
from apps.core.transactions import check_text, set_fields, write_atomically
from apps.core.versioned import StaleVersion
from apps.posts.models import Author, Post
from apps.site import models as site

from . import notifications, policy, rendering, spam
from .models import DEEPEST, SEGMENT, Comment
from .policy import Policy

__all__ = [
    "Closed",
    "StaleVersion",
    "Visit",
    "create_comment",
    "erase_commenter",
    "forget_addresses",
    "import_comment",
    "purge_comment",
    "trash_comment",
    "update_comment",
]

TWICE = timedelta(minutes=10)
"""Within this time the same text of the same visitor at the same place is the same comment, sent twice."""
REMEMBERED = 20
"""Earlier comments of an e-mail address that are looked at to tell whether it is trusted; the latest."""
FORGOTTEN_AT_ONCE = 500
"""Comments whose IP address one statement forgets."""


class Closed(Exception):
    """There can be no new comment on this post."""


class Visit(NamedTuple):
    """What is known of whoever sends a comment."""

    address: str | None = None
    """The IP address."""
    user_agent: str = ""
    is_trapped: bool = False
    """Whether it filled in what people do not see."""


def create_comment(
    *,
    by,
    body: str,
    post: Post | None = None,
    parent: Comment | None = None,
    name: str = "",
    visit: Visit = Visit(),  # noqa: B008  (it is immutable)
    **fields,
) -> Comment:
    """Write a comment on `post`, or an answer to `parent`, and return it; one that was sent twice is written once.

    `by` is the user, who is somebody of the site where they may add comments, or None. `fields` are `email`,
    `website` and `notify`. Raises Closed where there can be none.
    """
    is_official = by is not None and by.has_perm("comments.add_comment")
    post = _post_of(post, parent)
    allowed = policy.of(post, site.current())
    if allowed is Policy.OFF or (allowed is Policy.CLOSED and not is_official):
        raise Closed
    comment = Comment(post=post, parent=parent, body=body, name=name, address=visit.address, **fields)
    if is_official:
        comment.user, comment.name = by, name.strip() or _name_of(by)
    _clean(comment)
    if twin := _twin(comment):
        return twin
    comment.depth, comment.thread = _place(parent)
    comment.status = comment.Status.APPROVED if is_official else _status(comment, allowed, visit)
    comment.announced = comment.is_approved

    def write() -> Comment:
        comment.pk = None
        comment.save(force_insert=True)
        if comment.is_approved:
            content_state.bump()
        return comment

    write_atomically(write)
    transaction.on_commit(lambda: notifications.new_comment(comment), robust=True)
    return comment


def import_comment(*, post: Post, parent: Comment | None, created_at: datetime, **fields) -> Comment:
    """Write a comment that was made elsewhere, as it was judged there: nobody is asked, and nobody gets mail."""
    comment = Comment(post=post, parent=parent, created_at=created_at, announced=True, **fields)
    _clean(comment)
    comment.depth, comment.thread = _place(parent, int(created_at.timestamp() * 1_000_000))

    def write() -> None:
        comment.pk = None
        comment.save(force_insert=True)
        if comment.is_approved:
            content_state.bump()

    write_atomically(write)
    return comment


def update_comment(comment: Comment, *, by, expected_version: int, is_quiet: bool = False, **fields) -> Comment:
    """Change a comment as it was at `expected_version`: its status, or what is written in it.

    Where it is approved for the first time, those are told who asked for answers, unless `is_quiet`.
    """
    was_approved, old_body = comment.is_approved, comment.body
    set_fields(comment, fields)
    _clean(comment, again=comment.body != old_body)
    appears = comment.is_approved and not comment.announced and not is_quiet
    comment.announced = comment.announced or comment.is_approved

    def write() -> None:
        comment.save_version(expected_version)
        _forget_addresses()
        if was_approved or comment.is_approved:
            content_state.bump()

    write_atomically(write)
    if appears:
        transaction.on_commit(lambda: notifications.answer(comment), robust=True)
    return comment


def trash_comment(comment: Comment, *, by, expected_version: int) -> Comment:
    """Move a comment to the trash. Answers to it stay."""
    was_approved = comment.is_approved
    comment.status = Comment.Status.TRASH

    def write() -> None:
        comment.save_version(expected_version, update_fields=["status"])
        if was_approved:
            content_state.bump()

    write_atomically(write)
    return comment


def purge_comment(comment: Comment) -> None:
    """Delete a comment for good. Raises ValidationError for one that is neither spam nor in the trash."""
    if comment.status not in (Comment.Status.SPAM, Comment.Status.TRASH):
        raise ValidationError(_("Only spam and what is in the trash can be deleted for good."))
    pk = comment.pk

    def write() -> None:
        comment.pk = pk  # Django forgets it where it deletes the row, which a deadlock brings back.
        # What answered it forgets what it answered, as the API tells.
        has_answers = comment.answers.approved().exists()
        comment.delete()
        if has_answers:
            content_state.bump()

    write_atomically(write)


def erase_commenter(email: str) -> int:
    """Take all that is known of somebody out of their comments, which stay as empty places; return their number."""
    email = email.strip().lower()
    if not email:
        return 0
    erased = 0

    def write() -> None:
        nonlocal erased
        theirs = Comment.objects.filter(email=email)
        # What never was seen leaves no hole in a thread.
        theirs.exclude(status=Comment.Status.APPROVED).update(status=Comment.Status.TRASH)
        nothing = dict.fromkeys(["email", "website", "body", "body_html"], "")
        erased = theirs.update(
            **nothing,
            name=_("Deleted"),
            address=None,
            user=None,
            notify=False,
            is_trusted=False,
            version=F("version") + 1,
        )
        if erased:
            content_state.bump()

    write_atomically(write)
    return erased


def unsubscribe(pk: int) -> None:
    """Send no more mail about answers to a comment."""
    Comment.objects.filter(pk=pk).update(notify=False)


def forget_addresses() -> int:
    """Forget the IP addresses of comments older than COMMENT_ADDRESS_DAYS; return the number of comments."""
    total = 0
    while number := _forget_addresses():
        total += number
    return total


def _forget_addresses() -> int:
    # The status of the row is of no public interest: no version, no content_state.
    due = timezone.now() - timedelta(days=settings.COMMENT_ADDRESS_DAYS)
    old = Comment.objects.filter(address__isnull=False, created_at__lt=due).order_by()
    keys = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return Comment.objects.filter(pk__in=keys).update(address=None) if keys else 0


def _post_of(post: Post | None, parent: Comment | None) -> Post:
    if parent is None and post is None:
        raise ValidationError({"post": _("Say which post it is about.")})
    if parent is None:
        return post
    if post is not None and parent.post_id != post.pk:
        raise ValidationError({"parent": _("That comment is about another post.")})
    return parent.post


def _name_of(user) -> str:
    author = Author.objects.filter(user_id=user.pk).only("name").first()
    return author.name[:80] if author else ""


def _clean(comment: Comment, *, again: bool = True) -> None:
    """Tidy and check what was typed, and make its HTML `again`. Raises ValidationError."""
    comment.name, comment.website = " ".join(comment.name.split()), comment.website.strip()
    comment.email, comment.body = comment.email.strip().lower(), comment.body.replace("\r\n", "\n").strip()
    check_text(comment)
    erased = not again and not comment.body
    comment.clean_fields(exclude=["post", "parent", "user", *(["body"] if erased else [])])
    if comment.notify and not comment.email:
        raise ValidationError({"email": _("Answers can be mailed to an e-mail address only.")})
    if again:
        comment.body_html = rendering.render(comment.body)
        if not comment.body_html.strip():
            raise ValidationError({"body": _("There is nothing to read in it.")})


def _twin(comment: Comment) -> Comment | None:
    """Return the same comment, where the same visitor sent it a moment ago."""
    if comment.address is None:
        return None
    lately = Comment.objects.filter(address=comment.address, created_at__gte=timezone.now() - TWICE)
    same = lately.filter(post=comment.post, parent=comment.parent, name=comment.name)
    return next((other for other in same.order_by("-created_at")[:REMEMBERED] if other.body == comment.body), None)


def _place(parent: Comment | None, moment: int | None = None) -> tuple[int, str]:
    """Return depth and thread of an answer to `parent`; below the deepest level it stands beside what it answers.

    `moment` is when it was made, in microseconds of Unix time; now unless given.
    """
    moment = time.time_ns() // 1000 if moment is None else max(moment, 0)
    # Of the time alone two comments may have the same.
    own = f"{moment:014x}{secrets.token_hex(2)}"
    if parent is None:
        return 0, own
    depth = min(parent.depth + 1, DEEPEST)
    return depth, parent.thread[: depth * SEGMENT] + own


def _status(comment: Comment, allowed: Policy, visit: Visit) -> str:
    if visit.is_trapped:
        return Comment.Status.SPAM
    try:
        if spam.is_spam(comment, visit.user_agent):
            return Comment.Status.SPAM
    except spam.Unknown:
        return Comment.Status.PENDING
    appears = allowed is Policy.OPEN or _is_trusted(comment)
    return Comment.Status.APPROVED if appears else Comment.Status.PENDING


def _is_trusted(comment: Comment) -> bool:
    """Tell whether a comment may appear unseen, for what is known of its e-mail address.

    Anybody can type anybody's address, but no page shows one. Whoever knows it, knows with the right name, and wants
    no link to anywhere, is believed; the rest waits, unless a moderator has trusted the address whatever it sends.
    """
    if not comment.email:
        return False
    judged = [Comment.Status.APPROVED, Comment.Status.SPAM]
    rows = Comment.objects.filter(email=comment.email, status__in=judged).order_by("-pk")
    earlier = list(rows.values_list("status", "is_trusted", "name")[:REMEMBERED])
    if any(status == Comment.Status.SPAM for status, _trusted, _name in earlier):
        return False
    if any(trusted for _status, trusted, _name in earlier):
        return True
    is_plain = not comment.website and not rendering.has_links(comment.body_html)
    return is_plain and any(name.casefold() == comment.name.casefold() for _status, _trusted, name in earlier)
