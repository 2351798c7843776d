"""The readers' pages, without sessions and cookies. The number of queries does not depend on that of posts."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import BigIntegerField, CharField, DateTimeField, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from apps.comments import reading
from apps.core import keysets, public_files
from apps.core.compiled_queries import CompiledQuery, Parameter
from apps.media.stores import IMMUTABLE
from apps.posts import related, series
from apps.posts import search as searching
from apps.posts.models import NEWEST_FIRST, Post, PostAlias, Tag
from apps.site import languages
from apps.site import theme as site_theme
from apps.site.models import stored_stylesheet
from blog_project import addresses

from . import aliases, calendars, cursors, former_addresses, meta, share_images
from .responses import allow_frames, page, permanent_redirect

INDEX_SIZE = 100
"""The most rows on a page of titles or tags."""
MAX_SUGGESTIONS = 8
"""The most tags, authors and years, each, that a search suggests as filters."""

_NOW = Parameter("now", DateTimeField())
_post_by_slug = CompiledQuery(
    lambda: reading.annotate_has_comments(Post.objects.for_reading(_NOW)).filter(slug=Parameter("slug", CharField()))
)


@page
def home(request: HttpRequest) -> HttpResponse:
    """Show the newest posts; `?feed=` of WordPress is redirected (301)."""
    return _alias_response(request) or home_page(request)


def home_page(request: HttpRequest) -> HttpResponse:
    """Return the front page, or a following page of older posts, with the settings `request.site`."""
    about = meta.of_home(request.site, is_first=not request.GET.get("before"))
    return _post_list(request, "frontend/home.html", addresses.HOME, about)


@page
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the newest posts of a tag; a former slug of the tag is redirected (301)."""
    found = aliases.get_tag_or_404(slug)
    if found.slug != slug:
        return permanent_redirect(request, addresses.tag(found.slug))
    return _post_list(request, "frontend/tag.html", addresses.tag(slug), meta.of_tag(found), tag=found)


@page
def author(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an author and their newest posts; a former slug of the author is redirected (301)."""
    found = aliases.get_author_or_404(slug)
    if found.slug != slug:
        return permanent_redirect(request, addresses.author(found.slug))
    return _post_list(request, "frontend/author.html", addresses.author(slug), meta.of_author(found), author=found)


@page
def archive(request: HttpRequest) -> HttpResponse:
    """Show the years and months that have posts, with their numbers."""
    context = {"years": calendars.years(), "path": addresses.ARCHIVE, "about": meta.of_archive()}
    return render(request, "frontend/archive.html", context)


@page
def archived(request: HttpRequest, year: int, month: int | None = None) -> HttpResponse:
    """Show the titles of a year or month, newest first; 404 if there are none."""
    start, end = calendars.span(year, month)
    posts = Post.objects.published().posts().filter(published_at__gte=start, published_at__lt=end)
    before = _requested_cursor(request)
    titles = posts.newest_first(before=before).only("slug", "title", "published_at", "language", "typography")
    titles = titles.with_due_update(markdown=False)
    context = _paginated(request, list(titles[: INDEX_SIZE + 1]), addresses.archive(year, month), INDEX_SIZE)
    if not context["posts"]:
        raise Http404(_("Nothing was published then."))
    months = calendars.months(year, context["posts"][0])
    periods = [(date_format(start, "Y"), addresses.archive(year))]
    if month:
        periods.append((date_format(start, "YEAR_MONTH_FORMAT"), addresses.archive(year, month)))
    context |= {"start": start, "month": month, "months": months, "year_path": addresses.archive(year)}
    context["about"] = meta.of_archive(*periods)
    return render(request, "frontend/archived.html", context)


@page
def tags(request: HttpRequest) -> HttpResponse:
    """Show the tags that have posts, by name. The query parameter `after` is the last name of the page before."""
    after = request.GET.get("after", "")[:100]
    rows = Tag.objects.in_use().filter(keysets.beyond(("name",), (after,))).order_by("name").only("name", "slug")
    shown, last = keysets.cut(list(rows[: INDEX_SIZE + 1]), INDEX_SIZE)
    more = f"{addresses.TAGS}?{urlencode({'after': last.name})}" if last else ""
    path = f"{addresses.TAGS}?{urlencode({'after': after})}" if after else addresses.TAGS
    context = {"tags": shown, "older": more, "newest": addresses.TAGS if after else "", "path": path}
    context["about"] = meta.of_tags()
    return render(request, "frontend/tags.html", context)


@page
def search(request: HttpRequest) -> HttpResponse:
    """Show the posts that match `q`, best first, filtered by `tag`, `author` and `year` if given."""
    query = request.GET.get("q", "").strip()
    size = request.site.posts_per_page
    number = _page_number(request.GET.get("page", "1"), size)
    given = {name: value for name in ("tag", "author", "year") if (value := request.GET.get(name, ""))}
    filters = _search_filters(given)
    found = searching.find(query, filters.scope) if query else searching.SearchResult([])
    shown = found.ids[(number - 1) * size : number * size]
    if number > 1 and not shown:
        raise Http404(_("The search has no such page of results."))
    hits = searching.hits(shown, query) if shown else []
    here = {"q": query} | given
    context = {
        "query": query,
        "hits": hits,
        "found": found,
        "cut_to": searching.QUERY_LIMIT if len(query) > searching.QUERY_LIMIT else 0,
        "filters": [(label, _search_path(here | {name: ""})) for name, label in filters.labels.items()],
        "given": given.items(),
        "narrower": _suggested_filters(hits, here),
        "older": _search_path(here | {"page": number + 1}) if len(found.ids) > number * size else "",
        "newer": _search_path(here | {"page": number - 1 if number > 2 else ""}) if number > 1 else "",
        "path": _search_path(here | {"page": number if number > 1 else ""}),
        "about": meta.of_search(query),
    }
    return render(request, "frontend/search.html", context)


@page
def post(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a post or static page; 410 if it was public and is in the trash; 301 from an old address."""
    found = _post_by_slug.first(slug=slug, now=timezone.now())
    if found is not None and found.is_public():
        return show_post(request, found)
    if found is not None and found.trashed_at and found.address_was_public:
        return _gone(request)
    answer = _alias_response(request) or _feed_response(request) or _list_response(request)
    if answer is None:
        raise Http404
    return answer


@page
def share_image(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the image of a public post for links to it: its title, drawn. 404 for any other slug."""
    shown = Post.objects.published().only("slug", "title", "language", "typography").with_due_update(markdown=False)
    found = shown.filter(slug=slug).first()
    if found is None:
        raise Http404
    response = share_images.response(found, request.site)
    public_files.allow_embedding(response)
    return response


def show_post(request: HttpRequest, found: Post) -> HttpResponse:
    """Return the page of a public post."""
    with languages.activated(found.language, request.site):
        context = post_context(found, request.GET.get(reading.PARAMETER, ""))
        context["about"] = meta.of_post(found, request.site, context["place"])
        return allow_frames(render(request, "frontend/post.html", context), found.body_html)


def public_post(slug: str) -> Post | None:
    """Return the public post with this slug, as its page shows it, or None."""
    found = _post_by_slug.first(slug=slug, now=timezone.now())
    return found if found is not None and found.is_public() else None


@csrf_exempt
def old_address(request: HttpRequest, path: str) -> HttpResponse:
    """Redirect old addresses and other spellings of a page's path; 404 for all other paths."""
    if request.method not in ("GET", "HEAD"):
        raise Http404
    return _redirect_old_address(request)


@page
def _redirect_old_address(request: HttpRequest) -> HttpResponse:
    answer = _alias_response(request) or _feed_response(request)
    if answer is None:
        lowered = addresses.one_slash(request.path_info).lower()
        # The paths of pages end with a slash, those of files such as feeds do not.
        variants = (lowered, f"{lowered.rstrip('/')}/", lowered.rstrip("/"))
        canonical = next((variant for variant in variants if variant != request.path_info and _is_page(variant)), None)
        answer = permanent_redirect(request, canonical) if canonical else _list_response(request)
    if answer is None:
        raise Http404
    return answer


@page
def robots(request: HttpRequest) -> HttpResponse:
    """Return robots.txt: the path that crawlers should leave out, and the address of the sitemap.

    Pages with `noindex` are not left out: a crawler that may not read a page cannot see that it should not list it.
    """
    return render(request, "frontend/robots.txt", {"addresses": addresses}, content_type="text/plain; charset=utf-8")


@page
def opensearch(request: HttpRequest) -> HttpResponse:
    """Return the OpenSearch description (version 1.1), by which browsers offer to search the site from their own bar."""
    return render(request, "frontend/opensearch.xml", {"addresses": addresses}, content_type=meta.OPENSEARCH_TYPE)


@page
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect clients that do not read the page's icon link to the static file, whose name changes with releases."""
    return HttpResponseRedirect(static("frontend/favicon.ico"))


@page
def theme(request: HttpRequest, digest: str) -> HttpResponse:
    """Return the stylesheet of the site's own look; from a former address of it, redirect to the present one."""
    if not request.site.theme:
        raise Http404
    if request.site.theme != addresses.theme(digest):
        # A page that was kept somewhere may be older than the look. No cache may keep the way to it.
        return HttpResponseRedirect(request.site.theme, headers={"Cache-Control": "no-store"})
    css = site_theme.css(request.site.accent, stored_stylesheet())
    return HttpResponse(css, content_type="text/css; charset=utf-8", headers={"Cache-Control": IMMUTABLE})


def post_context(found: Post, comments_after: str = "") -> dict[str, Any]:
    """Return the context of `frontend/post.html`; for a public post with its series, neighbours, related posts, comments."""
    context: dict[str, Any] = {"post": found, "path": addresses.post(found.slug), "place": None}
    if not found.is_public():
        return context
    context["place"] = place = series.place_of(found)
    neighbours = related.related_posts(found)
    # The page names the parts before and after it once, and not among its other neighbours again.
    parts = {part.slug for part in (place.previous, place.next) if part} if place else set()
    older, newer = (post if post and post.slug not in parts else None for post in (neighbours.older, neighbours.newer))
    context |= {"older_post": older, "newer_post": newer, "translations": neighbours.translations}
    context["related"] = [post for post in neighbours.related if post.slug not in parts]
    if found.kind == Post.Kind.POST:
        context["discussion"] = reading.discussion(found, comments_after)
    return context


def _post_list(request: HttpRequest, template: str, path: str, about: meta.PageMeta, **of: Any) -> HttpResponse:
    """Return a page of summaries: of all posts, or `of` one tag or author. `?feed=` leads to the feed of these."""
    if "feed" in request.GET and (answer := _feed_response(request)):
        return answer
    size, before = request.site.posts_per_page, _requested_cursor(request)
    date, pk = before or (None, None)
    given = {name: instance.pk for name, instance in of.items()}
    posts = _newest_posts_query(size + 1, before is not None, *of).rows(now=timezone.now(), date=date, pk=pk, **given)
    context = _paginated(request, posts, path, size)
    if not of and before is None:
        context["posts"] = _featured_first(context["posts"])
    if context["newest"] and not context["posts"]:
        raise Http404(_("There is nothing older."))
    return render(request, template, context | of | {"about": about})


def _featured_first(posts: list[Post]) -> list[Post]:
    """Return the posts of the front page with the newest featured one first; one that is older comes in addition."""
    pk = posts[0].newest_featured if posts else None
    if pk is None:
        return posts
    rest = [post for post in posts if post.pk != pk]
    if len(rest) == len(posts):
        found = Post.objects.for_listing().filter(pk=pk).first()
        return [found, *posts] if found else posts
    return [*(post for post in posts if post.pk == pk), *rest]


@cache
def _newest_posts_query(limit: int, has_cursor: bool, *of: str) -> CompiledQuery[Post]:
    """Return the query of the newest summaries: of all posts, or `of` a "tag" or an "author"."""
    before = (Parameter("date", DateTimeField()), Parameter("pk", BigIntegerField())) if has_cursor else None
    links = {name: Parameter(name, BigIntegerField()) for name in of}
    public = Post.objects.published(_NOW).posts()
    posts = public
    if not of and not has_cursor:
        # Of all rows the same: the database computes it once.
        featured = public.featured().order_by(*NEWEST_FIRST).values("pk")[:1]
        posts = posts.annotate(newest_featured=Subquery(featured))
    return CompiledQuery(lambda: posts.newest_first(before=before, **links).for_listing(_NOW)[:limit])


def _paginated(request: HttpRequest, rows: list[Post], path: str, size: int) -> dict[str, Any]:
    """Return the context of a page of `size` posts; one more in `rows` means that an older page follows."""
    before = request.GET.get("before", "")
    shown, last = keysets.cut(rows, size)
    return {
        "posts": shown,
        "path": _at_cursor(path, before),
        "older": _at_cursor(path, cursors.cursor_after(last)) if last else "",
        "newest": path if before else "",
    }


def _requested_cursor(request: HttpRequest) -> tuple | None:
    value = request.GET.get("before", "")
    return cursors.parse(value) if value else None


def _at_cursor(path: str, cursor: str) -> str:
    return f"{path}?before={cursor}" if cursor else path


def _page_number(value: str, size: int) -> int:
    pages = ceil(searching.CANDIDATES / size)
    if value not in map(str, range(1, pages + 1)):
        raise BadRequest(_("A page of search results is a number from 1 to %s.") % pages)
    return int(value)


class _SearchFilters(NamedTuple):
    scope: searching.Scope
    labels: dict[str, str]


def _search_filters(given: dict[str, str]) -> _SearchFilters:
    """Return the filters of a search and their labels. 404 for an unknown tag or author and an invalid year."""
    tag = aliases.get_tag_or_404(given["tag"]) if "tag" in given else None
    author = aliases.get_author_or_404(given["author"]) if "author" in given else None
    year = given.get("year", "")
    if year and not re.fullmatch("[12][0-9]{3}", year):
        raise Http404
    scope = searching.Scope(tag, author, calendars.span(int(year)) if year else None)
    labels = {"tag": tag and tag.name, "author": author and author.name, "year": year}
    return _SearchFilters(scope, {name: label for name, label in labels.items() if label})


def _suggested_filters(hits: list[searching.Hit], here: dict[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return suggested filters from the shown posts: for each kind its title, and labels and paths."""
    posts = [hit.post for hit in hits]
    kinds = {
        "tag": (_("Tags"), [(tag.slug, tag.name) for post in posts for tag in post.ordered_tags]),
        "author": (_("Authors"), [(who.slug, who.name) for post in posts for who in post.ordered_authors]),
        "year": (_("Years"), [(year, year) for year in sorted((_year(post) for post in posts), reverse=True)]),
    }
    suggestions = {
        title: [
            (label, _search_path(here | {name: value}))
            for (value, label), _ in Counter(values).most_common(MAX_SUGGESTIONS)
        ]
        for name, (title, values) in kinds.items()
        if name not in here and len(set(values)) > 1
    }
    return list(suggestions.items())


def _year(post: Post) -> str:
    return str(timezone.localtime(post.published_at).year)


def _search_path(given: dict[str, Any]) -> str:
    """Return the path of a search, without empty parameters."""
    given = {name: value for name, value in given.items() if value}
    return f"{addresses.SEARCH}?{urlencode(given)}" if given else addresses.SEARCH


def _is_page(path: str) -> bool:
    try:
        return resolve(path).func is not old_address
    except Resolver404:
        return False


def _alias_response(request: HttpRequest) -> HttpResponse | None:
    """Return a redirect to the post with this old address, 410 if it is in the trash, or None."""
    number = _post_number(request)
    if request.path_info == addresses.HOME and not number:
        return None
    path_variants = [spelling for spelling in addresses.path_variants(request.path_info) if len(spelling) <= 255]
    if number:
        folder = request.path_info.removesuffix("index.php")
        path_variants = [addresses.numbered(one, number) for one in (folder, f"{folder.rstrip('/')}/")]
    found = PostAlias.objects.filter(path__in=path_variants).select_related("post")
    columns = ("path", *(f"post__{name}" for name in ("slug", "status", "published_at", "trashed_at")))
    alias = found.only(*columns).first()
    if alias is None:
        return None
    if alias.post.is_public():
        # The number is the address here; other parameters are passed on.
        without = addresses.POST_NUMBERS if number else ()
        return permanent_redirect(request, addresses.post(alias.post.slug), without=without)
    return _gone(request) if alias.post.trashed_at else None


def _has_page(path: str) -> bool:
    """Return whether a post has, or had until it was put in the trash, the address that a path is a spelling of."""
    # Most feeds have an address with a dot or with further slashes, which a slug cannot have.
    slug = path.strip("/").lower()
    found = None if {"/", "."} & set(slug) else _post_by_slug.first(slug=slug, now=timezone.now())
    return found is not None and (found.is_public() or bool(found.trashed_at and found.address_was_public))


def _feed_response(request: HttpRequest) -> HttpResponse | None:
    """Return a redirect to our feed for the address of a feed on another system, or None."""
    path = former_addresses.find_feed(request.path_info, request.GET.get("feed", ""))
    return HttpResponsePermanentRedirect(path) if path and not _has_page(request.path_info) else None


def _list_response(request: HttpRequest) -> HttpResponse | None:
    """Return a redirect to our list of posts for the address of a list on another system, or None."""
    # With a number, the address is that of a post, which is not here.
    path = None if _post_number(request) else former_addresses.find_list(request.path_info)
    return HttpResponsePermanentRedirect(path) if path else None


def _post_number(request: HttpRequest) -> str:
    """Return the number of the post that a plain address of WordPress names, or an empty string."""
    given = (request.GET.get(name, "") for name in addresses.POST_NUMBERS)
    return next((number for number in given if number.isascii() and number.isdecimal() and len(number) < 20), "")


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "frontend/410.html", status=410)
