"""Drafts are saved as posts while they are typed (docs/decisions/0039-a-draft-is-saved-as-it-is-typed.md).

The first automatic save of a new form with anything in it creates a draft. From then on each of them is a new state of
this draft, and none a version of its history: that has the first one, and what somebody saves by hand. That holds as long as
nobody else has saved the draft: whatever cannot be written so is stored beside the post (`autosaves`).
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.heavy_work import Busy
from apps.core.transactions import wrap_writes
from apps.editor import autosaves, untitled
from apps.editor.models import Autosave
from apps.posts import services
from apps.posts.models import Post, PreviewLink

if TYPE_CHECKING:
    from .forms import PostForm
    from .posts import PostAdmin

CONTENT_FIELDS = (
    *("title", "summary", "body", "slug", "published_at_0", "published_at_1"),
    *("tag_list", "cover_image", "seo_title", "seo_description", "canonical_url"),
)
"""The fields of the form that are empty at first; a form in which all of them are empty is worth no post."""
_NOT_WRITTEN = ("version", "status", "reason")


class Saved(NamedTuple):
    """What became of a form that was sent to be saved automatically."""

    result: autosaves.SaveResult
    post: Post | None = None
    """The post, if its stored state is that of the form now (but for `is_whole`)."""
    is_whole: bool = True
    """Whether the post has everything that is in the form; if not, the form is stored beside it."""
    is_removed: bool = False
    """Whether the draft was deleted, because it was emptied again."""


def save(posts: PostAdmin, request: HttpRequest, post: Post | None, key: str) -> Saved:
    """Save a form automatically: as the post, or beside it. Raises TooLong and AlreadySaved (`autosaves`)."""
    if post is not None:
        return _save_stored(posts, request, post)
    try:
        return _save_new(posts, request, key)
    except autosaves.AlreadySaved as error:
        # Go on with it if it was this page that created it: then the answer to that request has not arrived.
        is_own = autosaves.has_written(request.user, error.post, request.POST)
        if not is_own or not posts.is_changeable(request, error.post):
            raise
        return _save_stored(posts, request, error.post)


def _save_new(posts: PostAdmin, request: HttpRequest, key: str) -> Saved:
    result = autosaves.save(request.user, key, None, request.POST)
    return (has_content(request.POST) and _create(posts, request, key)) or Saved(result)


def _save_stored(posts: PostAdmin, request: HttpRequest, post: Post) -> Saved:
    user, fields = request.user, request.POST
    row = autosaves.row_of(user, post)
    if autosaves.is_outdated(row, fields):
        return Saved(autosaves.SaveResult(row.saved_at))
    is_automatic = row is not None and row.version == post.version
    if is_automatic and autosaves.is_of_page(row, fields):
        # The page may not know its own version, if the answer to its last request has not arrived.
        fields = _at_version(fields, post)
    if post.status == Post.Status.DRAFT and fields.get("version") == str(post.version):
        if is_automatic and not has_content(fields) and _remove(posts, request, post):
            return Saved(autosaves.SaveResult(timezone.now()), is_removed=True)
        if (is_automatic or _saved_last(user, post)) and (
            saved := _write(posts, request, post, fields, goes_on=is_automatic)
        ):
            return saved
    return Saved(autosaves.save(user, autosaves.form_key(post), post, fields))


def has_content(fields: QueryDict) -> bool:
    """Return whether anything is typed or chosen in a form."""
    return any(value.strip() for name in CONTENT_FIELDS for value in fields.getlist(name))


def _create(posts: PostAdmin, request: HttpRequest, key: str) -> Saved | None:
    """Create a draft from the form of a new post, once. Return None if the form does not permit that yet."""
    form = _form(posts, request, None, request.POST)
    if "author_list" not in form.cleaned_data:
        return None
    values, is_whole = _values(form, list(form.cleaned_data))
    saved = None

    def create_once(write: Callable[[], Post]) -> Post:
        nonlocal saved
        # The row is locked: of two requests of one form, the second one finds what the first one has created.
        row = Autosave.objects.select_for_update().get(user=request.user, key=key)
        if row.post_id:
            raise autosaves.AlreadySaved(row.post)
        post = write()
        result = autosaves.record_created(request.user, key, post, request.POST)
        saved = _recorded(result, request, post, request.POST, is_whole=is_whole)
        return post

    try:
        with wrap_writes(create_once):
            post = services.create_post(by=request.user, **values)
    except (ValidationError, Busy):
        return None
    posts.log_addition(request, post, _("Saved automatically."))
    return saved


def _write(posts: PostAdmin, request: HttpRequest, post: Post, fields: QueryDict, *, goes_on: bool) -> Saved | None:
    """Write a form into a draft; `goes_on` is whether its present version was saved automatically too.

    Return None if that is not possible now.
    """
    stored, saved = posts.stored(request, post.pk), None
    # The form's own instance holds the values that were typed.
    form = _form(posts, request, copy(stored), fields)
    values, is_whole = _values(form, form.changed)

    def write_and_record(write: Callable[[], None]) -> None:
        nonlocal saved
        write()
        saved = _record(request, stored, fields, is_whole=is_whole)

    try:
        with wrap_writes(write_and_record):
            services.update_post(stored, by=request.user, expected_version=post.version, records=False, **values)
    except (ValidationError, Busy, services.StaleVersion):
        return None
    if saved and not goes_on:
        posts.log_change(request, stored, _("Saved automatically."))
    if saved is None and not goes_on:
        # The form says what was saved by hand: there is nothing to save automatically.
        return Saved(autosaves.save(request.user, autosaves.form_key(post), post, fields), stored, is_whole)
    return saved or _record(request, stored, fields, is_whole=is_whole)


def _record(request: HttpRequest, post: Post, fields: QueryDict, *, is_whole: bool) -> Saved:
    """Record what was written."""
    result = autosaves.record_written(request.user, post, fields)
    return _recorded(result, request, post, fields, is_whole=is_whole)


def _recorded(
    result: autosaves.SaveResult, request: HttpRequest, post: Post, fields: QueryDict, *, is_whole: bool
) -> Saved:
    """Store the form beside the post if not all of it could be written."""
    if not is_whole:
        result = autosaves.save(request.user, autosaves.form_key(post), post, _at_version(fields, post))
    return Saved(result, post, is_whole)


def _at_version(fields: QueryDict, post: Post) -> QueryDict:
    fields = fields.copy()
    fields["version"], fields["draft_key"] = str(post.version), autosaves.form_key(post)
    return fields


def _saved_last(user, post: Post) -> bool:
    """Return whether the user, and nobody else, has made the present state of a post.

    Whoever made the newest record of the history has also saved automatically since: others would have made a newer one.
    """
    newest = Post.history.filter(id=post.pk).order_by("-history_id").values_list("history_user", flat=True)
    return newest.first() == user.pk


def _form(posts: PostAdmin, request: HttpRequest, post: Post | None, fields: QueryDict) -> PostForm:
    """Return the form with its valid fields in `cleaned_data`."""
    form = posts.get_form(request, post, change=bool(post))(fields, instance=post)
    form.fields["title"].required = False
    form.is_valid()
    return form


def _values(form: PostForm, names: list[str]) -> tuple[dict[str, Any], bool]:
    """Return the arguments of the services for those of the fields that can be saved, and whether that is all of them."""
    cleaned = form.cleaned_data
    wanted = [name for name in names if name not in _NOT_WRITTEN]
    written = [name for name in wanted if name in cleaned]
    # A tag is made when somebody saves by hand: one that is typed and taken back leaves nothing.
    if "tag_list" in written and any(tag.pk is None for tag in cleaned["tag_list"]):
        written.remove("tag_list")
    cleaned.setdefault("reason", "")
    values = form.values(written) | {"reason": services.AUTOMATIC}
    if "title" in values:
        values["title"] = values["title"].strip() or untitled.stand_in()
    return values, written == wanted and not form.errors


def _remove(posts: PostAdmin, request: HttpRequest, post: Post) -> bool:
    """Delete a draft that was emptied again, unless anybody has saved it by hand, shown it or types in it."""
    user, stored = request.user, posts.stored(request, post.pk)
    is_needed = (
        Post.history.filter(id=post.pk).exclude(history_type="+").exists()
        or PreviewLink.objects.filter(post=post).exists()
        or Autosave.objects.filter(post=post).exclude(user=user).exists()
    )
    if is_needed:
        return False
    try:
        services.trash_post(stored, by=user, expected_version=post.version)
    except services.StaleVersion:
        return False
    posts.log_deletions(request, Post.objects.filter(pk=stored.pk))
    services.purge_post(stored, by=user)
    return True
