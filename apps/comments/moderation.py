"""Moderating in one press: the buttons of a comment in the desk, and what they do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.core.admin.forms import is_key
from apps.core.admin.next_page import next_page

from . import services
from .models import BODY_LIMIT, Comment

CHOICES = (
    (Comment.Status.APPROVED, gettext_lazy("Approve")),
    (Comment.Status.SPAM, gettext_lazy("Spam")),
    (Comment.Status.TRASH, gettext_lazy("Trash")),
)
"""The buttons: the status that each gives, and its name."""
DONE = {
    Comment.Status.APPROVED: gettext_lazy("The comment by %s was approved."),
    Comment.Status.SPAM: gettext_lazy("The comment by %s is spam."),
    Comment.Status.TRASH: gettext_lazy("The comment by %s is in the trash."),
    Comment.Status.PENDING: gettext_lazy("The comment by %s waits again."),
}

TYPED = "typed_answers"
"""The key of the session's data: answers that were typed but not published, by the id of the comment."""
MAX_TYPED = 10
TRUSTED = SafeString('<input type="hidden" name="trusted" value="1">')


def choices(status: str) -> list[tuple[str, str]]:
    """Return the buttons for a comment of this status: what it may become."""
    return [choice for choice in CHOICES if choice[0] != status]


def address(name: str, pk: int, version: int, back: str) -> str:
    """Return the address to which a button posts; `name` is `moderate` or `answer`, `back` the page to return to."""
    query = urlencode({"version": version, REDIRECT_FIELD_NAME: back})
    return f"{reverse(f'admin:{name}_comment', args=[pk])}?{query}"


def set_status(
    comment: Comment, status: str, *, by: Any, expected_version: int, is_trusted: bool | None = None
) -> None:
    """Give a comment a status; spam ends the trust in its address. Raises StaleVersion unless it has it already."""
    if comment.status == status:
        return
    fields: dict[str, Any] = {"status": status}
    if is_trusted is not None or status == Comment.Status.SPAM:
        fields["is_trusted"] = bool(is_trusted)
    services.update_comment(comment, by=by, expected_version=expected_version, **fields)


def publish_answer(comment: Comment, body: str, *, by: Any) -> Comment:
    """Publish an answer by a user of the site, and approve a comment that waits. Raises ValidationError."""
    if comment.status == Comment.Status.PENDING:
        services.update_comment(comment, by=by, expected_version=comment.version, status=Comment.Status.APPROVED)
    author = getattr(by, "author", None)
    name = author.name if author else by.get_full_name() or by.get_username()
    try:
        return services.create_comment(by=by, parent=comment, body=body, name=name)
    except services.Closed:
        raise ValidationError({"answer": _("There are no comments on this post at present.")}) from None


class ModerationMixin:
    """The buttons of the list of comments, for the ModelAdmin of comments: each works by itself and without scripts."""

    def get_urls(self) -> list[URLPattern]:
        """Add the views of the buttons."""
        views = {"moderate": self.moderate, "answer": self.answer}
        wrap = self.admin_site.admin_view
        own = [
            path(f"<id>/{name}/", self._of_comments(wrap(view)), name=f"{name}_comment") for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def _of_comments(self, view):
        view.model_admin = self
        return view

    def row(self, request: HttpRequest, comment: Comment) -> str:
        """Return a comment with its buttons, as a cell of the list."""
        context = {
            "comment": comment,
            "beginning": self.beginning(comment),
            "post_link": self.on(comment),
            "date": self.date(comment),
            "typed": self._typed(request, comment.pk),
            **self.buttons(request, comment.pk, comment.version, comment.status),
        }
        return render_to_string("admin/comments/row.html", context)

    def buttons(self, request: HttpRequest, pk: int, version: int, status: str) -> dict[str, Any]:
        """Return the context of the template `admin/comments/buttons.html`; no buttons for who may not press them."""
        if not self.has_change_permission(request):
            return {}
        back = request.get_full_path()
        return {
            "pk": pk,
            "choices": choices(status),
            "moderate_url": address("moderate", pk, version, back),
            "answer_url": address("answer", pk, version, back),
            "answers": status in (Comment.Status.PENDING, Comment.Status.APPROVED),
        }

    @staticmethod
    def _typed(request: HttpRequest, pk: int) -> str:
        return request.session.get(TYPED, {}).get(str(pk), "")

    def moderate(self, request: HttpRequest, id: str) -> HttpResponse:
        """Give one comment a status, and offer to undo that."""
        return require_POST(self._moderate)(request, id)

    def answer(self, request: HttpRequest, id: str) -> HttpResponse:
        """Publish an answer to one comment, and offer to take it back."""
        return require_POST(self._answer)(request, id)

    def _moderate(self, request: HttpRequest, id: str) -> HttpResponse:
        comment, status = self._comment(request, id), request.POST.get("status", "")
        _keep_typed(request)
        if status not in DONE:
            messages.error(request, _("Choose what the comment is: approved, spam or trash."))
            return _back(request)
        former, was_trusted = comment.status, comment.is_trusted
        trusted = True if request.POST.get("trusted") else None
        try:
            set_status(comment, status, by=request.user, expected_version=_version(request), is_trusted=trusted)
        except services.StaleVersion:
            messages.warning(request, _("“%s” was changed meanwhile. Look at it again.") % comment)
            return _back(request)
        if comment.status != former:
            self.log_change(request, comment, str(comment.get_status_display()))
        button = _undo_button(request, comment, former, was_trusted=was_trusted)
        messages.success(request, format_html("{} {}", DONE[status] % comment.name, button))
        return _back(request)

    def _answer(self, request: HttpRequest, id: str) -> HttpResponse:
        comment, body = self._comment(request, id), request.POST.get(f"answer-{id}", "").strip()
        _keep_typed(request)
        if not body:
            messages.error(request, _("Type your answer first."))
            return _back(request)
        try:
            answer = publish_answer(comment, body, by=request.user)
        except services.StaleVersion:
            messages.warning(request, _("“%s” was changed meanwhile. Look at it again.") % comment)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            request.session[TYPED].pop(id, None)
            self.log_change(request, comment, _("Answered."))
            button = _undo_button(request, answer, Comment.Status.TRASH, name=_("Take it back"))
            messages.success(request, format_html("{} {}", _("Your answer to %s is published.") % comment.name, button))
        return _back(request)

    def _comment(self, request: HttpRequest, id: str) -> Comment:
        """Return a comment that the user may moderate. Raises Http404 and PermissionDenied."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        comment = self.get_object(request, id) if is_key(id) else None
        if comment is None:
            raise Http404
        return comment


def _keep_typed(request: HttpRequest) -> None:
    """Keep the answers that the page had in its fields, for the next page: one press is about one comment only."""
    fields = {name.removeprefix("answer-"): text for name, text in request.POST.items() if name.startswith("answer-")}
    kept = request.session.get(TYPED, {}) | {pk: text[:BODY_LIMIT] for pk, text in fields.items() if is_key(pk)}
    kept = {pk: text for pk, text in kept.items() if text.strip()}
    if kept or TYPED in request.session:
        request.session[TYPED] = dict(list(kept.items())[-MAX_TYPED:])


def _undo_button(
    request: HttpRequest, comment: Comment, status: str, *, was_trusted: bool = False, name: str = ""
) -> SafeString:
    return format_html(
        '<form class="undo" method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">{}'
        '<button type="submit" name="status" value="{}">{}</button></form>',
        address(
            "moderate", comment.pk, comment.version, next_page(request, reverse("admin:comments_comment_changelist"))
        ),
        get_token(request),
        TRUSTED if was_trusted else "",
        status,
        name or _("Undo"),
    )


def _version(request: HttpRequest) -> int:
    version = request.GET.get("version", "")
    return int(version) if is_key(version) else 0


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(next_page(request, reverse("admin:comments_comment_changelist")))
