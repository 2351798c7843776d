"""The pending version in the form of a post: keeping changes for later, publishing them, and what the page says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from apps.editor import reviews
from apps.editor.post_mails import Event
from apps.posts import services
from apps.posts.models import PendingVersion, Post

from . import publishing
from .datetimes import in_full

if TYPE_CHECKING:
    from .forms import PostForm
    from .posts import PostAdmin


def keep(stored: Post, form: PostForm, *, by) -> Post:
    """Keep the changes of a form for later, and write at once those that cannot wait. Return the post."""
    values = form.values(form.changed_at_once)
    services.keep_for_later(
        stored,
        by=by,
        expected_version=form.cleaned_data["version"],
        expected_pending=form.cleaned_data.get("pending_version") or 0,
        reason=values.pop("reason"),
        at_once=values,
        **form.waiting_values,
    )
    return Post.objects.get(pk=stored.pk)


def publish_form(stored: Post, form: PostForm, *, by) -> Post:
    """Publish what waits as the form has it. Return the post."""
    versions = {
        "expected_version": form.cleaned_data["version"],
        "expected_pending": form.cleaned_data["pending_version"],
    }
    return publish(stored, by=by, **versions, **form.values(form.changed))


def publish(stored: Post, *, by, **arguments: Any) -> Post:
    """Publish what waits (`services.publish_pending`), which ends a review of it. Return the post."""
    post = services.publish_pending(stored, by=by, **arguments)
    if post.is_public():
        reviews.end(post, Event.PUBLISHED, by=by)
    return post


def response_after_keeping(request: HttpRequest, post: Post) -> HttpResponse:
    """Say what waits by now, and return to the form."""
    row = PendingVersion.objects.filter(post=post.pk).only("due_at").first()
    if row and row.due_at:
        messages.success(request, _("Kept for later. Readers see it from this moment on: %s.") % in_full(row.due_at))
    elif row:
        messages.success(request, _("Kept for later. Readers see the post as before until you publish the changes."))
    else:
        messages.success(request, _("There is nothing to keep: readers see this already."))
    return HttpResponseRedirect(request.get_full_path())


def log_message(form: PostForm) -> str:
    """Return the entry of the log for a form that kept or published changes that wait, or "" for any other."""
    if form.button in publishing.KEEPING:
        return _("Kept changes for later.")
    is_published = form.pending and form.cleaned_data["status"] == Post.Status.PUBLISHED
    return _("Published the changes.") if is_published else ""


def form_context(posts: PostAdmin, request: HttpRequest, post: Post, form: PostForm) -> dict[str, Any]:
    """Return what the page of a form says of changes that wait, and the version of them that it was made from."""
    row = post.pending
    current = row.version if row else 0
    is_stale = getattr(form, "is_stale", False)
    made_from = form.cleaned_data.get("pending_version") or 0 if form.is_bound else current
    is_theirs = is_stale and made_from != current
    return {
        "row": row,
        "version": current if is_stale else made_from,
        "planned_for": row and row.due_at and in_full(row.due_at),
        "lifted_at": row and row.lifted_at and in_full(row.lifted_at),
        "may_keep": form.state == "published",
        "cannot_wait": bool(getattr(form, "cannot_wait", ())),
        "is_theirs": is_theirs,
        "overlap": [] if is_stale and not is_theirs else _overlap(posts, request, post, form),
    }


def readers_form(form: PostForm, stored: Post) -> PostForm:
    """Return an unbound form like `form` of what readers see: without the pending version."""

    class ReadersForm(getattr(type(form), "plain", type(form))):
        shows_pending = False

    return ReadersForm(instance=stored)


def _overlap(posts: PostAdmin, request: HttpRequest, post: Post, form: PostForm) -> list:
    """Return how what waits differs from the post, in the fields that somebody has changed in the post since."""
    if post.pending is None:
        return []
    stored = posts.stored(request, post.pk)  # The instance of a bound form has what was typed.
    names = stored.pending.overlap(stored)
    if not names:
        return []
    found = posts.differences(form, readers_form(form, stored))
    return [difference for difference in found if difference.name in names]
