"""The links of posts to the site itself: which lead nowhere, and which only by a redirect.

A batch of posts is asked about in a handful of queries, however many links there are: one for each kind of thing that
is linked to.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape
from typing import NamedTuple, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.db.models import Exists, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.models import ContentGeneration
from blog_project import addresses, roles

from .models import Author, Post, PostAlias, Tag, TagAlias
from .rendering.markup import PAGE_IDS

PROBLEMS = {
    "missing": gettext_lazy("there is nothing at this address"),
    "trashed": gettext_lazy("it is in the trash"),
    "draft": gettext_lazy("it is a draft"),
    "scheduled": gettext_lazy("it is not published yet"),
    "moved": gettext_lazy("it has another address now"),
    "fragment": gettext_lazy("the text has no such place"),
}
AT_ONCE = 900
"""Values that one query names."""

# What nh3 writes: attributes in double quotes.
_LINK = re.compile(r'<a(?:\s+[\w-]+="[^"]*")*?\s+href="([^"]*)"')
_ID = re.compile(r'<\w+(?:\s+[\w-]+="[^"]*")*?\s+id="([^"]*)"')
_NAMED = re.compile(r"/(?:(tags|authors)/)?([a-z0-9]+(?:-[a-z0-9]+)*)/(?(1)(?:feed\.(?:atom|rss|json))?)")
_ARCHIVE = re.compile(r"/archive/([12][0-9]{3})/(?:(0[1-9]|1[0-2])/)?")
_ALWAYS = (addresses.HOME, addresses.SEARCH, addresses.ARCHIVE, addresses.TAGS, addresses.SITEMAP, addresses.FAVICON)
# What others than the pages answer for, or files; whether these are there is not for the database to say.
_UNCHECKED = (
    "/static/",
    "/media/",
    "/sitemaps/",
    "/feed.",
    "/robots.txt",
    *roles.foreign_prefixes(roles.Role.FRONTEND),
)


class Broken(NamedTuple):
    """A link that does not lead where it should."""

    href: str
    """As the text has it."""
    problem: str
    """One of `PROBLEMS`."""
    better: str = ""
    """The address to link to instead, where there is one."""

    @property
    def reason(self) -> str:
        """Say what is wrong with it."""
        said = str(PROBLEMS[self.problem])
        return _("%(reason)s: %(address)s") % {"reason": said, "address": self.better} if self.better else said


Key = TypeVar("Key", bound=Hashable)


def broken(texts: Mapping[Key, tuple[str, str]]) -> dict[Key, list[Broken]]:
    """Return the broken links of texts, each given by its own address and its HTML; nothing for those without."""
    links = {key: _links(own, html) for key, (own, html) in texts.items()}
    verdicts = _judge({path for found in links.values() for _href, path in found if path})
    said = {}
    for key, found in links.items():
        wrong = [
            Broken(href, *verdicts[path]) if path else Broken(href, "fragment")
            for href, path in found
            if not path or path in verdicts
        ]
        if wrong:
            said[key] = wrong
    return said


def _links(own: str, html: str) -> list[tuple[str, str]]:
    """Return a text's links to the site as (as written, path); the path is empty for a place that the text lacks."""
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


def internal_path(href: str, own: str = addresses.HOME) -> str:
    """Return the path that a link on the page `own` leads to on this site, or nothing for one that leads elsewhere."""
    site = urlsplit(settings.SITE_URL)
    try:
        parts = urlsplit(urljoin(f"{site.scheme}://{site.netloc}{own}", href))
    except ValueError:
        return ""
    is_ours = parts.scheme in ("http", "https") and parts.netloc.lower() == site.netloc.lower()
    return (unquote(parts.path) or addresses.HOME) if is_ours else ""


def _judge(paths: set[str]) -> dict[str, tuple[str, str]]:
    """Return what is wrong with paths, and their better addresses; nothing for those that are right."""
    asked = {path for path in paths if path not in _ALWAYS and not f"{path}/".startswith(_UNCHECKED)}
    # Pages end with a slash; who leaves it out, or writes capitals, is redirected.
    spelt = {path: f"{addresses.one_slash(path).lower().rstrip('/')}/" for path in asked}
    known = _known(asked | set(spelt.values()))
    gone = {path for path in asked if known.get(path) != ""}
    old = _aliases(gone) | _former_tags(gone, spelt)
    verdicts = {path: _verdict(path, spelt[path], known, old) for path in asked}
    return {path: verdict for path, verdict in verdicts.items() if verdict}


def _verdict(path: str, spelt: str, known: dict[str, str], old: dict[str, tuple]) -> tuple[str, str] | None:
    """Judge one path as the site answers it: what is there, what was there, what is spelt otherwise."""
    if known.get(path) == "":
        return None
    if path in old:
        return old[path]
    if known.get(spelt) == "":
        return "moved", spelt
    return known.get(path) or known.get(spelt) or "missing", ""


def _known(paths: set[str]) -> dict[str, str]:
    """Return which paths have something at them, each with what is wrong with that, or nothing."""
    now = timezone.now()
    slugs: dict[str, dict[str, str]] = {"": {}, "tags": {}, "authors": {}}
    for path in paths:
        if found := _NAMED.fullmatch(path):
            slugs[found[1] or ""].setdefault(found[2], path)
    known = {path: "" for path in paths if path in _ALWAYS} | _archives(paths)
    posts = Post.objects.only("slug", "status", "published_at", "trashed_at")
    known |= {slugs[""][post.slug]: _state(post, now) for post in _with(posts, "slug", slugs[""])}
    for kind, model in (("tags", Tag), ("authors", Author)):
        # Of a tag, its feeds are there with its page.
        there = {row.slug for row in _with(model.objects.only("slug"), "slug", slugs[kind])}
        known |= {
            path: "" for path in paths if (found := _NAMED.fullmatch(path)) and found[1] == kind and found[2] in there
        }
    return known


def _state(post: Post, now: datetime) -> str:
    if post.is_public(now):
        return ""
    if post.trashed_at:
        return "trashed"
    return "draft" if post.status == Post.Status.DRAFT else "scheduled"


def _archives(paths: set[str]) -> dict[str, str]:
    """Return the archive pages among these paths that have posts: one query, with one look into an index for each."""
    spans = {path: _span(int(found[1]), found[2]) for path in paths if (found := _ARCHIVE.fullmatch(path))}
    known: dict[str, str] = {}
    for some in batched(sorted(spans), 50):
        public = Post.objects.published().posts()
        asked = {
            f"span_{number}": Exists(public.filter(published_at__gte=spans[path][0], published_at__lt=spans[path][1]))
            for number, path in enumerate(some)
        }
        # A query needs a row to hang them on: any.
        answers = ContentGeneration.objects.values(**asked).first() or {}
        known |= {path: "" for number, path in enumerate(some) if answers.get(f"span_{number}")}
    return known


def _span(year: int, month: str | None) -> tuple[datetime, datetime]:
    # In the site's time zone, which the desk's need not be.
    zone = timezone.get_default_timezone()
    if month is None:
        return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    following = (year + 1, 1) if month == "12" else (year, int(month) + 1)
    return datetime(year, int(month), 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone)


def _aliases(paths: set[str]) -> dict[str, tuple[str, str]]:
    """Return which paths are old addresses, each with what became of its post."""
    now, ways = timezone.now(), {way: path for path in paths for way in addresses.path_variants(path)}
    columns = ("path", *(f"post__{name}" for name in ("slug", "status", "published_at", "trashed_at")))
    aliases = PostAlias.objects.select_related("post").only(*columns)
    old = {}
    for alias in _with(aliases, "path", ways):
        state = _state(alias.post, now)
        old[ways[alias.path]] = (state, "") if state else ("moved", addresses.post(alias.post.slug))
    return old


def _former_tags(paths: set[str], spelt: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return which paths are pages of former slugs of tags, each with the page that they lead to."""
    named = {path: found[2] for path in paths if (found := _NAMED.fullmatch(spelt[path])) and found[1] == "tags"}
    aliases = _with(TagAlias.objects.select_related("tag"), "slug", set(named.values()))
    now = {alias.slug: addresses.tag(alias.tag.slug) for alias in aliases}
    return {path: ("moved", now[slug]) for path, slug in named.items() if slug in now}


def _with(rows: QuerySet, name: str, values: Iterable[str]) -> Iterator:
    for some in batched(sorted(values), AT_ONCE):
        yield from rows.filter(**{f"{name}__in": some})


def batched(values: Sequence, size: int) -> Iterator[Sequence]:
    """Yield values in batches of at most `size`."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
