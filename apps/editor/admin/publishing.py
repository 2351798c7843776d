"""Publishing at the desk: what readers see, buttons that say what they do, and a checklist before and after."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from apps.accounts import time_zones
from apps.editor.views import checklist
from apps.posts.models import Post

from .datetimes import what_readers_see

PUBLISH, PUBLISH_NOW, UNPUBLISH = "_publish", "_publish_now", "_unpublish"
STATUS_OF = {
    PUBLISH: Post.Status.PUBLISHED,
    PUBLISH_NOW: Post.Status.PUBLISHED,
    UNPUBLISH: Post.Status.DRAFT,
}
"""The buttons that decide the status; the others leave it as it is."""


class Publication:
    """The part of a post's form that publishes it, by the button that was pressed."""

    button = ""
    """One of `STATUS_OF`; set by the admin."""

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
        """Return what the pressed button makes of the status."""
        return STATUS_OF.get(self.button, self.cleaned_data["status"])

    def clean(self) -> dict[str, Any]:
        """Take the present moment where the button says so, whatever was typed as the date."""
        cleaned = super().clean()
        if self.button == PUBLISH_NOW:
            self.errors.pop("published_at", None)
            cleaned["published_at"] = timezone.now()
        return cleaned

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields that differ from the stored row: those that were typed in, and what the button decided."""
        typed, cleaned = super().changed_data, getattr(self, "cleaned_data", {})
        before = {"status": self.initial.get("status"), "published_at": self.stored_date}
        decided = [name for name, value in before.items() if name in cleaned and cleaned[name] != value]
        return list(dict.fromkeys([*typed, *decided]))

    @property
    def state(self) -> str:
        """`draft`, `scheduled` or `published`: what the post is that the form was made from."""
        if self.initial.get("status") != Post.Status.PUBLISHED:
            return "draft"
        return "scheduled" if self.stored_date and self.stored_date > timezone.now() else "published"

    @property
    def is_for_later(self) -> bool:
        """Whether its date is to come, so that publishing means scheduling."""
        moment = getattr(self, "cleaned_data", {}).get("published_at", self.stored_date)
        return bool(moment and moment > timezone.now())


class Decision(NamedTuple):
    """What a save decided about the publication of a post."""

    is_made: bool
    """Whether the status or the date was changed."""
    was_draft: bool


def decision_of(form: Publication, change: bool) -> Decision:
    """Return what a form that was saved has decided; a new draft decides nothing."""
    changed = {"status", "published_at"} & {*form.changed_data}
    return Decision(bool(changed) and (change or form.cleaned_data["status"] != "draft"), form.state == "draft")


def pressed(request: HttpRequest) -> str:
    """Return the button of `STATUS_OF` that a form was sent with, or "" for another."""
    return next((name for name in STATUS_OF if name in request.POST), "")


def read_in_its_zone(request: HttpRequest) -> None:
    """Read a form in the zone that it was shown in, whatever the cookie says by now."""
    kept = getattr(request, "kept", None)
    fields = kept.fields if kept else request.POST
    if zone := time_zones.named(fields.get(time_zones.FIELD, "")):
        timezone.activate(zone)  # Until the middleware ends the request: the page is made after the view has returned.


def stay(request: HttpRequest) -> None:
    """Have the form shown again after it was saved by a button that publishes."""
    if pressed(request):
        request.POST = request.POST.copy()
        request.POST["_continue"] = ""


def report(request: HttpRequest, post: Post, decision: Decision) -> None:
    """Say what readers see of a post whose publication was decided on, and what the checklist has to say."""
    if not decision.is_made:
        return
    saved = Post.objects.get(pk=post.pk)
    messages.info(request, what_readers_see(saved))
    if decision.was_draft and saved.status == Post.Status.PUBLISHED:
        for warning in checklist.warnings_of(saved):
            messages.warning(request, warning.text)
