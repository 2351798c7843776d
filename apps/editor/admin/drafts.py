"""The form of a post as a place to write in: the draft that is offered, and a form that is never saved twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.core import text_diffs
from apps.core.admin.lost_forms import Kept, show_again
from apps.editor import autosaves
from apps.posts.models import Post

if TYPE_CHECKING:
    from .posts import PostAdmin

SCRIPTS = "text tables toolbar preview uploads drafts session autosave saving offer merge editor".split()
SAVED = "desk_saved"
"""The cookie that names the pages whose form was saved: their drafts in the browser can go."""
MAX_SAVED = 10
EDITOR = forms.Media(
    js=[forms.Script(f"editor/{name}.js", defer=True) for name in SCRIPTS], css={"all": ("editor/editor.css",)}
)
"""The editor: a script for each concern, in the order in which they are needed, and its styles."""


def unsaved(
    posts: PostAdmin, request: HttpRequest, post: Post | None, fields: QueryDict
) -> list[text_diffs.Difference]:
    """Compare a draft with what is stored, or with an empty form."""
    stored = posts.stored(request, post.pk) if post else None
    form_class = posts.get_form(request, stored, change=bool(post))
    initial = {} if post else posts.get_changeform_initial_data(request)
    form = form_class(fields, instance=posts.stored(request, post.pk) if post else None)
    form.is_valid()
    found = posts.differences(form, form_class(instance=stored, initial=initial))
    return [one for one in found if not form.is_filled_in(one.name)]


def made_from(posts: PostAdmin, request: HttpRequest, key: str) -> Post | None:
    """Return the post that the form of a new post was saved as, while its editor can change it."""
    made = autosaves.made_from(request.user, key)
    is_there = made and not made.trashed_at and posts.get_queryset(request).filter(pk=made.pk).exists()
    return made if is_there else None


def answered(posts: PostAdmin, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
    """Answer a form that is not to be saved: an offered draft is discarded or taken over, or the form was sent before."""
    sent = request.POST if request.method == "POST" else {}
    key = sent.get("draft_key", "")
    if "_discard" in sent:
        autosaves.discard(request.user, key, sent["_discard"])
        return HttpResponseRedirect(request.get_full_path())
    if "_take" in sent:
        note = _("This is the newer text. It is not saved yet: look through it and press Save.")
        return show_again(request, request.resolver_match, Kept(request.POST, note))
    if sent and object_id is None and (made := made_from(posts, request, key)):
        return _made_already(posts, request, made)
    return None


def _made_already(posts: PostAdmin, request: HttpRequest, post: Post) -> HttpResponse:
    """Answer the form of a new post that was sent before: it is a post by now, and not to be made twice."""
    address = _change_url(post)
    if not unsaved(posts, request, post, request.POST):
        messages.success(request, _("“%s” was saved when the form was first sent.") % post)
        return _say_saved(request, HttpResponseRedirect(address))
    fields = request.POST.copy()
    fields["draft_key"] = autosaves.key_of(post)
    note = _("This post was saved when the form was first sent. What you have changed since is below.")
    return show_again(request, resolve(address), Kept(fields, note), form_url=address)


def saved(request: HttpRequest, post: Post, response: HttpResponse) -> HttpResponse:
    """Forget the draft of a form that was saved as this post, here and (by a cookie) in the browser."""
    key = request.POST.get("draft_key", "")
    if autosaves.is_key(key):
        autosaves.mark_saved(request.user, key, post, request.POST)
        _say_saved(request, response)
    return response


def form_context(posts: PostAdmin, request: HttpRequest, post: Post | None, *, is_bound: bool) -> dict[str, Any]:
    """Return what the form's template and scripts need to know of drafts."""
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
        "offer": _offer(posts, request, post, own) if own and not is_bound else None,
        "words": post.word_count if post else 0,
        "minutes": post.reading_minutes if post else 0,
        "upload_url": _upload_url(),
    }


def _offer(posts: PostAdmin, request: HttpRequest, post: Post | None, own: autosaves.Autosave) -> dict[str, Any] | None:
    fields = autosaves.unpack(own.text)
    differences = unsaved(posts, request, post, fields)
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
        told = [*request.COOKIES.get(SAVED, "").split("."), tab][-MAX_SAVED:]
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
