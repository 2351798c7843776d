"""Writing at the desk: drafts that keep themselves, a live preview, and forms that are never saved twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, path, resolve, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from apps.core import text_diffs
from apps.core.admin.lost_forms import Kept, show_again
from apps.editor import autosaves
from apps.posts import services
from apps.posts.models import Post
from apps.site import languages
from apps.site.models import current

logger = logging.getLogger(__name__)

SCRIPTS = "text tables toolbar preview uploads drafts session autosave saving offer merge editor".split()
SAVED = "desk_saved"
"""The cookie that names the pages whose form was saved: their drafts in the browser can go."""
SAVED_MOST = 10
EDITOR = forms.Media(
    js=[forms.Script(f"editor/{name}.js", defer=True) for name in SCRIPTS], css={"all": ("editor/editor.css",)}
)
"""The editor: a script for each concern, in the order in which they are needed, and its styles."""
PREVIEWED = ("kind", "title", "summary", "body", "language")


class Refused(Exception):
    """Something is wrong with a request of the editor's scripts. Says what, for people."""

    def __init__(self, detail: str, status: int = 400) -> None:
        self.detail, self.status = detail, status
        super().__init__(detail)


def _for_scripts(view: Callable[..., dict[str, Any]]) -> Callable[..., HttpResponse]:
    """Make a view of what answers the editor's scripts: JSON, whatever happens; 401 and no login page."""

    @wraps(view)
    def answer(self, request: HttpRequest) -> HttpResponse:
        response = HttpResponseNotAllowed(["POST"]) if request.method != "POST" else _answer(view, self, request)
        add_never_cache_headers(response)
        return response

    return answer


def _answer(view: Callable[..., dict[str, Any]], self, request: HttpRequest) -> HttpResponse:
    try:
        _check_who(self, request)
        return JsonResponse(view(self, request))
    except Refused as refused:
        return JsonResponse({"detail": refused.detail}, status=refused.status)
    except PermissionDenied:
        return JsonResponse({"detail": _("You may not do this.")}, status=403)
    except DatabaseError:
        logger.exception("The database did not take what the editor's scripts asked.")
        return JsonResponse({"detail": _("The database does not answer.")}, status=503)


def _check_who(self, request: HttpRequest) -> None:
    """Refuse who is not logged in, and who is not the one that the form was made for."""
    if not self.admin_site.has_permission(request):
        raise Refused(_("You are not logged in any more."), 401)
    if request.POST.get("draft_of", str(request.user.pk)) != str(request.user.pk):
        raise Refused(_("This browser is logged in as %s by now.") % request.user, 401)


class Writing:
    """What a ModelAdmin of posts needs for its form to be a place to write in."""

    # Addresses

    def get_urls(self) -> list:
        """Add what the editor's scripts ask."""
        views = {"autosave": self.autosave, "difference": self.difference, "render": self.render_text}
        routes = [path(f"{name}/", view, name=f"posts_post_{name}") for name, view in views.items()]
        return [*routes, path("session/", self.session, name="posts_post_session"), *super().get_urls()]

    # Drafts

    @_for_scripts
    def autosave(self, request: HttpRequest) -> dict[str, Any]:
        """Keep a form; tell when it was kept, and what else happens to the post."""
        post, key = self._of_form(request)
        try:
            kept = autosaves.keep(request.user, key, post, request.POST)
        except autosaves.TooLong as error:
            raise Refused(str(error), 413) from None
        except autosaves.AlreadySaved as error:
            note = _("“%s” was saved from this form already. Saving again shows you both texts.")
            raise Refused(note % error.post, 409) from None
        answer = {"at": kept.at.isoformat(), "other_tab": kept.other_tab and kept.other_tab.isoformat()}
        return answer | (self._meanwhile(request, post) if post else {})

    def _meanwhile(self, request: HttpRequest, post: Post) -> dict[str, Any]:
        others = [str(row.user) for row in autosaves.of_post(request.user, post)[1]]
        if request.POST.get("version") == str(post.version):
            return {"others": others}
        newest = self.last_change(post)["last_change"]
        who = str(newest.history_user) if newest and newest.history_user else _("Somebody")
        return {"others": others, "newer": {"version": post.version, "by": who}}

    @_for_scripts
    def difference(self, request: HttpRequest) -> dict[str, Any]:
        """Tell how a form that the browser has kept differs from what is stored."""
        post, key = self._of_form(request)
        post = post or self._made_from(request, key)
        differences = self.unsaved(request, post, request.POST)
        shown = render_to_string("editor/differences.html", {"differences": differences})
        return {"is_same": not differences, "html": shown}

    def unsaved(self, request: HttpRequest, post: Post | None, fields: QueryDict) -> list[text_diffs.Difference]:
        """Compare a draft with what is stored, or with an empty form."""
        stored = self.stored(request, post.pk) if post else None
        form_class = self.get_form(request, stored, change=bool(post))
        initial = {} if post else self.get_changeform_initial_data(request)
        form = form_class(fields, instance=self.stored(request, post.pk) if post else None)
        form.is_valid()
        found = self.differences(form, form_class(instance=stored, initial=initial))
        return [one for one in found if not form.is_filled_in(one.name)]

    def _of_form(self, request: HttpRequest) -> tuple[Post | None, str]:
        """Return the post that a form is of (none yet, of a new one) and the form's key."""
        key = request.POST.get("draft_key", "")
        if not autosaves.is_key(key):
            raise Refused(_("This form has no key. Open it again."))
        kind, pk = key.split(":")
        if kind == "new":
            if not self.has_add_permission(request):
                raise PermissionDenied
            return None, key
        post = self.get_queryset(request).filter(pk=pk).only("version", "trashed_at").first()
        if post is None or not self.has_change_permission(request, post):
            raise Refused(_("This post is not there any more, or not yours to change."), 404)
        return post, key

    # The preview

    @_for_scripts
    def render_text(self, request: HttpRequest) -> dict[str, Any]:
        """Render what is typed as it will be published, and count its words."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        post = Post(**{name: request.POST[name] for name in PREVIEWED if name in request.POST})
        try:
            post.clean_fields(exclude={field.name for field in Post._meta.fields} - {"body", "language"})
            services.render_post(post)
        except ValidationError as error:
            raise Refused(" ".join(error.messages), 422) from None
        with languages.speaking(post.language, current()):
            page = render(request, "editor/preview.html", {"post": post}).content.decode()
        return {"html": page, "words": post.word_count, "minutes": post.reading_minutes}

    # The session

    @staticmethod
    @never_cache
    def session(request: HttpRequest) -> HttpResponse:
        """Say who is logged in, if anybody is, and what token a form of theirs needs."""
        user = request.user.pk if request.user.is_active and request.user.is_staff else None
        return JsonResponse({"user": user, "csrf": get_token(request)})

    # The form

    def changeform_view(self, request: HttpRequest, object_id=None, form_url: str = "", extra_context=None):
        """Show or save a post; take over or discard the draft that was offered; save no form twice."""
        sent = request.POST if request.method == "POST" else {}
        key = sent.get("draft_key", "")
        if "_discard" in sent:
            autosaves.discard(request.user, key, sent["_discard"])
            return HttpResponseRedirect(request.get_full_path())
        if "_take" in sent:
            note = _("This is the newer text. It is not saved yet: look through it and press Save.")
            return show_again(request, request.resolver_match, Kept(request.POST, note))
        if sent and object_id is None and (made := self._made_from(request, key)):
            return self._made_already(request, made)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        written = getattr(request, "written_post", None)
        if written is not None and autosaves.is_key(key):
            autosaves.mark_saved(request.user, key, written, request.POST)
            _say_saved(request, response)
        return response

    def save_model(self, request: HttpRequest, obj: Post, form, change: bool) -> None:
        """Save, and remember that it was."""
        super().save_model(request, obj, form, change)
        request.written_post = obj

    def _made_from(self, request: HttpRequest, key: str) -> Post | None:
        """Return the post that the form of a new post was saved as, while its editor can change it."""
        made = autosaves.made_from(request.user, key)
        is_there = made and not made.trashed_at and self.get_queryset(request).filter(pk=made.pk).exists()
        return made if is_there else None

    def _made_already(self, request: HttpRequest, post: Post) -> HttpResponse:
        """Answer the form of a new post that was sent before: it is a post by now, and not to be made twice."""
        address = _change_url(post)
        if not self.unsaved(request, post, request.POST):
            messages.success(request, _("“%s” was saved when the form was first sent.") % post)
            return _say_saved(request, HttpResponseRedirect(address))
        fields = request.POST.copy()
        fields["draft_key"] = autosaves.key_of(post)
        note = _("This post was saved when the form was first sent. What you have changed since is below.")
        return show_again(request, resolve(address), Kept(fields, note), form_url=address)

    def render_change_form(self, request: HttpRequest, context, *args, obj: Post | None = None, **kwargs):
        """Add what the editor needs to know, where the form can be written in."""
        if obj is None or self.has_change_permission(request, obj):
            context["writing"] = self._writing(request, obj, is_bound=context["adminform"].form.is_bound)
            context["media"] += EDITOR
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def _writing(self, request: HttpRequest, post: Post | None, *, is_bound: bool) -> dict[str, Any]:
        sent = request.kept.fields if hasattr(request, "kept") else request.POST
        key = autosaves.key_of(post)
        if post is None and autosaves.is_key(sent.get("draft_key", "")):
            key = sent["draft_key"]
        own, others = autosaves.of_post(request.user, post) if post else (None, [])
        if post is None and not is_bound:
            own = autosaves.of_new_posts(request.user, but=key)
        return {
            "key": key,
            "is_bound": is_bound,
            # Whose text this form has: the page's own draft takes its place.
            "taken": sent.get("_take") or autosaves.tab_of(sent),
            "others": [(row.user, localtime(row.saved_at)) for row in others],
            "offer": self._offer(request, post, own) if own and not is_bound else None,
            "words": post.word_count if post else 0,
            "minutes": post.reading_minutes if post else 0,
            "upload_url": _upload_url(),
        }

    def _offer(self, request: HttpRequest, post: Post | None, own: autosaves.Autosave) -> dict[str, Any] | None:
        fields = autosaves.unpack(own.text)
        differences = self.unsaved(request, post, fields)
        if not differences:
            return None
        pairs = [(name, value) for name, values in fields.lists() for value in values]
        return {"row": own, "at": own.saved_at.isoformat(), "fields": pairs, "differences": differences}


def _change_url(post: Post) -> str:
    return reverse("admin:posts_post_change", args=[post.pk])


def _upload_url() -> str:
    try:
        return reverse("admin:media_image_upload")
    except NoReverseMatch:
        return ""


def _say_saved(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Tell the browser which page's form was saved, beside those that it was told of and has not read yet."""
    if tab := autosaves.tab_of(request.POST):
        told = [*request.COOKIES.get(SAVED, "").split("."), tab][-SAVED_MOST:]
        value = ".".join(filter(None, told))
        response.set_cookie(
            SAVED,
            value,
            max_age=30 * 24 * 3600,
            path=reverse("admin:index"),
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response
