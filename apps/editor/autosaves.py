"""What is typed in forms, stored beside the posts: one row per user and form, which goes once the form is saved.

Drafts are saved as posts (`admin/automatic.py`). Their rows say which version was saved so, and who is writing.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from apps.posts.models import Post

from .models import Autosave

MAX_BYTES = 1_500_000
"""Size limit of a stored form in bytes: a post's text of 1 MB and all other fields."""
MAX_FORMS = 50
"""Drafts that are stored per user; older ones are deleted."""
MAX_AGE = timedelta(days=30)
"""Drafts that were not updated for this long are deleted."""
ACTIVE_FOR = timedelta(minutes=5)
"""How long after their last autosave a user counts as editing the post, unless they have closed the page."""

_KEY = re.compile(r"post:[0-9]{1,18}|new:[A-Za-z0-9]{12,32}")
_TAB = re.compile(r"[A-Za-z0-9-]{1,40}")
_STEP = re.compile(r"[0-9]{1,18}")
_PAGE_FIELDS = ("csrfmiddlewaretoken", "draft_tab", "draft_of", "draft_after", "draft_step")


class TooLong(ValueError):
    """The form exceeds `MAX_BYTES`. The message is for the user."""


class AlreadySaved(Exception):
    """The form of a new post was already saved, as `post`."""

    def __init__(self, post: Post) -> None:
        self.post = post
        super().__init__(post.pk)


class SaveResult(NamedTuple):
    """When a draft was stored, and whether it replaced one of another page."""

    at: datetime
    other_tab: datetime | None = None
    """When another page of the same user stored the draft that was replaced; None if there was no such draft."""


def form_key(post: Post | None) -> str:
    """Return the key of a post's form; a new random key for the form of a new post."""
    return f"post:{post.pk}" if post and post.pk else f"new:{get_random_string(20)}"


def is_form_key(value: str) -> bool:
    """Return whether `value` is a well-formed key of a form."""
    return bool(_KEY.fullmatch(value))


def tab_id(fields: QueryDict) -> str:
    """Return the id of the browser page that sent a form, or "" if it is missing or malformed."""
    tab = fields.get("draft_tab", "")
    return tab if _TAB.fullmatch(tab) else ""


def step_of(fields: QueryDict) -> int | None:
    """Return which request of its page sent a form, or None if that is missing or malformed."""
    step = fields.get("draft_step", "")
    return int(step) if _STEP.fullmatch(step) else None


def is_outdated(row: Autosave | None, fields: QueryDict) -> bool:
    """Return whether the page that stored a row has sent this form before that: its request has been on the way for long."""
    step = step_of(fields)
    return is_of_page(row, fields) and None not in (step, row.step) and step < row.step


def serialize(fields: QueryDict) -> str:
    """Return a form's fields as JSON, with LF line ends, without its buttons and the fields of a single page."""
    pairs = [
        [name, [value.replace("\r\n", "\n") for value in values]]
        for name, values in fields.lists()
        if name not in _PAGE_FIELDS and not name.startswith("_")
    ]
    return json.dumps(pairs, ensure_ascii=False)


def deserialize(text: str) -> QueryDict:
    """Return the fields that `serialize` was given."""
    fields = QueryDict(mutable=True)
    for name, values in json.loads(text):
        fields.setlist(name, values)
    return fields


def save(user, key: str, post: Post | None, fields: QueryDict) -> SaveResult:
    """Store the draft of a form. Raises TooLong, and AlreadySaved if a post was already created from the form."""
    text, tab, now = serialize(fields), tab_id(fields), timezone.now()
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TooLong(_("This text is too long to be kept as a draft. Save it, or split it into several posts."))
    existing = _rows(user, key).defer("text").first()
    if is_outdated(existing, fields):
        return SaveResult(existing.saved_at)
    values = {"post": post, "tab": tab, "step": step_of(fields), "text": text, "saved_at": now, "left_at": None}
    if existing is None:
        existing = _create(user, key, values)
    if existing is not None:
        # Another request of a new form may have created the post since the row was read.
        is_stored = Autosave.objects.filter(pk=existing.pk, **({} if post else {"post": None})).update(**values)
        if not is_stored and (created := post_created_from(user, key)):
            raise AlreadySaved(created)
    replaces_other_tab = existing is not None and _is_of_other_page(existing, fields)
    return SaveResult(now, existing.saved_at if replaces_other_tab else None)


def _is_of_other_page(row: Autosave, fields: QueryDict) -> bool:
    return row.tab not in ("", tab_id(fields), fields.get("draft_after"))


def record_created(user, key: str, post: Post, fields: QueryDict) -> SaveResult:
    """Record which post was created from the form of a new one, whose row has just been stored, and its present version."""
    _rows(user, key).update(post=post, text="")
    values = _written(post, fields)
    Autosave.objects.create(user=user, key=form_key(post), **values)
    return SaveResult(values["saved_at"])


def record_written(user, post: Post, fields: QueryDict) -> SaveResult:
    """Record that a form was saved automatically as the present version of a post, and need not be stored beside it.

    A text that another page has stored stays, for it was saved nowhere else.
    """
    key, values = form_key(post), _written(post, fields)
    row = _rows(user, key).only("tab", "saved_at", "text").first()
    if row is not None and row.text and _is_of_other_page(row, fields):
        Autosave.objects.filter(pk=row.pk).update(version=post.version)
        return SaveResult(values["saved_at"], row.saved_at)
    if row is not None:
        Autosave.objects.filter(pk=row.pk).update(**values)
    else:
        _create(user, key, values)
    return SaveResult(values["saved_at"])


def _written(post: Post, fields: QueryDict) -> dict[str, Any]:
    """Return the columns of a row whose form was saved as the present version of a post."""
    return {
        "post": post,
        "tab": tab_id(fields),
        "step": step_of(fields),
        "text": "",
        "saved_at": timezone.now(),
        "version": post.version,
        "left_at": None,
    }


def row_of(user, post: Post) -> Autosave | None:
    """Return the user's row of a post, without the text."""
    return _rows(user, form_key(post)).defer("text").first()


def automatic_version(user, post: Post) -> Autosave | None:
    """Return the user's row of a post if its present version was saved automatically by them, and not by hand since."""
    return _rows(user, form_key(post)).filter(version=post.version).defer("text").first()


def is_of_page(row: Autosave | None, fields: QueryDict) -> bool:
    """Return whether the page that sent a form is the one that has stored this row."""
    return row is not None and row.tab != "" and row.tab == tab_id(fields)


def has_written(user, post: Post, fields: QueryDict) -> bool:
    """Return whether the page that sent a form is the last one that has saved a post automatically."""
    tab = tab_id(fields)
    return tab != "" and _rows(user, form_key(post)).filter(tab=tab, version__isnull=False).exists()


def leave(user, key: str, tab: str) -> None:
    """Record that a page was closed, so that its user does not count as editing the post any more."""
    _rows(user, key).filter(tab=tab).update(left_at=timezone.now())


def _create(user, key: str, values: dict[str, Any]) -> Autosave | None:
    """Delete old rows and create a new one. If another request created it meanwhile, return that row, else None."""
    Autosave.objects.filter(saved_at__lt=timezone.now() - MAX_AGE).delete()
    oldest = Autosave.objects.filter(user=user).order_by("-saved_at").values_list("pk", flat=True)
    Autosave.objects.filter(pk__in=list(oldest[MAX_FORMS - 1 : 2 * MAX_FORMS])).delete()
    row, created = Autosave.objects.get_or_create(user=user, key=key, defaults=values)
    return None if created else row


def mark_saved(user, key: str, post: Post, fields: QueryDict) -> None:
    """Delete the draft of a form that was saved, unless another page stored it with other content.

    The draft of a new post is emptied instead: it records which post was created from the form.
    """
    if key.startswith("new:"):
        emptied = {"post": post, "text": "", "tab": tab_id(fields), "saved_at": timezone.now()}
        Autosave.objects.update_or_create(user=user, key=key, defaults=emptied)
        return
    draft = _rows(user, key).first()
    if draft and (not draft.text or draft.tab == tab_id(fields) or draft.text == serialize(fields)):
        draft.delete()
    elif draft:
        _rows(user, key).update(version=None)


def discard(user, key: str, saved_at: str) -> None:
    """Delete a draft that the user declined, unless it was stored again after `saved_at` (ISO 8601)."""
    draft = _rows(user, key).defer("text").first()
    if draft and draft.saved_at.isoformat() == saved_at:
        draft.delete()


def post_created_from(user, key: str) -> Post | None:
    """Return the post that was created from the form of a new post, or None."""
    found = (
        key.startswith("new:")
        and _rows(user, key).defer("text", "post__body", "post__body_html").select_related("post").first()
    )
    return found.post if found else None


def of_post(user, post: Post) -> tuple[Autosave | None, list[Autosave]]:
    """Return the user's own draft of a post, and those of other users who are editing it. One query."""
    rows = Autosave.objects.filter(post=post, key=form_key(post)).select_related("user").order_by("-saved_at")
    found = list(rows.defer("text")[:20])
    own = next((row for row in found if row.user_id == user.pk), None)
    since = timezone.now() - ACTIVE_FOR
    return own, [row for row in found if row.user_id != user.pk and row.saved_at > since and row.left_at is None]


def newest_of_draft(user, pk: int) -> Autosave | None:
    """Return what the user typed last in a draft, if it is stored beside the draft alone."""
    rows = _rows(user, f"post:{pk}").filter(post__status=Post.Status.DRAFT, post__trashed_at=None)
    return rows.exclude(text="").first()


def newest_of_new_posts(user, *, excluded: str) -> Autosave | None:
    """Return the user's newest draft of a post that was never saved, except that of the form `excluded`."""
    rows = Autosave.objects.filter(user=user, key__startswith="new:", post=None).exclude(key=excluded)
    return rows.order_by("-saved_at").first()


def _rows(user, key: str):
    return Autosave.objects.filter(user=user, key=key)
