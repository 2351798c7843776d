"""How the list of posts is read, so that each of its filters costs the same with a hundred posts and a hundred thousand.

A list in the order of the last change reads an index in that order and looks up, row by row, whether a post is wanted.
That is quick where many are. The posts of a tag or an author are few, or all of them old, so there the index of the
links is read, which has the dates too. What is rarer still, drafts and the scheduled, is read by an index of its own, and
so is the trash, in the order in which posts came there.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.core.admin.forms import is_key
from apps.core.admin.lists import ListPlan
from apps.posts.models import Author, Post, PostAuthor, PostTag

from . import filters

BY_CHANGE = ("-updated_at", "-id")
BY_PUBLICATION = ("-published_at", "-id")
BY_TRASHING = ("-trashed_at", "-id")
SOONEST_FIRST = ("published_at", "id")
FEW = 1_000
"""Up to this many links are read whatever else is asked for."""


class _Links(NamedTuple):
    """The links of one tag or author."""

    model: type[Model]
    name: str
    """What a post calls them."""
    target: str
    pk: int

    def number(self) -> int:
        """Count them, up to one more than `FEW`."""
        return len(self.model.objects.filter(**{self.target: self.pk}).order_by().values_list("pk")[: FEW + 1])


def walk(request: HttpRequest, posts: QuerySet) -> ListPlan:
    """Return how to read `posts`, which the filters of the address have narrowed down already."""
    if (found := getattr(request, "found_posts", None)) is not None:
        # In the order of their keys: in any other, the databases would rather read an index of all posts.
        return ListPlan(Post.objects.each_in(posts), ("-id",), Q(pk__in=found))
    rare = _rare(request.GET.get("state", ""))
    links = _fewest(_chosen(request), unless_many=rare is not None)
    if links is not None:
        return _of_links(request, links, posts)
    if rare is not None:
        return ListPlan(Post.objects.each_in(posts), rare.keyset, rare.where)
    return ListPlan(posts, BY_PUBLICATION if _by_publication(request) else BY_CHANGE)


class _Rare(NamedTuple):
    where: Q
    keyset: tuple[str, ...]


def _rare(state: str) -> _Rare | None:
    """Return where the posts of a rare state are in an index, and in which order."""
    if state == filters.TRASH:
        return _Rare(Q(trashed_at__isnull=False), BY_TRASHING)
    if state == filters.SCHEDULED:
        return _Rare(Q(trashed_at__isnull=True, published_at__gt=timezone.now()), SOONEST_FIRST)
    if state == Post.Status.DRAFT:
        return _Rare(Q(trashed_at__isnull=True, status=Post.Status.DRAFT), BY_CHANGE)
    return None


def _chosen(request: HttpRequest) -> list[_Links]:
    """Return the tags and authors that the list is narrowed down to."""
    tag, author = request.GET.get("tag", ""), request.GET.get("author", "")
    chosen = [_Links(PostAuthor, "author_links", "author", int(author))] if is_key(author) else []
    if is_key(tag):
        chosen.append(_Links(PostTag, "tag_links", "tag", int(tag)))
    is_own = request.GET.get("whose") == filters.MINE or not request.user.has_perm("posts.change_others_post")
    if is_own and (own := own_author(request)):
        chosen.append(_Links(PostAuthor, "author_links", "author", own))
    return chosen


def own_author(request: HttpRequest) -> int | None:
    """Return the key of the author that the user is, if any; asked once in a request."""
    if not hasattr(request, "own_author"):
        request.own_author = Author.objects.filter(user_id=request.user.pk).values_list("pk", flat=True).first()
    return request.own_author


def _fewest(chosen: list[_Links], *, unless_many: bool) -> _Links | None:
    """Return the links that are the fewest; none where these are many and something rare is asked for."""
    if len(chosen) < 2 and not unless_many:
        return chosen[0] if chosen else None
    numbered = sorted((links.number(), place) for place, links in enumerate(chosen))
    if not numbered or (unless_many and numbered[0][0] > FEW):
        return None
    return chosen[numbered[0][1]]


def _of_links(request: HttpRequest, links: _Links, posts: QuerySet) -> ListPlan:
    """Read the links by the date that the list is narrowed down by, and from that date on; else by that of the change."""
    column, copy = ("published_at", "listed_at") if _by_publication(request) else ("updated_at", "changed_at")
    where = Q(**{f"{links.name}__{links.target}": links.pk})
    for comparison in ("gte", "lt"):
        if moment := request.GET.get(f"{column}__{comparison}"):
            where &= Q(**{f"{links.name}__{copy}__{comparison}": moment})
    return ListPlan(Post.objects.each_in(posts), (f"-{links.name}__{copy}", f"-{links.name}__post"), where)


def _by_publication(request: HttpRequest) -> bool:
    return any(name.startswith(filters.PUBLICATION) for name in request.GET)
