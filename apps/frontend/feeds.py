"""Feeds of the site, of each tag, author and series: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1.

They have the newest posts, with the full text or only the summary, depending on the site's settings. The three formats
have the same items and ids, except that Atom has our id for an imported post whose old one is no address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from mimetypes import guess_type
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, Stylesheet, SyndicationFeed, rfc2822_date
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from apps.posts.models import Post, PostQuerySet
from apps.site.models import Current, Site
from blog_project import addresses

from . import aliases
from .absolute import absolute_address, absolute_html
from .responses import page, permanent_redirect

MAX_ITEMS = 20
"""The most posts in a feed."""
_EMPTY_FEED_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""The modification date of a feed without posts: fixed, so that its ETag stays the same."""
_XML = "application/xml; charset=utf-8"
"""The type of both XML formats. Browsers show one of their own types as source text, whatever stylesheet it names; feed
readers go by what is in the document, and by the type in the links that lead to it."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_INVALID_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class AtomFeed(Atom1Feed):
    """Atom with a stylesheet, and the text, language, picture and all authors of each entry."""

    content_type = _XML

    def write(self, outfile, encoding: str) -> None:
        """Write the feed to `outfile`, a binary file; the stylesheet, which Django leaves out of Atom, is before it."""
        handler = SimplerXMLGenerator(outfile, encoding, short_empty_elements=True)
        handler.startDocument()
        for stylesheet in self.feed["stylesheets"]:
            handler.processingInstruction("xml-stylesheet", str(stylesheet))
        handler.startElement("feed", self.root_attributes())
        self.add_root_elements(handler)
        self.write_items(handler)
        handler.endElement("feed")

    def latest_post_date(self) -> datetime:
        """Return the date of the last change of any entry."""
        return _latest(self.items)

    def add_root_elements(self, handler) -> None:
        """Write the elements of the feed, and a note for people who open it in a browser."""
        super().add_root_elements(handler)
        _add_note(handler)

    def root_attributes(self) -> dict[str, str]:
        """Return the XML namespaces: Atom and, for pictures, Media RSS."""
        return super().root_attributes() | {"xmlns:media": "http://search.yahoo.com/mrss/"}

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        """Return the language of an entry as `xml:lang`."""
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler, item: dict[str, Any]) -> None:
        """Write an entry: Django's elements, its authors, its picture and its text."""
        super().add_item_elements(handler, item | {"unique_id": item["atom_id"]})
        for name, link in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            if link:
                handler.addQuickElement("uri", link)
            handler.endElement("author")
        _add_picture(handler, item)
        if item["content"]:
            handler.addQuickElement("content", item["content"], {"type": "html"})


class RssFeed(Rss201rev2Feed):
    """RSS 2.0 with the text (content:encoded), picture and all authors (dc:creator) of each item."""

    content_type = _XML

    def latest_post_date(self) -> datetime:
        """Return the date of the last change of any item."""
        return _latest(self.items)

    def rss_attributes(self) -> dict[str, str]:
        """Return the version and the XML namespaces."""
        return super().rss_attributes() | {
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns:media": "http://search.yahoo.com/mrss/",
        }

    def add_root_elements(self, handler) -> None:
        """Write the elements of the channel; its `pubDate` is that of the newest item."""
        super().add_root_elements(handler)
        _add_note(handler)
        published = max((item["pubdate"] for item in self.items), default=_EMPTY_FEED_DATE)
        handler.addQuickElement("pubDate", rfc2822_date(published))

    def add_item_elements(self, handler, item: dict[str, Any]) -> None:
        """Write an item: Django's elements, its authors, its language, its picture and its text."""
        super().add_item_elements(handler, item)
        for name, _link in item["authors"]:
            handler.addQuickElement("dc:creator", name)
        handler.addQuickElement("dc:language", item["language"])
        _add_picture(handler, item)
        if item["content"]:
            handler.addQuickElement("content:encoded", item["content"])


class JsonFeed(SyndicationFeed):
    """JSON Feed 1.1 (jsonfeed.org)."""

    content_type = "application/feed+json; charset=utf-8"

    def latest_post_date(self) -> datetime:
        """Return the date of the last change of any item."""
        return _latest(self.items)

    def write(self, outfile, encoding: str) -> None:
        """Write the feed to `outfile`, a binary file."""
        about = self.feed
        document = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": about["title"],
            "home_page_url": about["link"],
            "feed_url": about["feed_url"],
            "description": about["description"],
            "language": about["language"],
            "items": [self._item(item) for item in self.items],
        }
        outfile.write(json.dumps(document, ensure_ascii=False).encode(encoding))

    @staticmethod
    def _item(item: dict[str, Any]) -> dict[str, Any]:
        fields = {
            "id": item["unique_id"],
            "url": item["link"],
            "title": item["title"],
            "summary": item["summary"],
            "image": item["image"],
            "date_published": item["pubdate"].isoformat(),
            "date_modified": item["updateddate"].isoformat(),
            "authors": [{"name": name} | ({"url": link} if link else {}) for name, link in item["authors"]],
            "tags": item["categories"],
            "language": item["language"],
        }
        # The format requires a text; the summary will do.
        text = {"content_html": item["content"]} if item["content"] else {"content_text": item["summary"]}
        return {name: value for name, value in fields.items() if value} | text


KINDS: dict[str, type[SyndicationFeed]] = dict(zip(addresses.FEED_KINDS, (AtomFeed, RssFeed, JsonFeed), strict=True))
"""The feed class of each ending of a feed's address."""


@page
def site_feed(request: HttpRequest, kind: str) -> HttpResponse:
    """Return the feed of the newest posts."""
    return _feed(request, kind, request.site.name, addresses.HOME)


@page
def tag_feed(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Return the feed of a tag; a former slug of the tag is redirected (301) to its feed."""
    tag = aliases.get_tag_or_404(slug)
    if tag.slug != slug:
        return permanent_redirect(request, addresses.feed(addresses.tag(tag.slug), kind))
    title = _("%(site)s: %(tag)s") % {"site": request.site.name, "tag": tag.name}
    return _feed(request, kind, title, addresses.tag(slug), tag.description, tag=tag)


@page
def author_feed(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Return the feed of an author; a former slug of the author is redirected (301) to their feed."""
    author = aliases.get_author_or_404(slug)
    if author.slug != slug:
        return permanent_redirect(request, addresses.feed(addresses.author(author.slug), kind))
    title = _("%(site)s: %(author)s") % {"site": request.site.name, "author": author.name}
    return _feed(request, kind, title, addresses.author(slug), author.bio, author=author)


@page
def series_feed(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Return the feed of a series, the newest parts first; a former slug of the series is redirected (301) to its feed."""
    series = aliases.get_series_or_404(slug)
    if series.slug != slug:
        return permanent_redirect(request, addresses.feed(addresses.series(series.slug), kind))
    title = _("%(site)s: %(series)s") % {"site": request.site.name, "series": series.title}
    parts = Post.objects.filter(pk__in=series.part_ids())
    return _feed(request, kind, title, addresses.series(slug), series.description, posts=parts)


def _feed(
    request: HttpRequest,
    kind: str,
    title: str,
    path: str,
    about: str = "",
    *,
    posts: PostQuerySet = Post.objects,
    **of: Any,
) -> HttpResponse:
    """Return the feed of the page at `path`: of all posts, of those of a queryset, or `of` one tag or author."""
    site, feed = request.site, empty_feed(request.site, kind, title, path, about)
    is_full = site.feed_text == Site.FeedText.FULL
    posts = posts.published().posts().newest_first(**of).for_reading().defer("toc_html")
    for post in (posts if is_full else posts.defer("body_html"))[:MAX_ITEMS]:
        feed.add_item(**_item(post, site.language, is_full=is_full))
    return feed_response(feed)


def empty_feed(
    site: Current, kind: str, title: str, path: str, about: str = "", *, page_path: str | None = None
) -> SyndicationFeed:
    """Return a feed without items, at the address of the feeds of `path`.

    `page_path` is the page that has the same on it, `path` unless given.
    """
    own_path = addresses.feed(path, kind)
    return KINDS[kind](
        title=valid_text(title),
        link=addresses.absolute(path if page_path is None else page_path),
        description=valid_text(about or site.tagline),
        subtitle=valid_text(about or site.tagline),
        # Atom requires an author of the feed if an entry has none.
        author_name=valid_text(site.name),
        feed_url=addresses.absolute(own_path),
        feed_guid=permanent_id(own_path),
        language=site.language,
        stylesheets=[Stylesheet(static("frontend/feed.css"), mimetype="text/css", media=None)],
    )


def feed_response(feed: SyndicationFeed) -> HttpResponse:
    """Return the response with a feed."""
    response = HttpResponse(content_type=feed.content_type)
    feed.write(response, "utf-8")
    return response


def _item(post: Post, site_language: str, *, is_full: bool) -> dict[str, Any]:
    link = addresses.absolute(addresses.post(post.slug))
    own_id = permanent_id(f"/posts/{post.pk}")
    # An imported post keeps the id that feed readers know it by, so that they do not show it as new.
    unique_id = valid_text(post.feed_id) or own_id
    return {
        "title": valid_text(post.title),
        "link": link,
        # Readers of both XML formats take the description for HTML; `summary` is the plain text.
        "description": escape(valid_text(post.description)),
        "summary": post.description,
        "pubdate": post.published_at,
        "updateddate": post.modified_at,
        "unique_id": unique_id,
        # Ids of Atom are addresses (RFC 4287, 4.2.6), those of the other formats can be any text.
        "atom_id": unique_id if _ADDRESS.fullmatch(unique_id) else own_id,
        "unique_id_is_permalink": False,
        "categories": [valid_text(tag.name) for tag in post.ordered_tags],
        "content": valid_text(absolute_html(post.body_html, link)) if is_full else "",
        "image": absolute_address(post.image, link) if post.image else "",
        "language": post.language or site_language,
        "authors": [
            (valid_text(who.name), addresses.absolute(addresses.author(who.slug))) for who in post.ordered_authors
        ],
    }


def _add_note(handler) -> None:
    """Write what a feed is, for people who open it in a browser, which shows it by `frontend/feed.css`.

    An element of XHTML is an extension of the formats (RFC 4287, 6), which programs pass over.
    """
    handler.startElement("div", {"xmlns": "http://www.w3.org/1999/xhtml"})
    handler.addQuickElement(
        "p", _("This is a feed: put its address into a feed reader, and it shows you what is new here.")
    )
    handler.startElement("p", {})
    handler.addQuickElement("a", _("To the site"), {"href": addresses.absolute(addresses.HOME)})
    handler.endElement("p")
    handler.endElement("div")


def _add_picture(handler, item: dict[str, Any]) -> None:
    if item["image"]:
        kind = guess_type(urlsplit(item["image"]).path)[0]
        attributes = {"url": valid_text(item["image"]), "medium": "image"} | ({"type": kind} if kind else {})
        handler.addQuickElement("media:content", None, attributes)


def _latest(items: Iterable[dict[str, Any]]) -> datetime:
    return max((item["updateddate"] for item in items), default=_EMPTY_FEED_DATE)


def permanent_id(name: str) -> str:
    """Return a URN that stays the same when the post's slug or the site's scheme (http, https) changes."""
    return uuid5(NAMESPACE_URL, f"//{urlsplit(settings.SITE_URL).netloc}{name}").urn


def valid_text(text: str) -> str:
    """Return `text` without the characters that XML forbids: one of them would make the feed invalid."""
    return _INVALID_IN_XML.sub("", text)
