"""The public addresses of things, as plain templates.

A process never reverses a route that it does not mount (a create-only pod has no page routes), so
every address that leaves the process is made here. Tests hold these against the URLconf.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from django.conf import settings

HOME = "/"
SEARCH = "/search/"
ARCHIVE = "/archive/"
TAGS = "/tags/"
FEED_KINDS = ("atom", "rss", "json")
"""The formats of feeds: Atom, RSS 2.0 and JSON Feed."""
FEED = "/feed.atom"
FAVICON = "/favicon.ico"
SITEMAP = "/sitemap.xml"
MEDIA = "/media/"
ADMIN = "/admin/"
PREVIEW = "/preview/"
API = "/api/v1/"
API_DOCS = "/api/docs/"
API_PROBLEMS = "/api/docs/problems/"
API_SCHEMA = "/api/schema/"

UPLOADS = frozenset([f"{API}images/", "/admin/media/image/upload/", "/admin/media/image/add/"])
"""Where images are sent to: the only addresses that take more than REQUEST_BODY_LIMIT."""

RESERVED_SLUGS = frozenset(
    """admin api archive author authors comments feed feeds health livez media metrics page pages posts preview
    readyz robots search sitemap sitemaps static tag tags""".split()
)
"""First path segments that a post or page can never have: those in use, and a few kept for later."""


def is_private(path: str) -> bool:
    """Tell whether a path is one of the editors': the admin or a preview."""
    return f"{path}/".startswith((ADMIN, PREVIEW))


def post(slug: str) -> str:
    """Return the path of a post's or page's page."""
    return f"/{quote(slug)}/"


def tag(slug: str) -> str:
    """Return the path of a tag's page."""
    return f"/tags/{quote(slug)}/"


def feed(path: str = HOME, kind: str = FEED_KINDS[0]) -> str:
    """Return the path of the feed of a page: of the site's (`/`), a tag's or an author's."""
    return f"{path}feed.{kind}"


def author(slug: str) -> str:
    """Return the path of an author's page."""
    return f"/authors/{quote(slug)}/"


def archive(year: int, month: int | None = None) -> str:
    """Return the path of a year's or a month's archive page."""
    return f"/archive/{year}/" if month is None else f"/archive/{year}/{month:02}/"


def sitemap_section(section: str, number: int) -> str:
    """Return the path of one part of the sitemap."""
    return f"/sitemaps/{section}-{number}.xml"


def api(resource: str, pk: int | None = None) -> str:
    """Return the path of a REST collection (`posts`, `tags`, `authors`) or of one of its members."""
    return f"{API}{resource}/" if pk is None else f"{API}{resource}/{pk}/"


def media(name: str) -> str:
    """Return the path of an image's file, as texts name it."""
    return f"{MEDIA}{name}"


def preview(pk: int) -> str:
    """Return the path of the private preview of a post."""
    return f"/preview/{pk}/"


def shared_preview(token: str) -> str:
    """Return the path of the preview of a post for whoever has its secret."""
    return f"/preview/{token}/"


def path_variants(path: str) -> set[str]:
    """Return the ways in which an old address may have been written down: with a slash or not, encoded or not."""
    path = one_slash(path)
    bare = path.rstrip("/")
    return {made for way in (path, bare, f"{bare}/") for made in (way, quote(way), way.lower())}


def one_slash(path: str) -> str:
    """Return a path without the slashes that follow a slash."""
    return re.sub("/{2,}", "/", path)


def parameters(path: str) -> frozenset[str]:
    """Return the names of the query parameters that a page reads. Any other changes nothing of what it shows."""
    if path == SEARCH:
        return frozenset(["q", "page", "tag", "author", "year"])
    if path == TAGS:
        return frozenset(["after"])
    if path.count("/") == 2 and path not in (ARCHIVE, TAGS):
        return frozenset(["comments"])
    is_list = path == HOME or path.startswith(("/tags/", "/authors/", "/archive/"))
    return frozenset(["before"] if is_list and path.endswith("/") else [])


def absolute(path: str) -> str:
    """Return `path` as a full address on the public site."""
    return settings.SITE_URL.rstrip("/") + path
