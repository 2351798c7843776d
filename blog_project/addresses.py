"""The public paths and URLs of the site, as plain functions and constants.

A process cannot reverse a route that it does not mount (a create-only pod has no page routes), so every URL in a
response is built here. Tests compare these paths with the URLconf.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from django.conf import settings

HOME = "/"
SEARCH = "/search/"
ARCHIVE = "/archive/"
TAGS = "/tags/"
SERIES = "/series/"
COMMENTS = "/comments/"
"""Where the feeds of all comments are."""
OPENSEARCH = "/opensearch.xml"
FEED_KINDS = ("atom", "rss", "json")
"""The formats of feeds: Atom, RSS 2.0 and JSON Feed."""
FEED_PARAMETER = {"rss2": "rss", "rss": "rss", "rdf": "rss", "atom": "atom", "json": "json", "feed": "rss"}
"""The values of the query parameter `feed`, by which WordPress names a feed, and our format for each."""
FEED = "/feed.atom"
FAVICON = "/favicon.ico"
SITEMAP = "/sitemap.xml"
MEDIA = "/media/"
ADMIN = "/admin/"
SECOND_FACTOR = "/admin/second-factor/"
"""The pages on which users manage the second factor of their login."""
PREVIEW = "/preview/"
SITE_PREVIEW = "/preview/site/"
"""The pages with settings of the site that are not saved yet."""
CHANGE_PASSWORD = "/admin/password_change/"  # noqa: S105  (no password)
SECURITY_TXT = "/.well-known/security.txt"
API = "/api/v1/"
API_DOCS = "/api/docs/"
API_PROBLEMS = "/api/docs/problems/"
API_SCHEMA = "/api/schema/"

RESERVED_SLUGS = frozenset(
    """admin api archive author authors comments feed feeds health livez media metrics page pages posts preview
    readyz robots search series sitemap sitemaps static tag tags theme""".split()
)
"""First path segments that are not allowed as slugs of posts: those in use, and a few reserved ones."""

POST_NUMBERS = ("p", "page_id")
"""The query parameters by which WordPress's plain addresses name a post: `/?p=12`."""


def is_private(path: str) -> bool:
    """Return whether a path belongs to the admin or is a preview."""
    return f"{path}/".startswith((ADMIN, PREVIEW))


def post(slug: str) -> str:
    """Return the path of a post or a static page."""
    return f"/{quote(slug)}/"


def share_image(slug: str) -> str:
    """Return the path of the image that other sites show beside a link to a post without a picture."""
    return f"{post(slug)}share.png"


def numbered(folder: str, number: str) -> str:
    """Return an address in the style of WordPress's plain permalinks; `folder` is the old site's, `/` for a domain."""
    return f"{folder}?{POST_NUMBERS[0]}={number}"


def tag(slug: str) -> str:
    """Return the path of a tag's page."""
    return f"/tags/{quote(slug)}/"


def series(slug: str) -> str:
    """Return the path of the page of a series."""
    return f"{SERIES}{quote(slug)}/"


def feed(path: str = HOME, kind: str = FEED_KINDS[0]) -> str:
    """Return the path of the feed of a page: of the home page, a tag, an author or a series; or of all comments."""
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


def theme(digest: str) -> str:
    """Return the path of the stylesheet of the site's own look."""
    return f"/theme/{digest}.css"


def media(name: str) -> str:
    """Return the path of an image's file, as used in texts."""
    return f"{MEDIA}{name}"


def preview(pk: int) -> str:
    """Return the path of the private preview of a post."""
    return f"/preview/{pk}/"


def shared_preview(token: str) -> str:
    """Return the path of the shared preview of a post, which needs only the token."""
    return f"/preview/{token}/"


def path_variants(path: str) -> set[str]:
    """Return the forms in which a path may be stored: with and without a trailing slash, encoded, in lower case, NFC."""
    given = one_slash(path)
    paths = {given, unicodedata.normalize("NFC", given)}
    forms = {form for path in paths for form in (path, path.rstrip("/"), f"{path.rstrip('/')}/")}
    return {variant for form in forms for variant in (form, quote(form), form.lower())}


def one_slash(path: str) -> str:
    """Return a path with one slash in place of several consecutive ones."""
    return re.sub("/{2,}", "/", path)


def parameters(path: str) -> frozenset[str]:
    """Return the names of the query parameters that a page reads; it ignores all others."""
    if path == SEARCH:
        return frozenset(["q", "page", "tag", "author", "year"])
    if path == TAGS or re.fullmatch(rf"{SERIES}[^/]+/", path):
        return frozenset(["after"])
    if path == SERIES:
        # A post may have had this address before there were series.
        return frozenset(["after", "comments"])
    if path.count("/") == 2 and path not in (ARCHIVE, TAGS):
        # An old site may have been in a folder: `/blog/?p=12`.
        return frozenset(["comments", *POST_NUMBERS])
    if path in (HOME, "/index.php"):
        return frozenset(["before", "feed", *POST_NUMBERS])
    if path.startswith(("/tags/", "/authors/")):
        return frozenset(["before", "feed"] if path.endswith("/") else [])
    if path.startswith(("/tag/", "/category/", "/author/")):
        return frozenset(["feed"])
    return frozenset(["before"] if path.startswith("/archive/") and path.endswith("/") else [])


def absolute(path: str) -> str:
    """Return the absolute URL of `path` on the public site."""
    return settings.SITE_URL.rstrip("/") + path
