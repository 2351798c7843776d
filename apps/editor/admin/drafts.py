"""Drafts in the form of a post: a stored draft is offered, and the same form is never saved twice."""

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
from apps.core.admin.forms import is_key
from apps.core.admin.lost_forms import UnsavedForm, show_again
from apps.editor import autosaves
from apps.posts.models import Post

if TYPE_CHECKING:
    from .posts import PostAdmin

SCRIPTS = [
    "accounts/passkeys.js",
    "media/focal.js",
    *(
        f"editor/{name}.js"
        for name in "dialogs text tables cells highlight insert find linking pictures toolbar pasting bar preview uploads drafts session stored autosave saving offer merge teamwork editor".split()
    ),
]
SAVED_COOKIE = "desk_saved"
"""Name of the cookie with the ids of pages whose form was saved: the browser deletes its drafts of them."""
MAX_SAVED_TABS = 10
EDITOR_MEDIA = forms.Media(
    js=[forms.Script(path, defer=True) for path in SCRIPTS],
    css={"all": ("editor/typefaces.css", "editor/editor.css", "editor/teamwork.css")},
)
"""The styles and scripts of the editor; the scripts are in the order in which they must run."""


def unsaved_differences(
    posts: PostAdmin, request: HttpRequest, post: Post | None, fields: QueryDict
) -> list[text_diffs.Difference]:
    """Compare a draft with the stored post, or with an empty form for a new post."""
    stored = posts.stored(request, post.pk) if post else None
    form_class = posts.get_form(request, stored, change=bool(post))
    initial = {} if post else posts.get_changeform_initial_data(request)
    form = form_class(fields, instance=posts.stored(request, post.pk) if post else None)
    form.is_valid()
    found = posts.differences(form, form_class(instance=stored, initial=initial))
    return [difference for difference in found if not form.is_defaulted(difference.name)]


def post_created_from(posts: PostAdmin, request: HttpRequest, key: str) -> Post | None:
    """Return the post that was created from the form of a new post, if the user can still change it."""
    created = autosaves.post_created_from(request.user, key)
    return created if created and posts.is_changeable(request, created) else None


def response_without_saving(posts: PostAdmin, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
    """Respond to a form that is not to be saved: a draft is discarded or taken over, or the form was sent before."""
    sent = request.POST if request.method == "POST" else {}
    key = sent.get("draft_key", "")
    if "_discard" in sent:
        autosaves.discard(request.user, key, sent["_discard"])
        return HttpResponseRedirect(request.get_full_path())
    if "_take" in sent:
        note = _("This is the newer text. It is not saved yet: look through it, then save it.")
        return show_again(request, request.resolver_match, UnsavedForm(request.POST, note))
    if request.method == "GET" and object_id and not hasattr(request, "unsaved_form"):
        return _show_newest(posts, request, object_id)
    if sent and object_id is None and (created := post_created_from(posts, request, key)):
        return _already_created(posts, request, created)
    return None


def _show_newest(posts: PostAdmin, request: HttpRequest, object_id: str) -> HttpResponse | None:
    """Show what the user typed last in a draft, if it is not in the post and nobody has saved the draft since."""
    row = autosaves.newest_of_draft(request.user, int(object_id)) if is_key(object_id) else None
    if row is None:
        return None
    post, fields = posts.get_object(request, object_id), autosaves.deserialize(row.text)
    is_current = fields.get("version") == str(post.version) and posts.is_changeable(request, post)
    if not is_current or not unsaved_differences(posts, request, post, fields):
        return None
    fields["draft_tab"] = row.tab
    request.shown_draft = {"at": row.saved_at, "key": row.saved_at.isoformat()}
    return show_again(request, request.resolver_match, UnsavedForm(fields, ""))


def _already_created(posts: PostAdmin, request: HttpRequest, post: Post) -> HttpResponse:
    """Respond to the repeated form of a new post: redirect to the created post, or show the changes made since."""
    address = _change_url(post)
    if not unsaved_differences(posts, request, post, request.POST):
        messages.success(request, _("“%s” was saved when the form was first sent.") % post)
        return _set_saved_cookie(request, HttpResponseRedirect(address))
    fields = request.POST.copy()
    fields["draft_key"] = autosaves.form_key(post)
    note = _("This post was saved when the form was first sent. What you have changed since is below.")
    return show_again(request, resolve(address), UnsavedForm(fields, note), form_url=address)


def discard_saved_draft(request: HttpRequest, post: Post, response: HttpResponse) -> HttpResponse:
    """Delete the draft of a form that was saved: on the server and, by a cookie, in the browser."""
    key = request.POST.get("draft_key", "")
    if autosaves.is_form_key(key):
        autosaves.mark_saved(request.user, key, post, request.POST)
        _set_saved_cookie(request, response)
    return response


def form_context(posts: PostAdmin, request: HttpRequest, post: Post | None, *, is_bound: bool) -> dict[str, Any]:
    """Return the context about drafts for the template and the scripts of the form."""
    sent = request.unsaved_form.fields if hasattr(request, "unsaved_form") else request.POST
    key = autosaves.form_key(post)
    if post is None and autosaves.is_form_key(sent.get("draft_key", "")):
        key = sent["draft_key"]
    own, others = autosaves.of_post(request.user, post) if post else (None, [])
    if post is None and not is_bound:
        own = autosaves.newest_of_new_posts(request.user, excluded=key)
    return {
        "key": key,
        "is_bound": is_bound,
        # When the text in the form was stored beside the post, if it is shown because it is the newest one.
        "shown": getattr(request, "shown_draft", None),
        # The page whose draft this form contains; the draft of the new page replaces it.
        "taken": sent.get("_take") or autosaves.tab_id(sent),
        "others": [(row.user, localtime(row.saved_at)) for row in others],
        "offer": _offer(posts, request, post, own) if own and own.text and not is_bound else None,
        "words": post.word_count if post else 0,
        "minutes": post.reading_minutes if post else 0,
        "upload_url": _upload_url(),
    }


def _offer(posts: PostAdmin, request: HttpRequest, post: Post | None, own: autosaves.Autosave) -> dict[str, Any] | None:
    fields = autosaves.deserialize(own.text)
    differences = unsaved_differences(posts, request, post, fields)
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


def _set_saved_cookie(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Add the page whose form was saved to the cookie, which may contain pages that the browser has not read yet."""
    if tab := autosaves.tab_id(request.POST):
        # Browsers take a cookie of the prefix from HTTPS alone (RFC 6265bis).
        name = f"__Secure-{SAVED_COOKIE}" if settings.SESSION_COOKIE_SECURE else SAVED_COOKIE
        tabs = [*request.COOKIES.get(name, "").split("."), tab][-MAX_SAVED_TABS:]
        value = ".".join(filter(None, tabs))
        response.set_cookie(
            name,
            value,
            max_age=30 * 24 * 3600,
            path=reverse("admin:index"),
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response
