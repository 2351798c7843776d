"""Checks the links of posts to the site itself: which are broken, and which lead to a redirect.

A batch of posts needs a handful of queries however many links it has: one for each kind of target.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from html import unescape
from operator import or_
from typing import NamedTuple, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.db.models import Exists, Q, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.models import ContentGeneration
from apps.markdown.rendering.markup import PAGE_IDS
from blog_project import addresses, roles

from .models import Author, AuthorAlias, Post, PostAlias, Series, SeriesAlias, Tag, TagAlias

PROBLEMS = {
    "missing": gettext_lazy("there is nothing at this address"),
    "trashed": gettext_lazy("it is in the trash"),
    "draft": gettext_lazy("it is a draft"),
    "scheduled": gettext_lazy("it is not published yet"),
    "moved": gettext_lazy("it has another address now"),
    "fragment": gettext_lazy("the text has no such place"),
}
BATCH = 900
"""How many values one query has, at most."""

MAX_SCANNED = 1000
"""The keys, back from the newest, of the posts whose texts are searched for links to a post."""
MAX_LINKING = 10
"""Posts that are named as linking to a post, at most."""
BATCH_OF_LINKS = 20
"""Posts to which one query looks for links."""

# nh3 writes attributes in double quotes.
_LINK = re.compile(r'<a(?:\s+[\w-]+="[^"]*")*?\s+href="([^"]*)"')
_ID = re.compile(r'<\w+(?:\s+[\w-]+="[^"]*")*?\s+id="([^"]*)"')
_SLUG_PAGE = re.compile(r"/(?:(tags|authors|series)/)?([a-z0-9]+(?:-[a-z0-9]+)*)/(?(1)(?:feed\.(?:atom|rss|json))?)")
_ALIASES = (("tags", TagAlias, "tag"), ("authors", AuthorAlias, "author"), ("series", SeriesAlias, "series"))
_ARCHIVE = re.compile(r"/archive/([12][0-9]{3})/(?:(0[1-9]|1[0-2])/)?")
_FIXED = (
    addresses.HOME,
    addresses.SEARCH,
    addresses.ARCHIVE,
    addresses.TAGS,
    addresses.SERIES,
    addresses.SITEMAP,
    addresses.FAVICON,
)
# Paths of other roles and of files, which cannot be checked in the database.
_UNCHECKED = (
    "/static/",
    "/media/",
    "/sitemaps/",
    "/feed.",
    "/comments/feed.",
    "/robots.txt",
    addresses.OPENSEARCH,
    *roles.foreign_prefixes(roles.Role.FRONTEND),
)


class BrokenLink(NamedTuple):
    """A broken link, or one to a redirect."""

    href: str
    """The address as it is written in the text."""
    problem: str
    """A key of `PROBLEMS`."""
    better: str = ""
    """The address to link to instead, or an empty string."""

    @property
    def reason(self) -> str:
        """The translated description of the problem, with the better address."""
        text = str(PROBLEMS[self.problem])
        return _("%(reason)s: %(address)s") % {"reason": text, "address": self.better} if self.better else text


Key = TypeVar("Key", bound=Hashable)


def find_broken_links(texts: Mapping[Key, tuple[str, str]], *, user) -> dict[Key, list[BrokenLink]]:
    """Return the broken links of each text that has any. A text is a pair of its own path and its HTML.

    `user` is who is told: of a post that they may not know of, they are told that there is nothing at its address.
    """
    links = {key: _links(own, html) for key, (own, html) in texts.items()}
    problems = _find_problems({path for found in links.values() for _href, path in found if path}, user)
    results = {}
    for key, found in links.items():
        wrong = [
            BrokenLink(href, *problems[path]) if path else BrokenLink(href, "fragment")
            for href, path in found
            if not path or path in problems
        ]
        if wrong:
            results[key] = wrong
    return results


def _links(own: str, html: str) -> list[tuple[str, str]]:
    """Return a text's links to the site as (href, path). The path is empty for a fragment that the text lacks."""
    found, ids = {}, None
    for match in _LINK.finditer(html):
        href = unescape(match[1])
        if href in found:
            continue
        if href.startswith("#"):
            ids = ids if ids is not None else {unescape(place) for place in _ID.findall(html)}
            place = unquote(href[1:])
            if place and place not in ids and not PAGE_IDS.fullmatch(place):
                found[href] = ""
        elif (path := internal_path(href, own)) and path != own:
            found[href] = path
    return list(found.items())


def linking_posts(slug: str, *, user) -> list[Post]:
    """Return posts whose texts link to the page of a post with this slug, the newest first.

    They are those that `user` may know of, at most MAX_LINKING, with the MAX_SCANNED newest keys. It takes one query.
    """
    newest = _newest_known_to(user).filter(_links_to(slug)).exclude(slug=slug)
    return list(newest.only("title", "slug").order_by("-pk")[:MAX_LINKING])


def posts_linking_to_any(posts: Sequence[Post], *, user) -> dict[str, list[Post]]:
    """Return, by the slug of each of `posts` to which other posts link, these others; those among `posts` do not count.

    The limits are those of `linking_posts`. It takes one query for each BATCH_OF_LINKS posts.
    """
    found: dict[str, list[Post]] = {}
    others = _newest_known_to(user).exclude(pk__in=[post.pk for post in posts]).order_by("-pk")
    for batch in batched([post.slug for post in posts if not post.trashed_at], BATCH_OF_LINKS):
        links = {f"links_{number}": _links_to(slug) for number, slug in enumerate(batch)}
        any_link = reduce(or_, links.values())
        for post in others.filter(any_link).annotate(**links).only("title", "slug")[: MAX_LINKING * len(batch)]:
            for number, slug in enumerate(batch):
                if getattr(post, f"links_{number}") and len(found.setdefault(slug, [])) < MAX_LINKING:
                    found[slug].append(post)
    return {slug: linking for slug, linking in found.items() if linking}


def _links_to(slug: str) -> Q:
    path = addresses.post(slug)
    return Q(body_html__contains=f'href="{path}') | Q(body_html__contains=f'href="{addresses.absolute(path)}')


def _newest_known_to(user) -> QuerySet:
    newest_key = Subquery(Post.objects.order_by("-pk").values("pk")[:1])
    return Post.objects.known_to(user).filter(pk__gt=newest_key - MAX_SCANNED, trashed_at__isnull=True)


def internal_path(href: str, own: str = addresses.HOME) -> str:
    """Return the path of a link on the page `own`, or an empty string for a link to another site."""
    site = urlsplit(settings.SITE_URL)
    try:
        parts = urlsplit(urljoin(f"{site.scheme}://{site.netloc}{own}", href))
    except ValueError:
        return ""
    is_internal = parts.scheme in ("http", "https") and parts.netloc.lower() == site.netloc.lower()
    return (unquote(parts.path) or addresses.HOME) if is_internal else ""


def _find_problems(paths: set[str], user) -> dict[str, tuple[str, str]]:
    """Return the paths with a problem, each with a key of `PROBLEMS` and the better address or an empty string."""
    checked = {path for path in paths if path not in _FIXED and not f"{path}/".startswith(_UNCHECKED)}
    # The canonical paths of pages: a missing slash and capitals are redirected.
    canonical = {path: f"{addresses.one_slash(path).lower().rstrip('/')}/" for path in checked}
    known = _existing_paths(checked | set(canonical.values()), user)
    missing = {path for path in checked if known.get(path) != ""}
    old = _aliases(missing, user) | _former_slugs(missing, canonical)
    problems = {path: _problem(path, canonical[path], known, old) for path in checked}
    return {path: problem for path, problem in problems.items() if problem}


def _problem(path: str, canonical: str, known: dict[str, str], old: dict[str, tuple]) -> tuple[str, str] | None:
    """Return the problem of one path. The order is the site's: current pages, old addresses, other spellings."""
    if known.get(path) == "":
        return None
    if path in old:
        return old[path]
    if known.get(canonical) == "":
        return "moved", canonical
    return known.get(path) or known.get(canonical) or "missing", ""


def _existing_paths(paths: set[str], user) -> dict[str, str]:
    """Return the paths that exist, each with the problem of its target, or an empty string for none."""
    now = timezone.now()
    slugs: dict[str, dict[str, str]] = {"": {}, "tags": {}, "authors": {}, "series": {}}
    for path in paths:
        if found := _SLUG_PAGE.fullmatch(path):
            slugs[found[1] or ""].setdefault(found[2], path)
    known = {path: "" for path in paths if path in _FIXED} | _archives(paths)
    posts = Post.objects.known_to(user).only("slug", "status", "published_at", "trashed_at")
    known |= {slugs[""][post.slug]: _problem_of_post(post, now) for post in _rows_with(posts, "slug", slugs[""])}
    for kind, model in (("tags", Tag), ("authors", Author), ("series", Series)):
        # The feeds of a tag, an author or a series exist with its page.
        existing = {row.slug for row in _rows_with(model.objects.only("slug"), "slug", slugs[kind])}
        known |= {
            path: ""
            for path in paths
            if (found := _SLUG_PAGE.fullmatch(path)) and found[1] == kind and found[2] in existing
        }
    return known


def _problem_of_post(post: Post, now: datetime) -> str:
    if post.is_public(now):
        return ""
    if post.trashed_at:
        return "trashed"
    return "draft" if post.status == Post.Status.DRAFT else "scheduled"


def _archives(paths: set[str]) -> dict[str, str]:
    """Return the archive pages among these paths that have posts: one index lookup for each, 50 in a query."""
    spans = {path: _dates_of(int(found[1]), found[2]) for path in paths if (found := _ARCHIVE.fullmatch(path))}
    known: dict[str, str] = {}
    for batch in batched(sorted(spans), 50):
        public = Post.objects.published().posts()
        conditions = {
            f"span_{number}": Exists(public.filter(published_at__gte=spans[path][0], published_at__lt=spans[path][1]))
            for number, path in enumerate(batch)
        }
        # The conditions are columns of a query on any table with one row.
        results = ContentGeneration.objects.values(**conditions).first() or {}
        known |= {path: "" for number, path in enumerate(batch) if results.get(f"span_{number}")}
    return known


def _dates_of(year: int, month: str | None) -> tuple[datetime, datetime]:
    # The site's time zone, not the editor's, which may be another.
    zone = timezone.get_default_timezone()
    if month is None:
        return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    following = (year + 1, 1) if month == "12" else (year, int(month) + 1)
    return datetime(year, int(month), 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone)


def _aliases(paths: set[str], user) -> dict[str, tuple[str, str]]:
    """Return the paths that are aliases of posts, each with its problem and its better address."""
    now, variants = timezone.now(), {variant: path for path in paths for variant in addresses.path_variants(path)}
    columns = ("path", *(f"post__{name}" for name in ("slug", "status", "published_at", "trashed_at")))
    aliases = PostAlias.objects.known_to(user).select_related("post").only(*columns)
    old = {}
    for alias in _rows_with(aliases, "path", variants):
        state = _problem_of_post(alias.post, now)
        old[variants[alias.path]] = (state, "") if state else ("moved", addresses.post(alias.post.slug))
    return old


def _former_slugs(paths: set[str], canonical: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return the paths that are pages of former slugs of tags, authors and series, each with the present address."""
    pages = {path: found.groups() for path in paths if (found := _SLUG_PAGE.fullmatch(canonical[path])) and found[1]}
    current = {}
    for batch in batched(sorted(set(pages.values())), BATCH):
        former = None
        for section, aliases, name in _ALIASES:
            slugs = [slug for where, slug in batch if where == section]
            rows = aliases.objects.filter(slug__in=slugs).values_list(Value(section), "slug", f"{name}__slug")
            former = rows if former is None else former.union(rows, all=True)
        current |= {(section, old): f"/{section}/{new}/" for section, old, new in former}
    return {path: ("moved", current[page]) for path, page in pages.items() if page in current}


def _rows_with(rows: QuerySet, name: str, values: Iterable[str]) -> Iterator:
    for batch in batched(sorted(values), BATCH):
        yield from rows.filter(**{f"{name}__in": batch})


def batched(values: Sequence, size: int) -> Iterator[Sequence]:
    """Yield values in batches of at most `size`."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
