"""Publishing at the desk: what readers see, buttons that say what they do, and a checklist before and after."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from apps.accounts import time_zones
from apps.posts.models import Post

from . import checking
from .datetimes import ZonedDateTimeField, what_readers_see

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


class PublishingAdmin:
    """For the ModelAdmin of posts."""

    # The form

    def get_form(self, request: HttpRequest, obj: Post | None = None, change: bool = False, **kwargs):
        """Return the form, knowing which button was pressed."""
        form_class = super().get_form(request, obj, change, **kwargs)
        form_class.button = next((name for name in STATUS_OF if name in request.POST), "")
        return form_class

    def formfield_for_dbfield(self, db_field, request: HttpRequest, **kwargs):
        """Read the date in the zone that the form was shown in."""
        if db_field.name == "published_at":
            kwargs["form_class"] = ZonedDateTimeField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Post | None = None):
        """Say above the publication what readers see of the post."""
        return [
            (title, part | {"description": what_readers_see(obj)} if "published_at" in part["fields"] else part)
            for title, part in super().get_fieldsets(request, obj)
        ]

    def changeform_view(self, request: HttpRequest, object_id=None, form_url: str = "", extra_context=None):
        """Show or save a post; a form is read in the zone that it was shown in, whatever the cookie says by now."""
        kept = getattr(request, "kept", None)
        fields = kept.fields if kept else request.POST
        if zone := time_zones.named(fields.get(time_zones.FIELD, "")):
            timezone.activate(zone)  # Until the middleware ends the request: the page is made after this method.
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request: HttpRequest, context, *args, obj: Post | None = None, **kwargs):
        """Add what the buttons and the checklist need."""
        form = context["adminform"].form
        context[time_zones.FIELD] = timezone.get_current_timezone_name()
        context["publication"] = {"state": form.state, "is_for_later": form.is_for_later}
        if obj and not obj.trashed_at:
            context["checklist"] = checking.warnings_of(obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    # What is said afterwards

    def save_model(self, request: HttpRequest, obj: Post, form, change: bool) -> None:
        """Save the post, and note what is to be said about it."""
        super().save_model(request, obj, form, change)
        decided = {"status", "published_at"} & set(form.changed_data) and (
            change or form.cleaned_data["status"] != "draft"
        )
        request.has_decided = bool(decided)
        request.was_draft = form.state == "draft"

    def response_add(self, request: HttpRequest, obj: Post, post_url_continue=None) -> HttpResponse:
        """Stay on the form after publishing; say what readers see."""
        self._stay(request)
        response = super().response_add(request, obj, post_url_continue)
        self._report(request, obj)
        return response

    def response_change(self, request: HttpRequest, obj: Post) -> HttpResponse:
        """Stay on the form after publishing; say what readers see."""
        self._stay(request)
        response = super().response_change(request, obj)
        self._report(request, obj)
        return response

    def _stay(self, request: HttpRequest) -> None:
        if any(name in request.POST for name in STATUS_OF):
            request.POST = request.POST.copy()
            request.POST["_continue"] = ""

    def _report(self, request: HttpRequest, obj: Post) -> None:
        """Say what readers see of a post whose publication was decided on, and what the checklist has to say."""
        if not request.has_decided:
            return
        saved = Post.objects.get(pk=obj.pk)
        messages.info(request, what_readers_see(saved))
        if request.was_draft and saved.status == Post.Status.PUBLISHED:
            for warning in checking.warnings_of(saved):
                messages.warning(request, warning.text)

    @property
    def media(self) -> forms.Media:
        """The stock media, and our scripts."""
        return super().media + forms.Media(js=["editor/zone.js", "editor/publishing.js", "editor/pickers.js"])
