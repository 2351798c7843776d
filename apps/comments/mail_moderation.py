"""The link in the mail about a new comment: its page asks once more, and a press there moderates this one comment.

The link is signed, ends after `LIFETIME`, and is good for the address that it was mailed to, as long as that may moderate.
It needs no login: what it can do is little and can be undone, and whoever reads the mailbox can do no more with it
(docs/security.md).
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.audit import trail
from apps.audit.trail import Action
from apps.core.admin.forms import is_key
from apps.core.transactions import record_writes
from apps.site import languages
from apps.site.models import cached_settings

from . import moderation, moderation_links, services
from .models import Comment
from .self_contained import render_page


@csrf_exempt  # The signed token in the address is the only credential, and no cookie is.
@require_http_methods(["GET", "HEAD", "POST"])
def by_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Show the comment and its buttons; GET changes nothing, because mail scanners follow links. POST moderates it."""
    with languages.activated(site=cached_settings()):
        comment, name = moderation_links.read(token)
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
        return _ask(current, 409, _("It was changed meanwhile. Look at it again."))
    return _ask(comment, 200, moderation.DONE[status] % comment.name)


def _record(comment: Comment, name: str) -> None:
    message = _("By a link in a mail: %s") % comment.get_status_display()
    trail.record(Action.CHANGED, obj=comment, username=name, message=message)


def _page(status: int, context: dict) -> HttpResponse:
    response = render_page("comments/by_mail.html", status, context)
    response["Referrer-Policy"] = "no-referrer"
    return response
