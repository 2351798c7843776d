"""The admin of comments: the moderation queue, bulk actions and answers in the name of the site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.admin.base import ServiceAdmin
from apps.core.admin.forms import PlainTextarea, VersionedForm
from apps.core.shown_dates import shown_moment
from apps.posts.models import Post

from . import finding, services
from .models import BODY_LIMIT, Comment
from .moderation import ModerationMixin, publish_answer

MAX_COUNTED = 100
"""The most comments of one status that its filter counts; from this number on it shows “99+”."""
ALL = "all"


class StatusFilter(admin.SimpleListFilter):
    """Filters by status. Without one in the query string, the pending comments are listed; a search looks at all."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def __init__(self, request: HttpRequest, params, model, model_admin) -> None:
        self.default = ALL if request.GET.get(SEARCH_VAR, "").strip() else Comment.Status.PENDING
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the statuses and “All”; those that a moderator has to look through are counted."""
        counted = (Comment.Status.PENDING, Comment.Status.SPAM, Comment.Status.TRASH)
        comments = Comment.objects.known_to(request.user)
        counts = {status: _formatted_count(comments.filter(status=status)) for status in counted}
        return [
            *((value, f"{label}{counts.get(value, '')}") for value, label in Comment.Status.choices),
            (ALL, _("All")),
        ]

    def choices(self, changelist):
        """Yield the choices without Django's own “All”: no status in the query string means pending."""
        for value, title in self.lookup_choices:
            yield {
                "selected": value == (self.value() or self.default),
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return the comments of the chosen status."""
        value = self.value() or self.default
        return queryset if value == ALL else queryset.filter(status=value)


def _formatted_count(comments: QuerySet) -> str:
    found = len(comments.order_by().values_list("pk")[:MAX_COUNTED])
    return f" ({found})" if found < MAX_COUNTED else f" ({MAX_COUNTED - 1}+)"


class CommentForm(VersionedForm):
    """Edits a comment; `answer` publishes a reply to it by the user."""

    answer = forms.CharField(
        label=gettext_lazy("Answer"),
        required=False,
        max_length=BODY_LIMIT,
        widget=PlainTextarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "Is published in your name, marked as the site's own. A comment that waits is approved."
        ),
    )

    class Meta:
        model = Comment
        fields = ("status", "name", "email", "website", "body", "notify", "is_trusted")
        widgets = {"body": PlainTextarea(attrs={"rows": 10})}


def _bulk_action(
    success_message: Callable[[int], str], change: Callable[[HttpRequest, Comment], None], description: str
) -> Callable:
    """Return an admin action that calls `change` for each comment, and reports the number changed and each failure."""

    def action(model_admin, request: HttpRequest, queryset: QuerySet) -> None:
        count = 0
        for comment in queryset.select_related(None)[: model_admin.list_per_page]:
            pk = comment.pk
            try:
                change(request, comment)
                count += 1
                comment.pk = pk  # Django clears the pk of a deleted row; the log entry needs it.
                model_admin.log_change(request, comment, str(description))
            except services.StaleVersion:
                messages.warning(request, _("“%s” was changed meanwhile. Look at it again.") % comment)
            except ValidationError as error:
                messages.warning(request, f"“{comment}”: {' '.join(error.messages)}")
        if count:
            messages.success(request, success_message(count))

    return action


def _field_setter(**fields: Any) -> Callable[[HttpRequest, Comment], None]:
    def change(request: HttpRequest, comment: Comment) -> None:
        if any(getattr(comment, name) != value for name, value in fields.items()):
            services.update_comment(comment, by=request.user, expected_version=comment.version, **fields)

    return change


def _approve_and_trust(request: HttpRequest, comment: Comment) -> None:
    if not comment.email:
        raise ValidationError(_("It has no e-mail address that could be trusted."))
    _field_setter(status=Comment.Status.APPROVED, is_trusted=True)(request, comment)


def _erase(request: HttpRequest, comment: Comment) -> None:
    if not comment.email:
        raise ValidationError(_("It has no e-mail address to tell whose it is. Trash it, or empty it by hand."))
    services.erase_commenter(comment.email)


def _action(
    name: str, permission: str, description: str, success_message: Callable[[int], str], change: Callable
) -> Callable:
    action = _bulk_action(success_message, change, description)
    action.__name__ = name
    return admin.action(action, permissions=[permission], description=description)


ACTIONS = [
    _action(
        "approve",
        "change",
        gettext_lazy("Approve"),
        lambda n: ngettext("%s comment was approved.", "%s comments were approved.", n) % n,
        _field_setter(status=Comment.Status.APPROVED),
    ),
    _action(
        "trust",
        "change",
        gettext_lazy("Approve, and trust the e-mail address"),
        lambda n: ngettext("%s comment was approved.", "%s comments were approved.", n) % n,
        _approve_and_trust,
    ),
    _action(
        "spam",
        "change",
        gettext_lazy("Spam"),
        lambda n: ngettext("%s comment is spam.", "%s comments are spam.", n) % n,
        _field_setter(status=Comment.Status.SPAM, is_trusted=False),
    ),
    _action(
        "trash",
        "change",
        gettext_lazy("Move to the trash"),
        lambda n: ngettext("%s comment was moved to the trash.", "%s comments were moved to the trash.", n) % n,
        _field_setter(status=Comment.Status.TRASH),
    ),
    _action(
        "erase",
        "delete",
        gettext_lazy("Erase whoever wrote it: all comments of the e-mail address"),
        lambda n: ngettext("%s commenter was erased.", "%s commenters were erased.", n) % n,
        _erase,
    ),
    _action(
        "purge",
        "delete",
        gettext_lazy("Delete for good (of spam and the trash)"),
        lambda n: ngettext("%s comment was deleted for good.", "%s comments were deleted for good.", n) % n,
        lambda request, comment: services.purge_comment(comment),
    ),
]


@admin.register(Comment)
class CommentAdmin(ModerationMixin, ServiceAdmin):
    """Lists, moderates and answers comments. New ones are written on the pages, not added here."""

    form = CommentForm
    keyset = ("-id",)
    list_display_links = None
    list_filter = (StatusFilter,)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Words of the comment or of its author's name, or a whole e-mail address.")
    actions = ACTIONS
    fields = (
        "answer",
        "status",
        "is_trusted",
        "body",
        "name",
        "email",
        "website",
        "notify",
        "on",
        "answers_to",
        "date",
        "address",
    )
    readonly_fields = ("on", "answers_to", "date", "address")
    update_service = staticmethod(services.update_comment)

    class Media:
        css = {"all": ("editor/admin.css", "comments/desk.css")}
        js = (forms.Script("comments/answer.js", defer=True),)

    def get_list_display(self, request: HttpRequest) -> tuple:
        """Return the columns: the comment with its buttons, and its status."""

        @admin.display(description=gettext_lazy("comment"))
        def entry(comment: Comment) -> str:
            return self.row(request, comment)

        return (entry, "status_word")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: the site's own comments are answers, or are written on the page."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Comment | None = None) -> bool:
        """Allow deletion by the bulk actions only; a single comment goes to the trash by its status."""
        return obj is None and super().has_delete_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the comments on posts that the user may know of: all, for an editor."""
        return super().get_queryset(request).known_to(request.user)

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Defer the columns that the list does not show, and fetch the posts' titles by one query."""
        posts = Prefetch("post", Post.objects.only("title", "slug"))
        return queryset.defer("body_html", "thread", "address").prefetch_related(posts)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find comments by an e-mail address, which has an index, or by words; say so if not all were looked through."""
        term = search_term.strip()
        if not term:
            return queryset, False
        of_address = queryset.filter(email=term.lower())
        if "@" in term and of_address.exists():
            return of_address, False
        found = finding.find(queryset, term)
        if found.is_cut:
            note = _("More than %(most)s comments have these words. These are the newest; add a word for others.")
            messages.info(request, note % {"most": finding.MAX_FOUND})
        elif found.is_partial:
            note = _(
                "The newest %(most)s comments of this list were looked through. Choose a status to look further back."
            )
            messages.info(request, note % {"most": number_format(finding.LOOKED_THROUGH, force_grouping=True)})
        return queryset.filter(pk__in=found.keys), False

    @admin.display(description=gettext_lazy("comment"))
    def beginning(self, comment: Comment) -> str:
        """Return the first 120 characters of the text."""
        return Truncator(comment.body).chars(120) or _("(erased)")

    @admin.display(description=gettext_lazy("post"))
    def on(self, comment: Comment) -> str:
        """Return a link to the comment on the page of its post."""
        return format_html('<a href="{}">{}</a>', comment.get_absolute_url(), comment.post.title)

    @admin.display(description=gettext_lazy("status"))
    def status_word(self, comment: Comment) -> str:
        """Return the label of the status."""
        return comment.get_status_display()

    @admin.display(description=gettext_lazy("date"))
    def date(self, comment: Comment) -> str:
        """Return when the comment was written, in the user's time zone."""
        return shown_moment(comment.created_at)

    @admin.display(description=gettext_lazy("answer to"))
    def answers_to(self, comment: Comment) -> str:
        """Return a link to the parent comment, or nothing."""
        if comment.parent is None:
            return ""
        address = reverse("admin:comments_comment_change", args=[comment.parent_id])
        return format_html('<a href="{}">{}</a>', address, comment.parent)

    def view_on_site(self, obj: Comment) -> str | None:
        """Return the address of the comment on its page, or None where readers do not see it."""
        return obj.get_absolute_url() if obj.is_approved and obj.post.is_public() else None

    def saved_words(self, request: HttpRequest, comment: Comment) -> str:
        """Return what is said after saving: whose comment it is, and none of its text."""
        return _("Saved the comment by %s.") % comment.name

    def save_model(self, request: HttpRequest, obj: Comment, form: CommentForm, change: bool) -> None:
        """Save the changed fields, then the answer; answering a pending comment approves it."""
        changed = [name for name in form.changed if name != "answer"]
        values = form.values(changed)
        answer = form.cleaned_data.get("answer", "").strip()
        if answer and form.cleaned_data["status"] == Comment.Status.PENDING:
            values["status"] = Comment.Status.APPROVED
        saved = self.stored(request, obj.pk)
        if values:
            version = form.cleaned_data["version"]
            saved = services.update_comment(saved, by=request.user, expected_version=version, **values)
        obj.version, obj._state.adding = saved.version, False
        if answer:
            publish_answer(saved, answer, by=request.user)

    def log_change(self, request: HttpRequest, obj: Comment, message: Any):
        """Log the id of the comment and none of its text: the log outlives an erasure."""
        entry = super().log_change(request, obj, message)
        entry.object_repr = obj.audit_name
        entry.save(update_fields=["object_repr"])
        return entry
