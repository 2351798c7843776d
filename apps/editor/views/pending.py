"""The pages of changes that wait: compare them with what readers see, publish them, discard them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import time_zones
from apps.core.admin.forms import NativeDateTimeWidget, is_key
from apps.core.heavy_work import heavy
from apps.editor.admin import history, pending, publishing
from apps.editor.admin.datetimes import ZonedDateTimeField, in_full
from apps.posts import services
from apps.posts.models import Post

from .access import post_admin, post_page


class MomentForm(forms.Form):
    """From when readers see the changes."""

    moment = ZonedDateTimeField(
        label=gettext_lazy("Readers see the changes from"),
        widget=NativeDateTimeWidget(
            date_attrs={"aria-label": gettext_lazy("Day of the update")},
            time_attrs={"aria-label": gettext_lazy("Time of the update")},
        ),
        require_all_fields=True,
    )

    def clean_moment(self) -> datetime:
        """Refuse a moment that has passed."""
        if self.cleaned_data["moment"] <= timezone.now():
            raise forms.ValidationError(_("This moment has passed. Choose a later one, or publish the changes now."))
        return self.cleaned_data["moment"]


def _proposed(post: Post) -> datetime:
    """Return the planned moment, or nine o'clock tomorrow."""
    tomorrow = timezone.localtime() + timedelta(days=1)
    return post.pending.due_at or tomorrow.replace(hour=9, minute=0, second=0, microsecond=0)


@post_page("change")
@heavy
def pending_version(request: HttpRequest, post: Post) -> HttpResponse:
    """Compare what waits with what readers see; POST publishes it, or schedules that."""
    publishing.activate_form_zone(request)
    if post.pending is None:
        return _nothing_waits(request, post)
    form = MomentForm(request.POST if "schedule" in request.POST else None, initial={"moment": _proposed(post)})
    if "unschedule" in request.POST or (form.is_bound and form.is_valid()):
        return _schedule(request, post, form.cleaned_data["moment"] if form.is_bound else None)
    if request.method == "POST" and not form.is_bound:
        return _publish(request, post)
    overlap = [Post._meta.get_field(name).verbose_name for name in post.pending.overlap(post)]
    title = _("Changes of “%s”") % post
    planned = {"planned_for": post.pending.due_at and in_full(post.pending.due_at)}
    planned |= {"form": form, time_zones.FIELD: timezone.get_current_timezone_name()}
    return _page(
        request,
        "admin/posts/post/pending.html",
        post,
        title=title,
        here=_("Changes not published yet"),
        overlap=overlap,
        **planned,
    )


@post_page("change")
@heavy
def discard_pending(request: HttpRequest, post: Post) -> HttpResponse:
    """Ask whether to discard what waits; POST does."""
    if post.pending is None:
        return _nothing_waits(request, post)
    if request.method != "POST":
        title = _("Discard the changes of “%s”?") % post
        return _page(request, "admin/posts/post/discard_pending.html", post, title=title, here=_("Discard changes"))
    try:
        services.discard_pending(post, expected_pending=_version(request, "pending_version"))
    except services.StaleVersion:
        messages.warning(request, _("Somebody has kept other changes meanwhile. Nothing was discarded; look at them."))
        return HttpResponseRedirect(request.path)
    post_admin().log_change(request, post, _("Discarded the changes."))
    messages.success(request, _("The changes were discarded."))
    return _to_form(post)


def _schedule(request: HttpRequest, post: Post, moment: datetime | None) -> HttpResponse:
    """Schedule the update for a moment, or for none."""
    try:
        services.schedule_pending(
            post,
            expected_version=_version(request, "version"),
            expected_pending=_version(request, "pending_version"),
            moment=moment,
        )
    except (services.StaleVersion, services.Overlap):
        messages.warning(request, _("Somebody saved the post meanwhile. Nothing was scheduled; look at it again."))
        return HttpResponseRedirect(request.path)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(request.path)
    if moment is None:
        post_admin().log_change(request, post, _("Lifted the schedule of the update."))
        messages.success(request, _("Nothing is planned any more. The changes are kept."))
    else:
        post_admin().log_change(request, post, _("Scheduled the update for %s.") % in_full(moment))
        messages.success(request, _("Readers see the changes from this moment on: %s.") % in_full(moment))
    return _to_form(post)


def _publish(request: HttpRequest, post: Post) -> HttpResponse:
    here = HttpResponseRedirect(request.path)
    try:
        pending.publish(
            post,
            by=request.user,
            expected_version=_version(request, "version"),
            expected_pending=_version(request, "pending_version"),
        )
    except (services.StaleVersion, services.Overlap):
        messages.warning(request, _("Somebody saved the post meanwhile. Nothing was published; look at it again."))
        return here
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return here
    post_admin().log_change(request, post, _("Published the changes."))
    messages.success(request, publishing.with_link(_("The changes are published."), Post.objects.get(pk=post.pk)))
    return _to_form(post)


def _page(request: HttpRequest, template: str, post: Post, **context) -> HttpResponse:
    differences = history.pending_differences(post, request.user)
    return history.post_response(request, template, post, differences=differences, **context)


def _version(request: HttpRequest, name: str) -> int:
    sent = request.POST.get(name, "")
    return int(sent) if is_key(sent) else 0


def _nothing_waits(request: HttpRequest, post: Post) -> HttpResponse:
    messages.info(request, _("This post has no unpublished changes any more."))
    return _to_form(post)


def _to_form(post: Post) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:posts_post_change", args=[post.pk]))
