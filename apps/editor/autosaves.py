"""The rolling draft of each form: kept while it is written, dropped when it was saved or has grown old."""

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
"""A form that is kept: a post's text of 1 MB and all the rest."""
MAX_FORMS = 50
"""Forms of one editor that are kept; the oldest make room."""
KEPT_FOR = timedelta(days=30)
"""How long a draft is kept that nobody comes back to."""
PRESENT_FOR = timedelta(minutes=15)
"""How long after their last autosave somebody is said to be writing."""

_KEY = re.compile(r"post:[0-9]{1,18}|new:[A-Za-z0-9]{12,32}")
_TAB = re.compile(r"[A-Za-z0-9-]{1,40}")
_OF_ONE_PAGE = ("csrfmiddlewaretoken", "draft_tab", "draft_of", "draft_after")


class TooLong(ValueError):
    """The form is too long to be kept. Says so, for people."""


class AlreadySaved(Exception):
    """The form of a new post was saved: it is `post` by now."""

    def __init__(self, post: Post) -> None:
        self.post = post
        super().__init__(post.pk)


class Kept(NamedTuple):
    """What became of an autosave."""

    at: datetime
    other_tab: datetime | None
    """When another page of the same editor kept what this one went over, if one did."""


def key_of(post: Post | None) -> str:
    """Return the key of a post's form; for a new post's, one that nobody has."""
    return f"post:{post.pk}" if post and post.pk else f"new:{get_random_string(20)}"


def is_key(value: str) -> bool:
    """Tell whether this can be the key of a form."""
    return bool(_KEY.fullmatch(value))


def tab_of(fields: QueryDict) -> str:
    """Return the name of the page that sent a form; nothing where it sent none."""
    tab = fields.get("draft_tab", "")
    return tab if _TAB.fullmatch(tab) else ""


def pack(fields: QueryDict) -> str:
    """Return a form's fields as JSON, with LF as line ends, without its buttons and what belongs to one page."""
    packed = [
        [name, [value.replace("\r\n", "\n") for value in values]]
        for name, values in fields.lists()
        if name not in _OF_ONE_PAGE and not name.startswith("_")
    ]
    return json.dumps(packed, ensure_ascii=False)


def unpack(text: str) -> QueryDict:
    """Return the fields that `pack` packed."""
    fields = QueryDict(mutable=True)
    for name, values in json.loads(text):
        fields.setlist(name, values)
    return fields


def keep(user, key: str, post: Post | None, fields: QueryDict) -> Kept:
    """Keep a form. Raises TooLong, and AlreadySaved for that of a new post that exists by now."""
    text, tab, now = pack(fields), tab_of(fields), timezone.now()
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TooLong(_("This text is too long to be kept as a draft. Save it, or split it into several posts."))
    earlier = _row(user, key).defer("text").first()
    values = {"post": post, "tab": tab, "text": text, "saved_at": now}
    if earlier is None:
        earlier = _create(user, key, values)
    if earlier is not None:
        if key.startswith("new:") and earlier.post_id:
            raise AlreadySaved(earlier.post)
        Autosave.objects.filter(pk=earlier.pk).update(**values)
    is_others = earlier is not None and earlier.tab not in ("", tab, fields.get("draft_after"))
    return Kept(now, earlier.saved_at if is_others else None)


def _create(user, key: str, values: dict[str, Any]) -> Autosave | None:
    """Make a row, and room for it; where another page of the editor made it at the same time, return that one."""
    Autosave.objects.filter(saved_at__lt=timezone.now() - KEPT_FOR).delete()
    oldest = Autosave.objects.filter(user=user).order_by("-saved_at").values_list("pk", flat=True)
    Autosave.objects.filter(pk__in=list(oldest[MAX_FORMS - 1 : 2 * MAX_FORMS])).delete()
    row, created = Autosave.objects.get_or_create(user=user, key=key, defaults=values)
    return None if created else row


def mark_saved(user, key: str, post: Post, fields: QueryDict) -> None:
    """Drop the draft of a form that was saved, unless it says something else and comes from another page.

    That of a new post stays, without its text, and tells what the post became.
    """
    if key.startswith("new:"):
        done = {"post": post, "text": "", "tab": tab_of(fields), "saved_at": timezone.now()}
        Autosave.objects.update_or_create(user=user, key=key, defaults=done)
        return
    kept = _row(user, key).first()
    if kept and (kept.tab == tab_of(fields) or kept.text == pack(fields)):
        kept.delete()


def discard(user, key: str, saved_at: str) -> None:
    """Drop the draft that an editor was shown and does not want; not one that was kept since."""
    kept = _row(user, key).defer("text").first()
    if kept and kept.saved_at.isoformat() == saved_at:
        kept.delete()


def made_from(user, key: str) -> Post | None:
    """Return the post that was made from the form of a new post."""
    found = (
        key.startswith("new:")
        and _row(user, key).defer("text", "post__body", "post__body_html").select_related("post").first()
    )
    return found.post if found else None


def of_post(user, post: Post) -> tuple[Autosave | None, list[Autosave]]:
    """Return the user's own draft of a post, and those of others who are writing in it. One query."""
    rows = Autosave.objects.filter(post=post, key=key_of(post)).select_related("user").order_by("-saved_at")
    found = list(rows.defer("text")[:20])
    own = next((row for row in found if row.user_id == user.pk), None)
    since = timezone.now() - PRESENT_FOR
    return own, [row for row in found if row.user_id != user.pk and row.saved_at > since]


def of_new_posts(user, *, but: str) -> Autosave | None:
    """Return the newest draft of a post that the user has not saved yet, but that of the form `but`."""
    rows = Autosave.objects.filter(user=user, key__startswith="new:", post=None).exclude(key=but)
    return rows.order_by("-saved_at").first()


def _row(user, key: str):
    return Autosave.objects.filter(user=user, key=key)
