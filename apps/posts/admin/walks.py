"""How the list of posts is read, so that each of its filters costs the same with a hundred posts and a hundred thousand.

A list in the order of the last change reads an index in that order and looks up, row by row, whether a post is wanted.
That is quick where many are. The posts of a tag or an author are few, or all of them old, so there the index of the
links is read, which has the dates too. What is rarer still, drafts and the scheduled, has an index of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from blog_project.admin_lists import Walk

from ..models import Author, Post, PostAuthor, PostTag
from . import filters
from .forms import is_key

BY_CHANGE = ("-updated_at", "-id")
FEW = 1_000
"""Up to this many links are read whatever else is asked for."""
RARE = (Post.Status.DRAFT, "scheduled")


class _Links(NamedTuple):
    """The links of one tag or author."""

    model: type[Model]
    name: str
    """What a post calls them."""
    target: str
    pk: int

    def number(self) -> int:
        """Count them, up to one more than `FEW`."""
        return len(self.model.objects.filter(**{self.target: self.pk}).values_list("pk", flat=True)[: FEW + 1])


def walk(request: HttpRequest, posts: QuerySet) -> Walk:
    """Return how to read `posts`, which the filters of the address have narrowed down already."""
    state = request.GET.get("state", "")
    if state == filters.TRASH:
        return Walk(posts, ("-trashed_at", "-id"))
    by_date = any(name.startswith(filters.PUBLICATION) for name in request.GET)
    links = _fewest(_chosen(request), unless_many=state in RARE)
    if links is not None:
        date = "listed_at" if by_date else "changed_at"
        wanted = Post.objects.each_in(posts).filter(**{f"{links.name}__{links.target}": links.pk})
        return Walk(wanted, (f"-{links.name}__{date}", f"-{links.name}__post"))
    return Walk(posts, ("-published_at", "-id") if by_date else BY_CHANGE)


def _chosen(request: HttpRequest) -> list[_Links]:
    """Return the tags and authors that the list is narrowed down to."""
    tag, author = request.GET.get("tag", ""), request.GET.get("author", "")
    chosen = [_Links(PostAuthor, "author_links", "author", int(author))] if is_key(author) else []
    if is_key(tag):
        chosen.append(_Links(PostTag, "tag_links", "tag", int(tag)))
    is_own = request.GET.get("whose") == filters.MINE or not request.user.has_perm("posts.change_others_post")
    own = Author.objects.filter(user_id=request.user.pk).values_list("pk", flat=True).first() if is_own else None
    if own is not None:
        chosen.append(_Links(PostAuthor, "author_links", "author", own))
    return chosen


def _fewest(chosen: list[_Links], *, unless_many: bool) -> _Links | None:
    """Return the links that are the fewest; none where these are many and something rarer is asked for."""
    if len(chosen) < 2 and not unless_many:
        return chosen[0] if chosen else None
    numbered = sorted(((links.number(), place) for place, links in enumerate(chosen)))
    if not numbered or (unless_many and numbered[0][0] > FEW):
        return None
    return chosen[numbered[0][1]]
