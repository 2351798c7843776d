"""Atom feeds (RFC 4287) of the site and of each tag, with the whole text of the newest posts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.posts.models import Post, Tag
from blog_project import addresses

from .responses import modified_at, page

ENTRIES = 20
"""Posts in a feed."""
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""When a feed without posts was last changed: a fixed date, so that it stays the same."""
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class FullTextFeed(Atom1Feed):
    """Atom with the text of each entry, and with all of its authors."""

    def latest_post_date(self) -> datetime:
        """Return when the newest change of an entry was."""
        return max((item["updateddate"] for item in self.items), default=_BEGINNING)

    def add_item_elements(self, handler, item) -> None:
        """Write an entry: Django's elements, its authors, and its text with the base of its relative links."""
        super().add_item_elements(handler, item)
        for name, link in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.addQuickElement("uri", link)
            handler.endElement("author")
        handler.addQuickElement("content", item["content"], {"type": "html", "xml:base": item["link"]})


@page
def site_feed(request: HttpRequest) -> HttpResponse:
    """Answer the newest posts."""
    return _feed(settings.SITE_NAME, addresses.HOME, addresses.FEED, Post.objects.newest_first())


@page
def tag_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer the newest posts of a tag."""
    tag = get_object_or_404(Tag, slug=slug)
    title = _("%(site)s: %(tag)s") % {"site": settings.SITE_NAME, "tag": tag.name}
    return _feed(title, addresses.tag(slug), addresses.tag_feed(slug), Post.objects.newest_first(tag=tag))


def _feed(title: str, path: str, own_path: str, posts) -> HttpResponse:
    feed = FullTextFeed(
        title=_printable(title),
        link=addresses.absolute(path),
        description=None,
        subtitle=settings.SITE_TAGLINE,
        # An entry without an author of its own has the feed's, which Atom requires then.
        author_name=settings.SITE_NAME,
        feed_url=addresses.absolute(own_path),
        feed_guid=_permanent_id(own_path),
        language=get_language(),
    )
    for post in posts.published().posts().for_reading()[:ENTRIES]:
        _add(feed, post)
    response = HttpResponse(content_type=feed.content_type)
    feed.write(response, "utf-8")
    return modified_at(response, feed.latest_post_date())


def _add(feed: FullTextFeed, post: Post) -> None:
    feed.add_item(
        title=_printable(post.title),
        link=addresses.absolute(addresses.post(post.slug)),
        description=_printable(post.description),
        pubdate=post.published_at,
        updateddate=max(post.updated_at, post.published_at),
        unique_id=_permanent_id(f"/posts/{post.pk}"),
        categories=[_printable(tag.name) for tag in post.tags.all()],
        content=_printable(post.body_html),
        authors=[
            (_printable(who.name), addresses.absolute(addresses.author(who.slug))) for who in post.ordered_authors
        ],
    )


def _permanent_id(name: str) -> str:
    """Return an id that stays when the post's address or the site's scheme changes."""
    return uuid5(NAMESPACE_URL, f"//{urlsplit(settings.SITE_URL).netloc}{name}").urn


def _printable(text: str) -> str:
    """Return `text` without the characters that XML cannot hold: one of them would make the feed unreadable."""
    return _NOT_XML.sub("", text)
