"""Mail about comments. It is sent after the write, by a thread of its own: it delays and breaks nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.site import languages
from apps.site.models import current
from blog_project import addresses
from blog_project.roles import Role

from .models import Comment

logger = logging.getLogger(__name__)

_SALT = "comments.unsubscribe"
_sender = ThreadPoolExecutor(1, thread_name_prefix="mail")


def new_comment(comment: Comment) -> None:
    """Tell the post's authors and the moderators of a new comment, and whom it answers, if it is to be seen."""
    with languages.speaking(site=current()):
        _tell_the_site(comment)
    if comment.is_approved:
        answer(comment, was_read=comment.is_official)


def _tell_the_site(comment: Comment) -> None:
    if comment.status in (Comment.Status.PENDING, Comment.Status.APPROVED) and not comment.is_official:
        waits = comment.status == Comment.Status.PENDING
        subject = _("A comment on “%s” waits for you") if waits else _("A comment on “%s”")
        context = {"comment": comment, "waits": waits, "moderation": _moderation(comment)}
        for recipient in sorted(_responsible(comment)):
            _send(recipient, subject, "comments/mail_new.txt", context)


def answer(comment: Comment, *, was_read: bool = True) -> None:
    """Tell whoever wrote the comment that this one answers, if they want that.

    What nobody of the site has read is not quoted: anybody can ask for answers in the name of any address, and would
    have the site send it their words.
    """
    asked = comment.parent
    if asked is None or not asked.notify or not asked.email or not asked.is_approved or asked.email == comment.email:
        return
    leave = addresses.absolute(unsubscribe_path(asked))
    headers = {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    context = {"comment": comment, "asked": asked, "leave": leave, "was_read": was_read}
    with languages.speaking(comment.post.language, current()):
        _send(asked.email, _("An answer to your comment on “%s”"), "comments/mail_answer.txt", context, headers)


def unsubscribe_path(comment: Comment) -> str:
    """Return the path of the page where mail about answers to a comment is ended. Nobody can make it up."""
    return f"{addresses.api('comments')}unsubscribe/{signing.dumps(comment.pk, salt=_SALT)}/"


def unsubscribed(token: str) -> int | None:
    """Return the comment's id of such a path's token, or None for one that this site did not make."""
    try:
        return signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None


def wait() -> None:
    """Wait until what is to be sent by now was tried."""
    _sender.submit(lambda: None).result()


def _responsible(comment: Comment) -> Iterable[str]:
    """Return who is to know: of the authors where the process may read its users' addresses, as no API's may."""
    if Role.ADMIN not in settings.ROLES:
        return settings.COMMENT_MODERATORS
    users = get_user_model().objects.filter(author__post_links__post=comment.post_id, is_active=True)
    return {*settings.COMMENT_MODERATORS, *users.exclude(email="").values_list("email", flat=True)}


def _moderation(comment: Comment) -> str:
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
    _sender.submit(_deliver, message)


def _deliver(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception:
        # Of any kind: the mail server's, the network's, an address that is none. The comment is written all the same.
        logger.exception("A mail about a comment could not be sent")
