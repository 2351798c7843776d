"""The comments that readers see: those of a post (at most PAGE_SIZE, by one query), and the newest of all posts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from apps.core import keysets
from apps.posts.models import Post
from apps.site import models as site

from . import policy
from .models import BODY_LIMIT, MAX_DEPTH, SEGMENT_LENGTH, Comment
from .policy import Policy

PAGE_SIZE = 200
"""The most comments on a page."""
PARAMETER = "comments"
"""The query parameter of a post's page that has the cursor of its comments."""

LOOKED_THROUGH = 100
"""How many comments are read for the newest ones that readers see."""
_SHOWN_OF_POSTS = ("slug", "title", "language", "kind", "status", "published_at", "trashed_at", "comments_allowed")

_CURSOR = re.compile(rf"(?:[0-9a-f]{{{SEGMENT_LENGTH}}}){{1,{MAX_DEPTH + 1}}}")


@dataclass(frozen=True)
class Discussion:
    """One page of comments; the context of `frontend/_comments.html`."""

    post: Post
    comments: list[Comment]
    """In the order of threads. `answered` of each is its parent, if that is on the page too, else None."""
    more: str
    """The cursor of the next page, or an empty string."""
    after: str
    """The cursor of this page, or an empty string for the first."""
    is_open: bool
    """Whether the page shows the form."""
    is_moderated: bool
    """Whether new comments wait for approval."""

    limit = BODY_LIMIT

    @property
    def is_whole(self) -> bool:
        """Whether these are all the comments of the post, so that their number can be shown."""
        return not self.more and not self.after


def annotate_has_comments(posts: QuerySet[Post]) -> QuerySet[Post]:
    """Annotate posts with `has_comments`: where it is False, `discussion` needs no query."""
    return posts.annotate(has_comments=Exists(Comment.objects.filter(post=OuterRef("pk")).approved()))


def discussion(post: Post, after: str = "") -> Discussion | None:
    """Return a post's comments after a cursor; an invalid cursor is ignored. None where the policy is OFF."""
    # The request has just loaded the settings for the masthead.
    post_policy = policy.of(post, site.last_known())
    if post_policy is Policy.OFF:
        return None
    after = after if _CURSOR.fullmatch(after) else ""
    rows = _rows(post, after) if getattr(post, "has_comments", True) else []
    shown, last = keysets.cut(rows, PAGE_SIZE)
    by_id = {comment.pk: comment for comment in shown}
    for comment in shown:
        comment.answered = by_id.get(comment.parent_id)
    return Discussion(
        post=post,
        comments=shown,
        more=last.thread if last else "",
        after=after,
        is_open=post_policy in (Policy.MODERATED, Policy.OPEN),
        is_moderated=post_policy is Policy.MODERATED,
    )


def _rows(post: Post, after: str) -> list[Comment]:
    """Return PAGE_SIZE comments and one more, which tells whether a page follows."""
    comments = Comment.objects.filter(post=post).approved().in_threads(after=after)
    return list(comments.for_reading()[: PAGE_SIZE + 1])


def newest(number: int) -> list[Comment]:
    """Return the newest approved comments of public posts, with these, by two queries.

    Only the newest `LOOKED_THROUGH` comments are read: some may be of posts that were withdrawn.
    """
    # By a query of its own: in a join, MariaDB would begin with the posts, and sort all comments.
    posts = Prefetch("post", Post.objects.only(*_SHOWN_OF_POSTS).with_due_update(markdown=False))
    found = Comment.objects.approved().for_reading().order_by("-pk").prefetch_related(posts)[:LOOKED_THROUGH]
    settings = site.last_known()
    shown = [
        row
        for row in found
        if row.body_html and row.post.is_public() and policy.of(row.post, settings) is not Policy.OFF
    ]
    return shown[:number]
