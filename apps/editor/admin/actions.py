"""Admin actions on several posts. Each post is changed through its service, so each change is a version."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from apps.editor.views.undo import undone_by, with_undo
from apps.posts import services
from apps.posts.models import Post

from .forms import TagForm

MAX_POSTS = 200
"""Posts that one action changes at most; a page of the list has fewer."""
MAX_REASONS = 10


Undo = Callable[[HttpRequest, str, list[int]], str]


class Skipped(Exception):
    """Raised for a post that an action leaves unchanged; the message is the reason."""


def _for_each(
    model_admin,
    request: HttpRequest,
    queryset: QuerySet,
    change: Callable[[Post], str],
    done: dict[str, str],
    logged: str = "",
    *,
    undo: Undo | None = None,
) -> None:
    """Change each post and log it; report the number of posts per outcome (returned by `change`) and those skipped.

    `done` has the message of each outcome, with `count`; `undo` returns it with a button that undoes the action.
    """
    changed: dict[str, list[int]] = {}
    skipped: list[str] = []
    posts = list(queryset[: MAX_POSTS + 1])
    if len(posts) > MAX_POSTS:
        messages.error(
            request, _("At most %(most)s posts can be changed at once. Nothing was changed.") % {"most": MAX_POSTS}
        )
        return
    for post in posts:
        title, pk = post.title, post.pk
        try:
            outcome = change(post)
            post.pk = pk  # Deleting a post sets its key to None.
            _log(model_admin, request, post, logged)
            changed.setdefault(outcome, []).append(pk)
        except Skipped as reason:
            skipped.append(f"“{title}”: {reason}")
        except services.StaleVersion:
            skipped.append(f"“{title}”: " + _("somebody else changed it just now."))
        except ValidationError as error:
            skipped.append(f"“{title}”: {' '.join(error.messages)}")
        except DatabaseError as error:
            skipped.append(f"“{title}”: " + _("the database reported an error (%s).") % type(error).__name__)
    for outcome, keys in changed.items():
        text = done[outcome] % {"count": len(keys)}
        messages.success(request, undo(request, text, keys) if undo else text)
    _report_skipped(request, skipped)


def _log(model_admin, request: HttpRequest, post: Post, logged: str) -> None:
    if logged:
        model_admin.log_change(request, post, logged)
    else:
        model_admin.log_deletions(request, [post])


def _report_skipped(request: HttpRequest, skipped: list[str]) -> None:
    if not skipped:
        return
    count = len(skipped)
    head = ngettext("%(count)s post was not changed.", "%(count)s posts were not changed.", count) % {"count": count}
    rest = [_("And %(count)s more.") % {"count": count - MAX_REASONS}] if count > MAX_REASONS else []
    messages.warning(request, " ".join([head, *skipped[:MAX_REASONS], *rest]))


PUBLISHED = ngettext_lazy("%(count)s post was published.", "%(count)s posts were published.", "count")
SCHEDULED = ngettext_lazy(
    "%(count)s post will appear at its date.", "%(count)s posts will appear at their dates.", "count"
)
UNPUBLISHED = ngettext_lazy("%(count)s post is a draft again.", "%(count)s posts are drafts again.", "count")
TRASHED = ngettext_lazy("%(count)s post was moved to the trash.", "%(count)s posts were moved to the trash.", "count")
TAGGED = ngettext_lazy("%(count)s post was tagged.", "%(count)s posts were tagged.", "count")
UNTAGGED = ngettext_lazy("A tag was taken from %(count)s post.", "A tag was taken from %(count)s posts.", "count")
RESTORED = ngettext_lazy("%(count)s post was restored.", "%(count)s posts were restored.", "count")
PURGED = ngettext_lazy("%(count)s post was deleted for good.", "%(count)s posts were deleted for good.", "count")


@admin.action(permissions=["change"], description=gettext_lazy("Publish"))
def publish(model_admin, request: HttpRequest, queryset: QuerySet) -> None:
    """Publish drafts: at their date if they have one, else now."""

    def change(post: Post) -> str:
        _refuse_trashed(post)
        if post.status == Post.Status.PUBLISHED:
            raise Skipped(_("it is scheduled already.") if post.is_scheduled else _("it is published already."))
        services.update_post(
            post,
            by=request.user,
            expected_version=post.version,
            status=Post.Status.PUBLISHED,
            published_at=post.published_at or timezone.now(),
            reason="published",
        )
        return "scheduled" if post.is_scheduled else "published"

    _for_each(
        model_admin,
        request,
        queryset,
        change,
        {"published": PUBLISHED, "scheduled": SCHEDULED},
        _("Published."),
        undo=undone_by("unpublish"),
    )


@admin.action(permissions=["change"], description=gettext_lazy("Unpublish"))
def unpublish(model_admin, request: HttpRequest, queryset: QuerySet) -> None:
    """Turn published and scheduled posts into drafts; they keep their date."""

    def change(post: Post) -> str:
        _refuse_trashed(post)
        if post.status == Post.Status.DRAFT:
            raise Skipped(_("it is a draft already."))
        services.update_post(
            post, by=request.user, expected_version=post.version, status=Post.Status.DRAFT, reason="unpublished"
        )
        return "done"

    _for_each(
        model_admin, request, queryset, change, {"done": UNPUBLISHED}, _("Unpublished."), undo=undone_by("publish")
    )


@admin.action(permissions=["delete"], description=gettext_lazy("Move to the trash"))
def trash(model_admin, request: HttpRequest, queryset: QuerySet) -> None:
    """Move posts to the trash."""

    def change(post: Post) -> str:
        if post.trashed_at:
            raise Skipped(_("it is in the trash already."))
        services.trash_post(post, by=request.user, expected_version=post.version)
        return "done"

    _for_each(model_admin, request, queryset, change, {"done": TRASHED}, _("Moved to the trash."), undo=with_undo)


@admin.action(permissions=["delete"], description=gettext_lazy("Restore"))
def restore(model_admin, request: HttpRequest, queryset: QuerySet) -> None:
    """Restore posts from the trash."""

    def change(post: Post) -> str:
        if not post.trashed_at:
            raise Skipped(_("it is not in the trash."))
        services.restore_post(post, by=request.user, expected_version=post.version)
        return "done"

    _for_each(
        model_admin,
        request,
        queryset,
        change,
        {"done": RESTORED},
        _("Restored from the trash."),
        undo=undone_by("trash"),
    )


@admin.action(permissions=["delete"], description=gettext_lazy("Delete for good"))
def purge(model_admin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """Delete trashed posts permanently, after a confirmation page."""

    def change(post: Post) -> str:
        if not post.trashed_at:
            raise Skipped(_("it is not in the trash."))
        services.purge_post(post, by=request.user)
        return "done"

    if "confirmed" in request.POST:
        _for_each(model_admin, request, queryset, change, {"done": PURGED})
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Delete for good?"),
        "opts": model_admin.opts,
        "posts": queryset.only("title", "slug", "trashed_at")[:MAX_POSTS],
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "list_url": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/posts/post/purge_confirmation.html", context)


@admin.action(permissions=["change"], description=gettext_lazy("Add or remove a tag"))
def tag(model_admin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """Ask for a tag, then add it to the posts or remove it from them."""
    form = TagForm(request.POST if "tag" in request.POST else None)
    if not form.is_valid():
        context = {
            **model_admin.admin_site.each_context(request),
            "title": _("Add or remove a tag"),
            "opts": model_admin.opts,
            "form": form,
            "media": model_admin.media + form.media,
            "posts": queryset.only("title", "slug", "trashed_at")[:MAX_POSTS],
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "list_url": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/posts/post/tag_several.html", context)
    chosen, add = form.cleaned_data["tag"], "remove" not in request.POST

    def change(post: Post) -> str:
        _refuse_trashed(post)
        tags = list(post.tags.all())
        if (chosen in tags) == add:
            raise Skipped(_("it has the tag already.") if add else _("it does not have the tag."))
        services.update_post(
            post,
            by=request.user,
            expected_version=post.version,
            tags=[*tags, chosen] if add else [other for other in tags if other != chosen],
            reason=f"tag {'added' if add else 'removed'}: {chosen}"[:100],
        )
        return "done"

    logged = _("Added the tag “%s”.") if add else _("Removed the tag “%s”.")
    done = TAGGED if add else UNTAGGED
    fields = {"tag": str(chosen.pk), "remove" if add else "add": "1"}
    _for_each(model_admin, request, queryset, change, {"done": done}, logged % chosen, undo=undone_by("tag", **fields))
    return None


def _refuse_trashed(post: Post) -> None:
    if post.trashed_at:
        raise Skipped(_("it is in the trash. Restore it first."))
