"""How the list of posts is read, so that each filter costs the same with a hundred posts and with a hundred thousand.

By default the list reads the index of the last change in its order and checks each row against the filters. That is
fast if many posts match. The posts of a tag or an author may be few, or all of them old, so they are read from the
index of the links, which has the dates too. Drafts, scheduled posts, the trash, featured posts and those with changes that
wait are rarer still: each is read from an index of its own, the trash in the order in which posts were moved to it.
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
BY_KEEPING = ("-pending_row__kept_at", "-pending_row__post")
FEW_LINKS = 1_000
"""Up to this many links are read from their index even if a rare state is chosen too."""


class _Links(NamedTuple):
    """The links of one tag or author."""

    model: type[Model]
    name: str
    """The related name of the links on a post."""
    target: str
    pk: int

    def bounded_count(self) -> int:
        """Return the number of links, counted up to `FEW_LINKS` + 1."""
        return len(self.model.objects.filter(**{self.target: self.pk}).order_by().values_list("pk")[: FEW_LINKS + 1])


def plan(request: HttpRequest, posts: QuerySet) -> ListPlan:
    """Return how to read `posts`, to which the filters of the list have already been applied."""
    # Those that a search found or, without one, those that are in review or assigned to the user.
    if (found := getattr(request, "found_posts", getattr(request, "few_posts", None))) is not None:
        # In the order of the primary key: in any other order, databases prefer to read an index of all posts.
        return ListPlan(Post.objects.each_in(posts), ("-id",), Q(pk__in=found))
    rare = _rare_state(request.GET.get("state", ""))
    links = _fewest(_chosen_links(request), unless_many=rare is not None)
    if links is not None:
        return _plan_for_links(request, links, posts)
    if rare is not None:
        return ListPlan(Post.objects.each_in(posts), rare.keyset, rare.where)
    if request.GET.get("featured") == filters.FEATURED:
        return ListPlan(Post.objects.each_in(posts), BY_CHANGE, Q(is_featured=True, trashed_at__isnull=True))
    return ListPlan(posts, BY_PUBLICATION if _is_by_publication(request) else BY_CHANGE)


class _RareState(NamedTuple):
    where: Q
    keyset: tuple[str, ...]


def _rare_state(state: str) -> _RareState | None:
    """Return the condition and the order in which an index has the posts of a rare state; None for another state."""
    if state == filters.TRASH:
        return _RareState(Q(trashed_at__isnull=False), BY_TRASHING)
    if state == filters.SCHEDULED:
        return _RareState(Q(trashed_at__isnull=True, published_at__gt=timezone.now()), SOONEST_FIRST)
    if state == filters.PENDING:
        return _RareState(Q(pending_row__kept_at__isnull=False), BY_KEEPING)
    if state == Post.Status.DRAFT:
        return _RareState(Q(trashed_at__isnull=True, status=Post.Status.DRAFT), BY_CHANGE)
    return None


def _chosen_links(request: HttpRequest) -> list[_Links]:
    """Return the links of the tags and authors by which the list is filtered."""
    tag, author = request.GET.get("tag", ""), request.GET.get("author", "")
    chosen = [_Links(PostAuthor, "author_links", "author", int(author))] if is_key(author) else []
    if is_key(tag):
        chosen.append(_Links(PostTag, "tag_links", "tag", int(tag)))
    is_own = request.GET.get("whose") == filters.MINE or not request.user.has_perm("posts.change_others_post")
    if is_own and (own := own_author(request)):
        chosen.append(_Links(PostAuthor, "author_links", "author", own))
    return chosen


def own_author(request: HttpRequest) -> int | None:
    """Return the key of the user's author, or None; cached on the request."""
    if not hasattr(request, "own_author"):
        request.own_author = Author.objects.filter(user_id=request.user.pk).values_list("pk", flat=True).first()
    return request.own_author


def _fewest(chosen: list[_Links], *, unless_many: bool) -> _Links | None:
    """Return the smallest group of links; with `unless_many`, None if even that has more than `FEW_LINKS`."""
    if len(chosen) < 2 and not unless_many:
        return chosen[0] if chosen else None
    counts = sorted((links.bounded_count(), place) for place, links in enumerate(chosen))
    if not counts or (unless_many and counts[0][0] > FEW_LINKS):
        return None
    return chosen[counts[0][1]]


def _plan_for_links(request: HttpRequest, links: _Links, posts: QuerySet) -> ListPlan:
    """Read the links in the order of the date by which the list is filtered, or else of the last change."""
    column, copy = ("published_at", "listed_at") if _is_by_publication(request) else ("updated_at", "changed_at")
    where = Q(**{f"{links.name}__{links.target}": links.pk})
    for comparison in ("gte", "lt"):
        if moment := request.GET.get(f"{column}__{comparison}"):
            where &= Q(**{f"{links.name}__{copy}__{comparison}": moment})
    return ListPlan(Post.objects.each_in(posts), (f"-{links.name}__{copy}", f"-{links.name}__post"), where)


def _is_by_publication(request: HttpRequest) -> bool:
    return any(name.startswith(filters.PUBLICATION) for name in request.GET)
