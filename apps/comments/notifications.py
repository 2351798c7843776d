"""Mail about comments. It is sent after the commit by a separate thread, so that it cannot delay or fail a request."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.core import background_mail, signing
from apps.site import languages
from apps.site.models import current
from blog_project import addresses
from blog_project.roles import Role

from . import moderation_links
from .models import Comment

_SALT = "comments.unsubscribe"


def new_comment(comment: Comment) -> None:
    """Mail a new comment to the authors and moderators and, if it is approved, to the commenter whom it answers."""
    _notify_moderators(comment)
    if comment.is_approved:
        new_answer(comment, was_read=comment.is_official)


def _notify_moderators(comment: Comment) -> None:
    if comment.status in (Comment.Status.PENDING, Comment.Status.APPROVED) and not comment.is_official:
        is_pending = comment.status == Comment.Status.PENDING
        context = {"comment": comment, "waits": is_pending, "desk": _desk_url(comment)}
        recipients = _recipients(comment)
        chosen = _chosen_languages(recipients)
        for recipient, may_moderate in sorted(recipients.items()):
            link = moderation_links.link(comment, recipient) if may_moderate else ""
            with languages.activated(chosen.get(recipient, ""), current()):
                subject = _("A comment on “%s” waits for you") if is_pending else _("A comment on “%s”")
                _send(recipient, subject, "comments/mail_new.txt", {**context, "moderation": link})


def new_answer(comment: Comment, *, was_read: bool = True) -> None:
    """Mail an approved answer to the author of its parent, if they asked for that.

    `was_read` is whether a user of the site has read or written the answer. If not, its text is left out: otherwise
    anybody could comment under a stranger's address, ask for answers, and have the site mail any text to it.
    """
    parent = comment.parent
    if parent is None or not parent.notify or not parent.email or not parent.is_approved:
        return
    if parent.email == comment.email:
        return
    leave = addresses.absolute(unsubscribe_path(parent))
    headers = {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    context = {"comment": comment, "asked": parent, "leave": leave, "was_read": was_read}
    with languages.activated(comment.post.language, current()):
        _send(parent.email, _("An answer to your comment on “%s”"), "comments/mail_answer.txt", context, headers)


def unsubscribe_path(comment: Comment) -> str:
    """Return the signed path of the page that unsubscribes from answers to a comment."""
    return f"{addresses.api('comments')}unsubscribe/{signing.dumps(comment.pk, salt=_SALT)}/"


def parse_unsubscribe_token(token: str) -> int | None:
    """Return the comment's id from the token of an unsubscribe path, or None if the signature is wrong."""
    try:
        return signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None


def _recipients(comment: Comment) -> dict[str, bool]:
    """Return the moderators' addresses and, in the admin role, the authors': other roles cannot read users.

    Each with whether it may moderate.
    """
    moderators = dict.fromkeys(settings.COMMENT_MODERATORS, True)
    if Role.ADMIN not in settings.ROLES:
        return moderators
    users = get_user_model().objects.filter(author__post_links__post=comment.post_id, is_active=True)
    authors = {user.email: moderation_links.moderates(user, comment.post_id) for user in users.exclude(email="")}
    return authors | moderators


def _chosen_languages(recipients: Iterable[str]) -> dict[str, str]:
    """Return the languages that users chose for the desk, by address; none in a role that cannot read users."""
    if Role.ADMIN not in settings.ROLES:
        return {}
    users = get_user_model().objects.filter(email__in=list(recipients)).exclude(preferences__language="")
    return dict(users.filter(preferences__isnull=False).values_list("email", "preferences__language"))


def _desk_url(comment: Comment) -> str:
    return addresses.absolute(f"/admin/comments/comment/{comment.pk}/change/")


def _send(to: str, subject: str, template: str, context: dict, headers: dict[str, str] | None = None) -> None:
    comment = context["comment"]
    page = addresses.absolute(comment.get_absolute_url())
    text = render_to_string(template, {**context, "post": comment.post, "page": page, "site": current().name})
    message = EmailMessage(
        " ".join((subject % comment.post.title).split()),
        text,
        to=[to],
        headers={"Auto-Submitted": "auto-generated", **(headers or {})},
    )
    background_mail.send(message)
