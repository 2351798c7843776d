"""The endpoints of the editor's scripts: automatic drafts, differences, the live preview and the session.

Errors are JSON too: a user who is not logged in any more gets a 401 instead of the login page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from apps.core import heavy_work
from apps.editor import autosaves
from apps.editor.admin import automatic, drafts
from apps.editor.post_mails import name_of
from apps.posts import services
from apps.posts.checklist import check_html
from apps.posts.models import PendingVersion, Post
from apps.site import languages
from apps.site.models import current
from blog_project import addresses

from .access import check_permission, post_admin

logger = logging.getLogger(__name__)

PREVIEW_FIELDS = ("kind", "title", "summary", "body", "language")


class Refused(Exception):
    """A request of the editor's scripts is refused with a status; `detail` is for the user."""

    def __init__(self, detail: str, status: int = 400) -> None:
        self.detail, self.status = detail, status
        super().__init__(detail)


def json_view(view: Callable[[HttpRequest], dict[str, Any]]) -> Callable[[HttpRequest], HttpResponse]:
    """Make a view of a function that returns JSON data: POST only, with errors as JSON and no caching."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        response = HttpResponseNotAllowed(["POST"]) if request.method != "POST" else _respond(view, request)
        add_never_cache_headers(response)
        return response

    return wrapper


def _respond(view: Callable[[HttpRequest], dict[str, Any]], request: HttpRequest) -> HttpResponse:
    try:
        _check_user(request)
        return JsonResponse(view(request))
    except Refused as refused:
        return JsonResponse({"detail": refused.detail}, status=refused.status)
    except PermissionDenied:
        return JsonResponse({"detail": _("You may not do this.")}, status=403)
    except heavy_work.Busy as busy:
        return JsonResponse({"detail": str(busy)}, status=429, headers={"Retry-After": heavy_work.RETRY_AFTER})
    except DatabaseError:
        logger.exception("The database failed during a request of the editor's scripts.")
        return JsonResponse({"detail": _("The database does not answer.")}, status=503)


def _check_user(request: HttpRequest) -> None:
    """Refuse a user who is not logged in, or who is not the user for whom the form was made."""
    if not admin.site.has_permission(request):
        raise Refused(_("You are not logged in any more."), 401)
    if request.POST.get("draft_of", str(request.user.pk)) != str(request.user.pk):
        raise Refused(_("This browser is logged in as %s by now.") % request.user, 401)


@json_view
def autosave(request: HttpRequest) -> dict[str, Any]:
    """Save a form automatically; return when, what the post is now, who else edits it and whether it was saved since."""
    post, key = _post_and_key(request)
    try:
        saved = automatic.save(post_admin(), request, post, key)
    except autosaves.TooLong as error:
        raise Refused(str(error), 413) from None
    except autosaves.AlreadySaved as error:
        if not Post.objects.known_to(request.user).filter(pk=error.post.pk).exists():
            raise Refused(_("This form was saved already."), 409) from None
        note = _("“%s” was saved from this form already. Saving again shows you both texts.")
        raise Refused(note % error.post, 409) from None
    result = saved.result
    data = {"at": result.at.isoformat(), "other_tab": result.other_tab and result.other_tab.isoformat()}
    if saved.is_removed:
        return data | {"form": _new_form()}
    if saved.post:
        return data | {"form": _form_of(saved.post), "is_whole": saved.is_whole, "others": _others(request, saved.post)}
    return data | (_concurrent_edits(request, post) if post else {})


def _form_of(post: Post) -> dict[str, Any]:
    """Return what a page that has become the form of this draft has to know."""
    return {
        "key": autosaves.form_key(post),
        "url": reverse("admin:posts_post_change", args=[post.pk]),
        "version": post.version,
        "slug": post.slug,
        "preview": addresses.preview(post.pk),
    }


def _new_form() -> dict[str, Any]:
    """Return the same for a page that has become the form of a new post again."""
    return {"key": autosaves.form_key(None), "url": reverse("admin:posts_post_add"), "version": None, "slug": ""}


def _others(request: HttpRequest, post: Post) -> list[str]:
    return [name_of(row.user) for row in autosaves.of_post(request.user, post)[1]]


def _concurrent_edits(request: HttpRequest, post: Post) -> dict[str, Any]:
    others = _others(request, post)
    if request.POST.get("version") == str(post.version):
        return {"others": others, "pending": _other_pending(request, post)}
    newest = post_admin().last_change(post)["last_change"]
    user = newest and newest.history_user
    who = name_of(user) if user else _("Somebody")
    return {"others": others, "newer": {"version": post.version, "by": who, "is_own": user == request.user}}


@json_view
def presence(request: HttpRequest) -> dict[str, Any]:
    """Return who else edits a post; with `left`, record that this page was closed."""
    post, key = _post_and_key(request)
    if "left" in request.POST:
        autosaves.leave(request.user, key, autosaves.tab_id(request.POST))
        return {}
    return {"others": _others(request, post) if post else []}


def _other_pending(request: HttpRequest, post: Post) -> str:
    """Return in words that what waits is not what the form was made from, or ""."""
    row = PendingVersion.objects.waiting().filter(post=post).values("version", "written_by__username").first()
    if request.POST.get("pending_version", "0") == str(row["version"] if row else 0):
        return ""
    if row is None:
        return _("The unpublished changes were discarded since you opened this form.")
    who = row["written_by__username"] or _("Somebody")
    note = _("%s has kept changes for later since you opened this form. Saving shows you both texts.")
    return note % who


@json_view
def difference(request: HttpRequest) -> dict[str, Any]:
    """Return how a draft that the browser has stored differs from the stored post."""
    post, key = _post_and_key(request)
    post = post or drafts.post_created_from(post_admin(), request, key)
    with heavy_work.take(request.user.pk):
        differences = drafts.unsaved_differences(post_admin(), request, post, request.POST)
    html = render_to_string("editor/differences.html", {"differences": differences})
    return {"is_same": not differences, "html": html}


def _post_and_key(request: HttpRequest) -> tuple[Post | None, str]:
    """Return the post that a form edits (None for a new post) and the key of the form."""
    key = request.POST.get("draft_key", "")
    if not autosaves.is_form_key(key):
        raise Refused(_("This page is out of date. Open it again."))
    kind, pk = key.split(":")
    posts = post_admin()
    if kind == "new":
        check_permission(request, ("add",))
        return None, key
    post = posts.get_queryset(request).filter(pk=pk).only("version", "trashed_at", "status").first()
    if post is None or not posts.has_change_permission(request, post):
        raise Refused(_("This post is not there any more, or not yours to change."), 404)
    return post, key


@json_view
def render_text(request: HttpRequest) -> dict[str, Any]:
    """Render the submitted text as it will be published, count its words, and say what of its HTML is left out."""
    check_permission(request, ("change", "add"))
    post = Post(**{name: request.POST[name] for name in PREVIEW_FIELDS if name in request.POST})
    if "language" in request.POST:  # The form has the box too, and sends it only if it is ticked.
        post.typography = "typography" in request.POST
    try:
        post.clean_fields(exclude={field.name for field in Post._meta.fields} - {"body", "language"})
        services.render_post(post, by=request.user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), 422) from None
    with languages.activated(post.language, current()):
        page = render(request, "editor/preview.html", {"post": post}).content.decode()
    left_out = " ".join(warning.text for warning in check_html(post.body))
    return {"html": page, "words": post.word_count, "minutes": post.reading_minutes, "left_out": left_out}


@never_cache
def session(request: HttpRequest) -> HttpResponse:
    """Return the key of the logged-in user (or null) and a CSRF token for their forms."""
    user = request.user.pk if request.user.is_active and request.user.is_staff else None
    return JsonResponse({"user": user, "csrf": get_token(request)})
