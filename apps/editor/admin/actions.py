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

from apps.editor import reviews
from apps.editor.views.undo import undone_by, with_undo
from apps.posts import links, services
from apps.posts.models import Post, Tag

from . import choosers
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
            skipped.append(f"“{title}”: " + _("it was changed meanwhile."))
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
FEATURED = ngettext_lazy("%(count)s post is featured now.", "%(count)s posts are featured now.", "count")
UNFEATURED = ngettext_lazy("%(count)s post is no longer featured.", "%(count)s posts are no longer featured.", "count")
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
        reviews.published(post, by=request.user)
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


@admin.action(permissions=["change"], description=gettext_lazy("Feature"))
def feature(model_admin, request: HttpRequest, queryset: QuerySet) -> None:
    """Feature posts: the newest of them is the first one of the front page."""

    def change(post: Post) -> str:
        _refuse_trashed(post)
        if post.is_featured:
            raise Skipped(_("it is featured already."))
        set_featured(post, is_featured=True, by=request.user)
        return "done"

    _for_each(model_admin, request, queryset, change, {"done": FEATURED}, _("Featured."), undo=undone_by("unfeature"))


@admin.action(permissions=["change"], description=gettext_lazy("Do not feature any more"))
def unfeature(model_admin, request: HttpRequest, queryset: QuerySet) -> None:
    """Make posts ordinary ones again."""

    def change(post: Post) -> str:
        _refuse_trashed(post)
        if not post.is_featured:
            raise Skipped(_("it is not featured."))
        set_featured(post, is_featured=False, by=request.user)
        return "done"

    done = {"done": UNFEATURED}
    _for_each(model_admin, request, queryset, change, done, _("No longer featured."), undo=undone_by("feature"))


def set_featured(post: Post, *, is_featured: bool, by) -> None:
    """Feature a post, or no longer. Raises the same exceptions as `services.update_post`."""
    reason = "featured" if is_featured else "no longer featured"
    services.update_post(post, by=by, expected_version=post.version, is_featured=is_featured, reason=reason)


@admin.action(permissions=["delete"], description=gettext_lazy("Move to the trash"))
def trash(model_admin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """Move posts to the trash; if other posts link to them, after a page that names these."""

    def change(post: Post) -> str:
        if post.trashed_at:
            raise Skipped(_("it is in the trash already."))
        services.trash_post(post, by=request.user, expected_version=post.version)
        return "done"

    posts = list(queryset.only("title", "slug", "trashed_at")[: MAX_POSTS + 1])
    linking = {} if "confirmed" in request.POST else links.posts_linking_to_any(posts, user=request.user)
    if linking and len(posts) <= MAX_POSTS:
        context = {
            **model_admin.admin_site.each_context(request),
            "title": _("Move to the trash?"),
            "opts": model_admin.opts,
            "posts": [(post, linking.get(post.slug, [])) for post in posts],
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "list_url": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/posts/post/trash_several.html", context)
    _for_each(model_admin, request, queryset, change, {"done": TRASHED}, _("Moved to the trash."), undo=with_undo)
    return None


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


@admin.action(permissions=["change"], description=gettext_lazy("Add tags"))
def tag(model_admin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """Add the chosen tags to the posts; ask for them if none is chosen."""
    return _change_tags(model_admin, request, queryset, "tag")


@admin.action(permissions=["change"], description=gettext_lazy("Remove tags"))
def untag(model_admin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """Take the chosen tags from the posts; ask for them if none is chosen."""
    return _change_tags(model_admin, request, queryset, "untag")


def _change_tags(model_admin, request: HttpRequest, queryset: QuerySet, action: str) -> HttpResponse | None:
    is_asked = "tag_list" in request.POST or "tag_list_by_name" in request.POST
    form = TagForm(request.user, request.POST if is_asked else None)
    if not form.is_valid():
        return _ask_for_tags(model_admin, request, queryset, form)
    adds = action == "tag"
    chosen = form.cleaned_data["tag_list"]
    chosen = choosers.save_new(chosen, by=request.user) if adds else [each for each in chosen if each.pk]
    names = ", ".join(map(str, chosen))

    def change(post: Post) -> str:
        _refuse_trashed(post)
        tags = list(post.tags.all())
        changed = [*tags, *(each for each in chosen if each not in tags)] if adds else _without(tags, chosen)
        if changed == tags:
            raise Skipped(_("it has these tags already.") if adds else _("it has none of these tags."))
        reason = f"tags {'added' if adds else 'removed'}: {names}"[:100]
        services.update_post(post, by=request.user, expected_version=post.version, tags=changed, reason=reason)
        return "done"

    logged = _("Added the tags: %s.") if adds else _("Removed the tags: %s.")
    undo = undone_by("untag" if adds else "tag", tag_list=[str(each.pk) for each in chosen])
    _for_each(model_admin, request, queryset, change, {"done": TAGGED if adds else UNTAGGED}, logged % names, undo=undo)
    return None


def _without(tags: list[Tag], removed: list[Tag]) -> list[Tag]:
    return [each for each in tags if each not in removed]


def _ask_for_tags(model_admin, request: HttpRequest, queryset: QuerySet, form: TagForm) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Add or remove tags"),
        "opts": model_admin.opts,
        "form": form,
        "media": model_admin.media + form.media,
        "posts": queryset.only("title", "slug", "trashed_at")[:MAX_POSTS],
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "list_url": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/posts/post/tag_several.html", context)


def _refuse_trashed(post: Post) -> None:
    if post.trashed_at:
        raise Skipped(_("it is in the trash. Restore it first."))
