"""The comments of a post as its page shows them: one query, at most SHOWN rows; none for none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from django.db.models import BigIntegerField, CharField, Exists, OuterRef, QuerySet

from apps.core import keysets
from apps.core.compiled_queries import CompiledQuery, Parameter
from apps.posts.models import Post
from apps.site import models as site

from . import policy
from .models import BODY_LIMIT, DEEPEST, SEGMENT, Comment
from .policy import Policy

SHOWN = 200
"""Comments on a page."""
PARAMETER = "comments"
"""The query parameter of a post's page that says after which comment it goes on."""

_CURSOR = re.compile(rf"(?:[0-9a-f]{{{SEGMENT}}}){{1,{DEEPEST + 1}}}")


@dataclass(frozen=True)
class Discussion:
    """What `frontend/_comments.html` shows."""

    post: Post
    comments: list[Comment]
    """In threads; each has what it answers as `answered`, where that is on the page too."""
    more: str
    """The cursor of what follows, or nothing."""
    after: str
    """The cursor that this page begins after, or nothing."""
    is_open: bool
    """Whether there is a form."""
    is_moderated: bool
    """Whether new comments wait for approval."""

    limit = BODY_LIMIT

    @property
    def is_whole(self) -> bool:
        """Whether these are all the comments there are, so that they can be counted."""
        return not self.more and not self.after


def knowing_of_comments(posts: QuerySet[Post]) -> QuerySet[Post]:
    """Let posts know whether they have comments that readers see, so that `discussion` need not ask for none."""
    return posts.annotate(has_comments=Exists(Comment.objects.filter(post=OuterRef("pk")).approved()))


def discussion(post: Post, after: str = "") -> Discussion | None:
    """Return a post's comments after a cursor (one that is none begins at the first); None where there are none at all."""
    # A page has just read the settings, for its masthead.
    allowed = policy.of(post, site.known())
    if allowed is Policy.OFF:
        return None
    after = after if _CURSOR.fullmatch(after) else ""
    rows = _threads(bool(after)).rows(post=post.pk, after=after) if getattr(post, "has_comments", True) else []
    shown, last = keysets.cut(rows, SHOWN)
    by_id = {comment.pk: comment for comment in shown}
    for comment in shown:
        comment.answered = by_id.get(comment.parent_id)
    return Discussion(
        post=post,
        comments=shown,
        more=last.thread if last else "",
        after=after,
        is_open=allowed in (Policy.MODERATED, Policy.OPEN),
        is_moderated=allowed is Policy.MODERATED,
    )


@cache
def _threads(has_cursor: bool) -> CompiledQuery[Comment]:
    """Return the query of a page of comments, and of one row more."""
    after = Parameter("after", CharField()) if has_cursor else ""
    of_post = Comment.objects.filter(post=Parameter("post", BigIntegerField())).approved()
    return CompiledQuery(lambda: of_post.in_threads(after=after).for_reading()[: SHOWN + 1])
