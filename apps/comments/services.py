"""Every write of comments: the API, the form of the pages, the admin and the commands use these functions.

As with posts, slow work (rendering, the spam check) is done before the transaction. A change that readers see ends
with an increment of the content state. Mails are sent after the commit, by a separate thread.

Functions raise `django.core.exceptions.ValidationError` (by field, with messages for users) and `StaleVersion`; then
nothing was written.
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

from apps.core import changes, content_state
from apps.core.text import comparison_key, is_blank
from apps.core.transactions import check_text, column_values, set_fields, write_atomically
from apps.core.versioned import StaleVersion
from apps.markdown.rendering import plain_text
from apps.posts.models import Author, Post
from apps.site import models as site

from . import notifications, policy, rendering, spam
from .models import MAX_DEPTH, SEGMENT_LENGTH, Comment
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

DUPLICATE_WINDOW = timedelta(minutes=10)
"""The same text by the same visitor, in the same place and within this time, is a double submission."""
MAX_EARLIER = 20
"""The most earlier comments of a commenter that are read, the newest first."""
NAME_LIMIT = Comment._meta.get_field("name").max_length
"""Characters to which the name of an author is cut."""
FORGET_BATCH_SIZE = 500
"""The most comments whose IP addresses one statement deletes."""


class Closed(Exception):
    """The post takes no new comments."""


class Visit(NamedTuple):
    """The origin of a new comment, as its request tells."""

    address: str | None = None
    """The IP address."""
    user_agent: str = ""
    has_filled_honeypot: bool = False
    """Whether the hidden field of the form has a value."""


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
    """Create a comment on `post`, or an answer to `parent`, and return it; for a double submission, return the first.

    `by` is the user or None. A user with the permission to add comments writes for the site, under the name of their
    author (`_official_name`). `fields` are `email`, `website` and `notify`. Raises Closed if the post takes no new
    comments.
    """
    is_official = by is not None and by.has_perm("comments.add_comment")
    post = _post_of(post, parent)
    post_policy = policy.of(post, site.current())
    if post_policy is Policy.OFF or (post_policy is Policy.CLOSED and not is_official):
        raise Closed
    comment = Comment(post=post, parent=parent, body=body, name=name, address=visit.address, **fields)
    if is_official:
        comment.user, comment.name = by, _official_name(by.pk, name)
    _clean(comment)
    if duplicate := _find_duplicate(comment):
        return duplicate
    comment.depth, comment.thread = _thread_position(parent)
    comment.status = comment.Status.APPROVED if is_official else _initial_status(comment, post_policy, visit)
    comment.announced = comment.is_approved

    def write() -> Comment:
        comment.pk = None
        comment.save(force_insert=True)
        _bump(comment, was_approved=False, event=changes.Event.CREATED)
        return comment

    write_atomically(write)
    transaction.on_commit(lambda: notifications.new_comment(comment), robust=True)
    return comment


def import_comment(*, post: Post, parent: Comment | None, created_at: datetime, **fields) -> Comment:
    """Create a comment of another blog with its status there, without a policy or spam check and without mail."""
    comment = Comment(post=post, parent=parent, created_at=created_at, announced=True, **fields)
    _clean(comment)
    comment.depth, comment.thread = _thread_position(parent, int(created_at.timestamp() * 1_000_000))

    def write() -> None:
        comment.pk = None
        comment.save(force_insert=True)
        _bump(comment, was_approved=False, event=changes.Event.CREATED)

    write_atomically(write)
    return comment


def update_comment(comment: Comment, *, by, expected_version: int, is_quiet: bool = False, **fields) -> Comment:
    """Change fields of a comment, such as its status or text, and return it. Raises StaleVersion.

    A call that changes nothing writes nothing.

    When an answer is approved for the first time, the author of its parent is mailed, unless `is_quiet`.
    """
    was_approved, old_body, before = comment.is_approved, comment.body, column_values(comment)
    old_name = comment.name
    set_fields(comment, fields)
    if comment.is_official and comment.name != old_name:
        comment.name = _official_name(comment.user_id, comment.name)
    _clean(comment, rerender=comment.body != old_body)
    if column_values(comment) == before and comment.version == expected_version:
        return comment
    appears = comment.is_approved and not comment.announced and not is_quiet
    comment.announced = comment.announced or comment.is_approved

    def write() -> None:
        comment.save_version(expected_version)
        _forget_address_batch()
        _bump(comment, was_approved=was_approved)

    write_atomically(write)
    if appears:
        transaction.on_commit(lambda: notifications.new_answer(comment), robust=True)
    return comment


def trash_comment(comment: Comment, *, by, expected_version: int) -> Comment:
    """Move a comment to the trash and return it. Answers to it stay. Raises StaleVersion."""
    was_approved = comment.is_approved
    comment.status = Comment.Status.TRASH

    def write() -> None:
        comment.save_version(expected_version, update_fields=["status"])
        _bump(comment, was_approved=was_approved)

    write_atomically(write)
    return comment


def purge_comment(comment: Comment) -> None:
    """Delete a comment permanently. Raises ValidationError if it is neither spam nor in the trash."""
    if comment.status not in (Comment.Status.SPAM, Comment.Status.TRASH):
        raise ValidationError(_("Only spam and what is in the trash can be deleted for good."))
    pk = comment.pk

    def write() -> None:
        comment.pk = pk  # `delete` cleared it, and after a deadlock `write` runs again.
        # Answers lose their parent, which the API shows.
        told = changes.of_many("comment", list(comment.answers.approved().values_list("pk", flat=True)))
        if changes.was_public(comment):
            event = changes.Event.DELETED
            told.append(changes.of(comment, before=False, after=False, event=event, parent_id=comment.post_id))
        comment.delete()
        if told:
            content_state.bump(*told)

    write_atomically(write)


def erase_commenter(email: str) -> int:
    """Erase the personal data and text of an address's comments, which keep their places; return their number."""
    email = email.strip().lower()
    if not email:
        return 0
    erased = 0

    def write() -> None:
        nonlocal erased
        theirs = Comment.objects.filter(email=email)
        # Comments that readers do not see need not keep a place in a thread.
        theirs.exclude(status=Comment.Status.APPROVED).update(status=Comment.Status.TRASH)
        shown = list(theirs.approved().values_list("pk", flat=True))
        empty = dict.fromkeys(["email", "website", "body", "body_html"], "")
        erased = theirs.update(
            **empty,
            name=_("Deleted"),
            address=None,
            user=None,
            notify=False,
            is_trusted=False,
            version=F("version") + 1,
        )
        if erased:
            content_state.bump(*changes.of_many("comment", shown))

    write_atomically(write)
    return erased


def unsubscribe(pk: int) -> None:
    """Stop mail about answers to the comment `pk`."""
    if subscribed := Comment.objects.filter(pk=pk, notify=True).only("pk").first():
        write_atomically(lambda: Comment.objects.filter(pk=pk).update(notify=False) and subscribed)


def forget_addresses() -> int:
    """Delete the IP addresses of comments older than COMMENT_ADDRESS_DAYS; return the number of comments."""
    total = 0
    while number := _forget_address_batch():
        total += number
    return total


def _forget_address_batch() -> int:
    # Nothing that clients see changes: neither the version nor the content state is incremented.
    due = timezone.now() - timedelta(days=settings.COMMENT_ADDRESS_DAYS)
    old = Comment.objects.filter(address__isnull=False, created_at__lt=due).order_by()
    keys = list(old.values_list("pk", flat=True)[:FORGET_BATCH_SIZE])
    return Comment.objects.filter(pk__in=keys).update(address=None) if keys else 0


def _bump(comment: Comment, *, was_approved: bool, event: changes.Event = changes.Event.CHANGED) -> None:
    """Bump if readers see, or saw, the comment where they see the post."""
    if was_approved or comment.is_approved:
        is_approved = comment.is_approved
        content_state.bump(
            changes.of(comment, before=was_approved, after=is_approved, event=event, parent_id=comment.post_id)
        )


def _post_of(post: Post | None, parent: Comment | None) -> Post:
    if parent is None and post is None:
        raise ValidationError({"post": _("Say which post it is about.")})
    if parent is None:
        return post
    if post is not None and parent.post_id != post.pk:
        raise ValidationError({"parent": _("That comment is about another post.")})
    return parent.post


def _official_name(user_id: int, name: str) -> str:
    """Return the name under which a user writes for the site: that of their author; without one, the given name.

    Raises ValidationError for another name than that of their author, and for the name of somebody else's.
    """
    key = comparison_key(name)
    own = Author.objects.filter(user=user_id).values_list("name", flat=True).first()
    if own is None:
        others = Author.objects.filter(user__isnull=False).values_list("name", flat=True)
        if key in {comparison_key(other[:NAME_LIMIT]) for other in others}:
            raise ValidationError({"name": _("“%s” is somebody else here. Give another name.") % name.strip()})
        return name
    if key not in ("", comparison_key(own), comparison_key(own[:NAME_LIMIT])):
        raise ValidationError({"name": _("You write for this site as “%s”: give that name, or none.") % own})
    return own[:NAME_LIMIT]


def _clean(comment: Comment, *, rerender: bool = True) -> None:
    """Normalise and validate the fields, and render the text. Raises ValidationError."""
    comment.name, comment.website = " ".join(comment.name.split()), comment.website.strip()
    comment.email, comment.body = comment.email.strip().lower(), comment.body.replace("\r\n", "\n").strip()
    check_text(comment)
    # The text of an erased comment is empty.
    is_erased = not rerender and not comment.body
    comment.clean_fields(exclude=["post", "parent", "user", *(["body"] if is_erased else [])])
    if comment.notify and not comment.email:
        raise ValidationError({"email": _("Answers can be mailed to an e-mail address only.")})
    if rerender:
        comment.body_html = rendering.render(comment.body)
        if is_blank(plain_text(comment.body_html)):
            raise ValidationError({"body": _("There is nothing to read in it.")})


def _find_duplicate(comment: Comment) -> Comment | None:
    """Return the comment that the same visitor sent with the same text within DUPLICATE_WINDOW, or None."""
    if comment.address is None:
        return None
    recent = Comment.objects.filter(address=comment.address, created_at__gte=timezone.now() - DUPLICATE_WINDOW)
    candidates = recent.filter(post=comment.post, parent=comment.parent, name=comment.name)
    return next(
        (other for other in candidates.order_by("-created_at")[:MAX_EARLIER] if other.body == comment.body), None
    )


def _thread_position(parent: Comment | None, moment: int | None = None) -> tuple[int, str]:
    """Return the depth and thread of an answer to `parent`; one to a comment of MAX_DEPTH is placed beside it.

    `moment` is when the comment was written, in microseconds of Unix time; now unless given.
    """
    moment = time.time_ns() // 1000 if moment is None else max(moment, 0)
    # The random digits keep two comments of the same microsecond apart.
    own = f"{moment:014x}{secrets.token_hex(2)}"
    if parent is None:
        return 0, own
    depth = min(parent.depth + 1, MAX_DEPTH)
    return depth, parent.thread[: depth * SEGMENT_LENGTH] + own


def _initial_status(comment: Comment, post_policy: Policy, visit: Visit) -> str:
    if visit.has_filled_honeypot:
        return Comment.Status.SPAM
    try:
        if spam.is_spam(comment, visit.user_agent):
            return Comment.Status.SPAM
    except spam.SpamCheckFailed:
        return Comment.Status.PENDING
    appears = post_policy is Policy.OPEN or _is_trusted(comment)
    return Comment.Status.APPROVED if appears else Comment.Status.PENDING


def _is_trusted(comment: Comment) -> bool:
    """Return whether the e-mail address has earned publication without moderation.

    Anybody can type a stranger's address, but pages show none. So an address with an approved comment of the same name
    is trusted with a comment without links, and one that a moderator trusts with any. Spam ends both.
    """
    if not comment.email:
        return False
    judged = [Comment.Status.APPROVED, Comment.Status.SPAM]
    rows = Comment.objects.filter(email=comment.email, status__in=judged).order_by("-pk")
    earlier = list(rows.values_list("status", "is_trusted", "name")[:MAX_EARLIER])
    if any(status == Comment.Status.SPAM for status, _trusted, _name in earlier):
        return False
    if any(trusted for _status, trusted, _name in earlier):
        return True
    is_plain = not comment.website and not rendering.has_links(comment.body_html)
    key = comparison_key(comment.name)
    return is_plain and any(comparison_key(name) == key for _status, _trusted, name in earlier)
