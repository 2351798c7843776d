"""Every path that `blog_project.addresses` builds for the pages has a route."""

import pytest
from django.urls import resolve

from apps.frontend import feeds, sitemaps, views
from blog_project import addresses


@pytest.mark.parametrize(
    ("path", "view"),
    [
        (addresses.HOME, views.home),
        (addresses.SEARCH, views.search),
        (addresses.ARCHIVE, views.archive),
        (addresses.archive(2026), views.archived),
        (addresses.archive(2026, 3), views.archived),
        (addresses.TAGS, views.tags),
        (addresses.tag("c-2"), views.tag),
        (addresses.feed(addresses.tag("c-2")), feeds.tag_feed),
        (addresses.feed(addresses.author("alice-adams"), "rss"), feeds.author_feed),
        (addresses.feed(kind="json"), feeds.site_feed),
        (addresses.FAVICON, views.favicon),
        (addresses.author("alice-adams"), views.author),
        (addresses.FEED, feeds.site_feed),
        (addresses.SITEMAP, sitemaps.index),
        (addresses.sitemap_section("posts", 12), sitemaps.section),
        (addresses.post("a-post"), views.post),
    ],
)
def test_an_address_resolves_to_its_view(path, view):
    assert resolve(path).func is view


@pytest.mark.parametrize("path", [addresses.SEARCH, addresses.ARCHIVE, addresses.TAGS, addresses.author("x")])
def test_paths_of_the_site_are_reserved_slugs(path):
    assert path.split("/")[1] in addresses.RESERVED_SLUGS
