"""Publishing from the form of a post: its buttons, messages about the visibility, and the checklist's warnings."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from apps.accounts import time_zones
from apps.editor.saved_words import joined, view_link
from apps.editor.views import checklist, teamwork
from apps.posts.models import Post
from blog_project import addresses

from .datetimes import in_full

PUBLISH, PUBLISH_NOW, UNPUBLISH = "_publish", "_publish_now", "_unpublish"
STATUS_BY_BUTTON = {
    PUBLISH: Post.Status.PUBLISHED,
    PUBLISH_NOW: Post.Status.PUBLISHED,
    UNPUBLISH: Post.Status.DRAFT,
}
"""The status that each publishing button sets; other buttons leave it unchanged."""
LATER, LATER_REST = "_later", "_later_rest"
KEEPING = (LATER, LATER_REST)
"""The buttons that keep changes for later; the second one writes at once what cannot wait."""


class PublicationMixin:
    """Form mixin that sets the status and the date by the button that was pressed."""

    button = ""
    """The button that was pressed (`pressed_button`); set by the admin."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.stored_date = self.instance.published_at
        if "status" in self.fields:
            self.fields["status"].widget = forms.HiddenInput()
        if "published_at" in self.fields:
            field = self.fields["published_at"]
            field.stored = self.stored_date
            for widget, name in zip(
                field.widget.widgets, (_("Publication date: day"), _("Publication date: time")), strict=True
            ):
                widget.attrs["aria-label"] = name
            words = {"help": field.help_text, "zone": timezone.get_current_timezone_name()}
            field.help_text = _("%(help)s Time zone: %(zone)s.") % words

    def clean_status(self) -> str:
        """Return the status that the pressed button sets, or the submitted one."""
        return STATUS_BY_BUTTON.get(self.button, self.cleaned_data["status"])

    def clean(self) -> dict[str, Any]:
        """Set the date to now for the button “Publish now”, whatever date was submitted."""
        cleaned = super().clean()
        if self.button == PUBLISH_NOW:
            self.errors.pop("published_at", None)
            cleaned["published_at"] = timezone.now()
        return cleaned

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields that differ from the stored row, including those that the button changed."""
        submitted, cleaned = super().changed_data, getattr(self, "cleaned_data", {})
        before = {"status": self.initial.get("status"), "published_at": self.stored_date}
        by_button = [name for name, value in before.items() if name in cleaned and cleaned[name] != value]
        return list(dict.fromkeys([*submitted, *by_button]))

    @property
    def state(self) -> str:
        """`draft`, `scheduled` or `published`: the state of the stored post that the form was made from."""
        if self.initial.get("status") != Post.Status.PUBLISHED:
            return "draft"
        return "scheduled" if self.stored_date and self.stored_date > timezone.now() else "published"

    @property
    def is_for_later(self) -> bool:
        """Whether the date is in the future, so that publishing means scheduling."""
        moment = getattr(self, "cleaned_data", {}).get("published_at", self.stored_date)
        return bool(moment and moment > timezone.now())


class Decision(NamedTuple):
    """What a save changed about the publication of a post."""

    is_made: bool
    """Whether the status or the date was changed."""
    before: str
    """`draft`, `scheduled` or `published`: the state of the post before."""

    @property
    def was_draft(self) -> bool:
        """Whether the post was a draft before."""
        return self.before == "draft"


def decision_of(form: PublicationMixin, change: bool) -> Decision:
    """Return what a saved form changed about the publication; a new draft changes nothing."""
    changed = {"status", "published_at"} & {*form.changed_data}
    return Decision(bool(changed) and (change or form.cleaned_data["status"] != "draft"), form.state)


def pressed_button(request: HttpRequest) -> str:
    """Return the button that a form was sent with, of those that publish or keep for later, or "" for another one."""
    return next((name for name in (*STATUS_BY_BUTTON, *KEEPING) if name in request.POST), "")


def keep_for_review(request: HttpRequest, post: Post | None) -> None:
    """Keep changes of a published post for later if a review of them is asked for: readers see them when it is good."""
    if post is not None and post.is_public() and teamwork.ASK in request.POST:
        request.POST = request.POST.copy()
        request.POST[LATER] = ""


def activate_form_zone(request: HttpRequest) -> None:
    """Activate the time zone that the form was shown in, whatever the cookie contains now."""
    kept = getattr(request, "unsaved_form", None)
    fields = kept.fields if kept else request.POST
    if zone := time_zones.find(fields.get(time_zones.FIELD, "")):
        timezone.activate(zone)  # The middleware deactivates it: the page is rendered after the view has returned.


def stay_on_form(request: HttpRequest) -> None:
    """Redirect back to the form if it was saved by a publishing button, or to ask for a review."""
    if pressed_button(request) or teamwork.ASK in request.POST:
        request.POST = request.POST.copy()
        request.POST["_continue"] = ""


def saved_words(post: Post, decision: Decision) -> str:
    """Return what a save has made of a stored post: “Published. View the post”, “Saved as a draft.”

    It is markup where it has a link.
    """
    if post.status == Post.Status.DRAFT:
        if decision.before == "published":
            return _("Unpublished: readers no longer see it.")
        return _("Not scheduled any more: it is a draft.") if decision.before == "scheduled" else _("Saved as a draft.")
    if post.is_scheduled:
        when = in_full(post.published_at)
        if decision.before == "published":
            return _("Scheduled for %s. Until then, readers no longer see it.") % when
        if decision.is_made:
            return _("Scheduled for %s.") % when
        return _("Saved. It is scheduled for %s.") % when
    said = _("Updated.") if decision.before == "published" else _("Published.")
    return with_link(said, post)


def with_link(sentence: str, post: Post) -> str:
    """Return a sentence about a post, with a link to its page if readers see it."""
    if not post.is_public():
        return sentence
    words = _("View the page") if post.kind == Post.Kind.PAGE else _("View the post")
    return joined(sentence, view_link(addresses.post(post.slug), words))


def warn_of_publication(request: HttpRequest, post: Post, decision: Decision) -> None:
    """Show the warnings of the checklist about a post that this save has published or scheduled."""
    if decision.is_made and decision.was_draft and post.status == Post.Status.PUBLISHED:
        for warning in checklist.warnings_of(Post.objects.get(pk=post.pk), request.user):
            messages.warning(request, warning.text)
