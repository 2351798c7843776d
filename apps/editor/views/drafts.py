"""What the editor's scripts ask while somebody writes: drafts that are saved automatically, differences, the live preview.

The answers are JSON, whatever happens: 401 and no login page for whoever is not logged in any more.
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
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from apps.editor import autosaves
from apps.editor.admin import drafts
from apps.posts import services
from apps.posts.models import Post
from apps.site import languages
from apps.site.models import current

from .access import check, post_admin

logger = logging.getLogger(__name__)

PREVIEWED = ("kind", "title", "summary", "body", "language")


class Refused(Exception):
    """Something is wrong with a request of the editor's scripts. Says what, for people."""

    def __init__(self, detail: str, status: int = 400) -> None:
        self.detail, self.status = detail, status
        super().__init__(detail)


def _for_scripts(view: Callable[[HttpRequest], dict[str, Any]]) -> Callable[[HttpRequest], HttpResponse]:
    """Make a view of what answers the editor's scripts."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        response = HttpResponseNotAllowed(["POST"]) if request.method != "POST" else _answer(view, request)
        add_never_cache_headers(response)
        return response

    return answer


def _answer(view: Callable[[HttpRequest], dict[str, Any]], request: HttpRequest) -> HttpResponse:
    try:
        _check_who(request)
        return JsonResponse(view(request))
    except Refused as refused:
        return JsonResponse({"detail": refused.detail}, status=refused.status)
    except PermissionDenied:
        return JsonResponse({"detail": _("You may not do this.")}, status=403)
    except DatabaseError:
        logger.exception("The database did not take what the editor's scripts asked.")
        return JsonResponse({"detail": _("The database does not answer.")}, status=503)


def _check_who(request: HttpRequest) -> None:
    """Refuse who is not logged in, and who is not the one that the form was made for."""
    if not admin.site.has_permission(request):
        raise Refused(_("You are not logged in any more."), 401)
    if request.POST.get("draft_of", str(request.user.pk)) != str(request.user.pk):
        raise Refused(_("This browser is logged in as %s by now.") % request.user, 401)


@_for_scripts
def autosave(request: HttpRequest) -> dict[str, Any]:
    """Keep a form; tell when it was kept, and what else happens to the post."""
    post, key = _of_form(request)
    try:
        kept = autosaves.keep(request.user, key, post, request.POST)
    except autosaves.TooLong as error:
        raise Refused(str(error), 413) from None
    except autosaves.AlreadySaved as error:
        note = _("“%s” was saved from this form already. Saving again shows you both texts.")
        raise Refused(note % error.post, 409) from None
    answer = {"at": kept.at.isoformat(), "other_tab": kept.other_tab and kept.other_tab.isoformat()}
    return answer | (_meanwhile(request, post) if post else {})


def _meanwhile(request: HttpRequest, post: Post) -> dict[str, Any]:
    others = [str(row.user) for row in autosaves.of_post(request.user, post)[1]]
    if request.POST.get("version") == str(post.version):
        return {"others": others}
    newest = post_admin().last_change(post)["last_change"]
    who = str(newest.history_user) if newest and newest.history_user else _("Somebody")
    return {"others": others, "newer": {"version": post.version, "by": who}}


@_for_scripts
def difference(request: HttpRequest) -> dict[str, Any]:
    """Tell how a form that the browser has kept differs from what is stored."""
    post, key = _of_form(request)
    post = post or drafts.made_from(post_admin(), request, key)
    differences = drafts.unsaved(post_admin(), request, post, request.POST)
    shown = render_to_string("editor/differences.html", {"differences": differences})
    return {"is_same": not differences, "html": shown}


def _of_form(request: HttpRequest) -> tuple[Post | None, str]:
    """Return the post that a form is of (none yet, of a new one) and the form's key."""
    key = request.POST.get("draft_key", "")
    if not autosaves.is_key(key):
        raise Refused(_("This form has no key. Open it again."))
    kind, pk = key.split(":")
    posts = post_admin()
    if kind == "new":
        check(request, ("add",))
        return None, key
    post = posts.get_queryset(request).filter(pk=pk).only("version", "trashed_at").first()
    if post is None or not posts.has_change_permission(request, post):
        raise Refused(_("This post is not there any more, or not yours to change."), 404)
    return post, key


@_for_scripts
def render_text(request: HttpRequest) -> dict[str, Any]:
    """Render what is typed as it will be published, and count its words."""
    check(request, ("change", "add"))
    post = Post(**{name: request.POST[name] for name in PREVIEWED if name in request.POST})
    try:
        post.clean_fields(exclude={field.name for field in Post._meta.fields} - {"body", "language"})
        services.render_post(post)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), 422) from None
    with languages.speaking(post.language, current()):
        page = render(request, "editor/preview.html", {"post": post}).content.decode()
    return {"html": page, "words": post.word_count, "minutes": post.reading_minutes}


@never_cache
def session(request: HttpRequest) -> HttpResponse:
    """Say who is logged in, if anybody is, and what token a form of theirs needs."""
    user = request.user.pk if request.user.is_active and request.user.is_staff else None
    return JsonResponse({"user": user, "csrf": get_token(request)})
