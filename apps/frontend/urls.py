"""The routes of the readers' pages; `blog_project.addresses` builds their paths."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import URLPattern, path, re_path, register_converter

from blog_project import addresses
from blog_project.roles import Role, pattern, under

from . import comment_feeds, feeds, media, series_pages, sitemaps, views, well_known


class SlugConverter:
    """A slug as the models allow it; a path with anything else (capitals, underscores) can only be an old address."""

    regex = r"[a-z0-9]+(?:-[a-z0-9]+)*"

    def to_python(self, value: str) -> str:
        """Return the slug, unchanged."""
        return value

    to_url = to_python


class YearConverter:
    """A year from 1000 to 2999, which all databases support."""

    regex = r"[12][0-9]{3}"

    def to_python(self, value: str) -> int:
        """Return the year as a number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the year as four digits."""
        return f"{value:04}"


class MonthConverter(YearConverter):
    """A month of two digits."""

    regex = r"0[1-9]|1[0-2]"

    def to_url(self, value: int) -> str:
        """Return the month as two digits."""
        return f"{value:02}"


class NumberConverter(YearConverter):
    """A positive number without leading zeros, so that it has only one spelling."""

    regex = r"[1-9][0-9]*"

    def to_url(self, value: int) -> str:
        """Return the number as digits."""
        return str(value)


class FeedConverter(SlugConverter):
    """The ending of a feed's address, which names its format."""

    regex = "|".join(addresses.FEED_KINDS)


register_converter(SlugConverter, "public_slug")
register_converter(YearConverter, "year")
register_converter(MonthConverter, "month")
register_converter(NumberConverter, "number")
register_converter(FeedConverter, "feed_kind")


def page_urls(roles: Iterable[Role]) -> list[URLPattern]:
    """Return the pages' routes; the last matches every path that no other role owns, for old addresses."""
    return [
        path("", views.home),
        path("search/", views.search),
        path("archive/", views.archive),
        path("archive/<year:year>/", views.archived),
        path("archive/<year:year>/<month:month>/", views.archived),
        path("tags/", views.tags),
        path("tags/<public_slug:slug>/", views.tag),
        path("tags/<public_slug:slug>/feed.<feed_kind:kind>", feeds.tag_feed),
        path("authors/<public_slug:slug>/", views.author),
        path("authors/<public_slug:slug>/feed.<feed_kind:kind>", feeds.author_feed),
        path("series/", series_pages.series_list),
        path("series/<public_slug:slug>/", series_pages.series),
        path("series/<public_slug:slug>/feed.<feed_kind:kind>", feeds.series_feed),
        path("feed.<feed_kind:kind>", feeds.site_feed),
        path("comments/feed.<feed_kind:kind>", comment_feeds.comments_feed),
        path(addresses.OPENSEARCH.lstrip("/"), views.opensearch),
        path("sitemap.xml", sitemaps.index),
        path("sitemaps/<slug:section>-<number:number>.xml", sitemaps.section),
        path("robots.txt", views.robots),
        path("favicon.ico", views.favicon),
        path(addresses.SECURITY_TXT.lstrip("/"), well_known.security_txt),
        path(".well-known/change-password", well_known.change_password),
        re_path(r"^theme/(?P<digest>[0-9a-f]{20})\.css\Z", views.theme),
        path("media/<path:name>", media.file),
        path("<public_slug:slug>/", views.post),
        path("<public_slug:slug>/share.png", views.share_image),
        re_path(rf"^{pattern('/')}(?P<path>.+)$", views.old_address),
    ]


def preview_urls(roles: Iterable[Role]) -> list[URLPattern]:
    """Return the routes of `/preview/`, which belong to the admin role; they do not depend on `roles`."""
    from . import preview  # Only the admin role has sessions.

    return [
        path("preview/site/", preview.site_preview),
        path("preview/site/theme.css", preview.site_theme),
        path("preview/<int:pk>/", preview.preview, name="preview"),
        re_path(r"^preview/(?P<secret>[\w-]{32})/\Z", preview.shared_preview, name="shared_preview"),
        # In the monolith the route of posts would match `/preview/`.
        re_path(f"^{under('/preview/')}", preview.not_found),
    ]
