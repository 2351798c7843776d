"""The link in the mail about a new comment: its page asks once more, and a press there moderates this one comment.

The link is signed, ends after `LIFETIME`, and is good for the address that it was mailed to, as long as that may moderate.
It needs no login: what it can do is little and can be undone, and whoever reads the mailbox could do no more with it
(docs/security.md).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.audit import trail
from apps.audit.trail import Action
from apps.core import signing
from apps.core.admin.forms import is_key
from apps.core.transactions import record_writes
from apps.site import languages
from apps.site.models import cached_settings
from blog_project import addresses

from . import forms, moderation, services
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


@csrf_exempt  # The signed token in the address is the only credential, and no cookie is.
@require_http_methods(["GET", "HEAD", "POST"])
def by_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Show the comment and its buttons; GET changes nothing, because mail scanners follow links. POST moderates it."""
    with languages.activated(site=cached_settings()):
        comment, name = _read(token)
        if comment is None:
            detail = _("This link is not complete, or older than a week. Log in to the desk to moderate the comment.")
            return _page(404, {"title": _("No such link"), "detail": detail})
        if request.method == "POST":
            return _moderate(request, comment, name)
        return _ask(comment)


def _ask(comment: Comment, status: int = 200, note: str = "") -> HttpResponse:
    context = {
        "title": _("A comment on “%s”") % comment.post.title,
        "comment": comment,
        "choices": moderation.choices(comment.status),
        "note": note,
    }
    return _page(status, context)


def _moderate(request: HttpRequest, comment: Comment, name: str) -> HttpResponse:
    status, version = request.POST.get("status", ""), request.POST.get("version", "")
    if status not in dict(moderation.CHOICES) or not is_key(version):
        return _ask(comment, 400, _("Choose what the comment is: approved, spam or trash."))
    try:
        with trail.acting(request), record_writes(lambda _written: _record(comment, name)):
            moderation.set_status(comment, status, by=None, expected_version=int(version))
    except services.StaleVersion:
        current = Comment.objects.get(pk=comment.pk)
        return _ask(current, 409, _("Somebody else changed it just now. Look at it again."))
    return _ask(comment, 200, moderation.DONE[status] % comment.name)


def _record(comment: Comment, name: str) -> None:
    message = _("By a link in a mail: %s") % comment.get_status_display()
    trail.record(Action.CHANGED, obj=comment, username=name, message=message)


def _read(token: str) -> tuple[Comment | None, str]:
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


def _page(status: int, context: dict) -> HttpResponse:
    response = forms.render_page("comments/by_mail.html", status, context)
    response["Referrer-Policy"] = "no-referrer"
    return response
