"""The metadata of pages: title, description, OpenGraph, JSON-LD, canonical address, feeds and alternates.

A view puts a `PageMeta`, from one of the functions below, into the template's context as `about`. `head` combines it
with the addresses in the context (`path`, `older`, `translations`, …) into what `frontend/_meta.html` writes. A page
without `about`, such as an error page, gets noindex.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from unicodedata import normalize

from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language, pgettext, to_locale
from django.utils.translation import gettext as _

from apps.posts.models import Author, Post, Series, Tag
from apps.posts.series import Place
from apps.site.models import Current, Site
from blog_project import addresses

from . import share_images
from .absolute import absolute_address

DESCRIPTION_LIMIT = 300
"""The most characters of a description; search engines show about half of them."""
FEED_TYPES = dict(
    zip(addresses.FEED_KINDS, ("application/atom+xml", "application/rss+xml", "application/feed+json"), strict=True)
)
OPENSEARCH_TYPE = "application/opensearchdescription+xml"
# As in Django's json_script: no text can end the script element, and the JSON stays equivalent.
_ESCAPES = [(char, f"\\u{ord(char):04X}") for char in "<>&"]
_SIZE_OF_DRAWN = (("og:image:width", str(share_images.WIDTH)), ("og:image:height", str(share_images.HEIGHT)))
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class PageMeta:
    """The metadata of a page that does not depend on its address."""

    title: str = ""
    """Without the site's name; empty for the front page."""
    description: str = ""
    """Plain text of any length; empty for the site's tagline."""
    kind: str = "website"
    """The OpenGraph type (og:type): website, article or profile."""
    image: str = ""
    """The full address of the picture of the page (og:image)."""
    drawn_image: str = ""
    """The full address of an image that stands in for it where links are shown (`share_images`)."""
    canonical: str = ""
    """The full address of the original, if it was first published on another site."""
    language: str = ""
    """The language of the text; empty for that of the interface."""
    is_hidden: bool = False
    """Whether the page gets noindex."""
    feeds: tuple[tuple[str, str], ...] = ()
    """Titles and paths of the pages whose feeds are linked, in addition to the site's."""
    me: tuple[str, ...] = ()
    """Addresses of the same person or site on other sites (rel=me)."""
    properties: tuple[tuple[str, str], ...] = ()
    """Additional OpenGraph properties: names and contents."""
    data: tuple[dict[str, Any], ...] = ()
    """The schema.org objects of the page (JSON-LD)."""


class Link(NamedTuple):
    """A `link` element of the head; empty attributes are left out."""

    rel: str
    href: str
    type: str = ""
    title: str = ""
    hreflang: str = ""


class Head(NamedTuple):
    """The contents of a page's head, as `frontend/_meta.html` writes them."""

    title: str
    description: str
    is_hidden: bool
    card: str
    """The format of a link preview (twitter:card)."""
    properties: list[tuple[str, str]]
    links: list[Link]
    data: SafeString
    """JSON-LD, safe within a `script` element, or an empty string."""


def of_home(site: Current, *, is_first: bool) -> PageMeta:
    """Return the metadata of the front page or, if not `is_first`, of a following page of older posts."""
    if not is_first:
        return PageMeta(title=_("Older posts"))
    search = {
        "@type": "SearchAction",
        "target": {
            "@type": "EntryPoint",
            "urlTemplate": addresses.absolute(f"{addresses.SEARCH}?q={{search_term_string}}"),
        },
        "query-input": "required name=search_term_string",
    }
    website = {
        "@type": "WebSite",
        "@id": _website_id(),
        "url": addresses.absolute(addresses.HOME),
        "name": site.name,
        "description": site.tagline,
        "inLanguage": site.language,
        "publisher": _publisher(site),
        "potentialAction": search,
    }
    feeds = () if site.comments == Site.Comments.OFF else ((_("Comments"), addresses.COMMENTS),)
    return PageMeta(me=tuple(_profile_addresses(site)), feeds=feeds, data=(website,))


def of_post(post: Post, site: Current, place: Place | None = None) -> PageMeta:
    """Return the metadata of a post or a static page; `place` is its place in its series."""
    link = addresses.absolute(addresses.post(post.slug))
    language = post.language or site.language
    image = absolute_address(post.image, link) if post.image else ""
    description = _truncate(post.seo_description or post.description)
    is_article = post.kind == Post.Kind.POST
    authors = [_person(author) for author in post.ordered_authors]
    tags = [tag.name for tag in post.ordered_tags]
    data = {
        "@type": "BlogPosting" if is_article else "WebPage",
        "@id": link,
        "url": link,
        "mainEntityOfPage": link,
        "headline" if is_article else "name": post.title,
        "description": description,
        "inLanguage": language,
        "datePublished": post.published_at and post.published_at.isoformat(),
        "dateModified": post.modified_at.isoformat(),
        "author": authors or _publisher(site),
        "publisher": _publisher(site),
        "image": image,
        "keywords": tags,
        "isPartOf": [{"@id": _website_id()}, _series(place.series)] if place else {"@id": _website_id()},
        "position": place and place.number,
    }
    if is_article:
        data["wordCount"] = post.word_count
    return PageMeta(
        title=post.seo_title or post.title,
        description=description,
        kind="article" if is_article else "website",
        image=image,
        drawn_image=addresses.absolute(addresses.share_image(post.slug)),
        canonical=post.canonical_url,
        language=post.language,
        properties=tuple(_article_properties(post, tags)) if is_article else (),
        data=(_without_empty(data), _breadcrumbs((post.title, addresses.post(post.slug)))),
    )


def of_tag(tag: Tag) -> PageMeta:
    """Return the metadata of the page of a tag."""
    path = addresses.tag(tag.slug)
    return PageMeta(
        title=tag.name,
        description=tag.description,
        feeds=((tag.name, path),),
        data=(_collection(tag.name, path), _breadcrumbs((_("Tags"), addresses.TAGS), (tag.name, path))),
    )


def of_author(author: Author) -> PageMeta:
    """Return the metadata of the page of an author."""
    path = addresses.author(author.slug)
    me = tuple(dict.fromkeys(filter(None, (author.website, *author.link_list))))
    image = absolute_address(author.picture.picture.address, path) if author.picture else ""
    about = {"description": author.bio, "image": image, "sameAs": list(me)}
    person = _person(author) | _without_empty(about)
    profile = {"@type": "ProfilePage", "url": addresses.absolute(path), "mainEntity": person}
    return PageMeta(
        title=author.name,
        description=author.bio,
        kind="profile",
        image=image,
        feeds=((author.name, path),),
        me=me,
        data=(profile, _breadcrumbs((author.name, path))),
    )


def of_archive(*periods: tuple[str, str]) -> PageMeta:
    """Return the metadata of the archive, or of a year or month of it.

    `periods` are the title and path of the year and, for a month, those of the month.
    """
    breadcrumbs = ((_("Archive"), addresses.ARCHIVE), *periods)
    return PageMeta(title=breadcrumbs[-1][0], data=(_collection(*breadcrumbs[-1]), _breadcrumbs(*breadcrumbs)))


def of_tags() -> PageMeta:
    """Return the metadata of the list of tags."""
    return PageMeta(
        title=_("Tags"), data=(_collection(_("Tags"), addresses.TAGS), _breadcrumbs((_("Tags"), addresses.TAGS)))
    )


def of_series(series: Series) -> PageMeta:
    """Return the metadata of the page of a series."""
    path = addresses.series(series.slug)
    data = _series(series) | _without_empty({"description": series.description}) | {"isPartOf": {"@id": _website_id()}}
    breadcrumbs = _breadcrumbs((pgettext("several of them", "Series"), addresses.SERIES), (series.title, path))
    return PageMeta(
        title=series.title,
        description=series.description,
        feeds=((series.title, path),),
        data=(data, breadcrumbs),
    )


def of_series_list() -> PageMeta:
    """Return the metadata of the list of series."""
    here = (pgettext("several of them", "Series"), addresses.SERIES)
    return PageMeta(title=here[0], data=(_collection(*here), _breadcrumbs(here)))


def of_search(query: str) -> PageMeta:
    """Return the metadata of the search form or, with a query, of its results."""
    return PageMeta(title=_("Search: %s") % query if query else _("Search"), is_hidden=True)


def head(context: Mapping[str, Any], site: Mapping[str, Any]) -> Head:
    """Return the contents of a page's head.

    These keys of the template's `context` are read: `about`; `path`, required with an `about` that is not hidden;
    `older`, `newer` and `newest`, pages of the same list; `older_post` and `newer_post`; `place`, that of a post in its
    series; `translations`; `is_preview`.
    `site` is the value of `{% site %}`.
    """
    about: PageMeta = context.get("about") or PageMeta(is_hidden=True)
    is_hidden = about.is_hidden or bool(context.get("is_preview"))
    image = about.image or about.drawn_image or _site_image(site)
    description = _truncate(about.description or site["tagline"])
    return Head(
        title=_title(about, site),
        description=description,
        is_hidden=is_hidden,
        card="summary_large_image" if about.image or about.drawn_image or site["share_image"] else "summary",
        properties=[] if is_hidden else _properties(about, context, site, description, image),
        links=[
            *([] if is_hidden else _navigation_links(about, context, site)),
            *_feeds(about, site),
            Link("search", addresses.OPENSEARCH, type=OPENSEARCH_TYPE, title=site["name"]),
        ],
        data=SafeString("") if is_hidden else _json_ld(about.data),
    )


def _title(about: PageMeta, site: Mapping[str, Any]) -> str:
    parts = [about.title, site["name"]] if about.title else [site["name"], "" if about.is_hidden else site["tagline"]]
    return " · ".join(filter(None, parts))


def _properties(
    about: PageMeta, context: Mapping[str, Any], site: Mapping[str, Any], description: str, image: str
) -> list[tuple[str, str]]:
    locale = to_locale(about.language or get_language() or site["language"])
    properties = [
        ("og:site_name", site["name"]),
        ("og:type", about.kind),
        ("og:title", about.title or site["name"]),
        ("og:description", description),
        ("og:url", _canonical_address(about, context)),
        ("og:image", image),
        *(_SIZE_OF_DRAWN if about.drawn_image and image == about.drawn_image else ()),
        # og:locale requires a region: a language alone is not valid.
        ("og:locale", locale if "_" in locale else ""),
        *about.properties,
    ]
    return [(name, content) for name, content in properties if content]


def _canonical_address(about: PageMeta, context: Mapping[str, Any]) -> str:
    return about.canonical or addresses.absolute(context["path"])


def _navigation_links(about: PageMeta, context: Mapping[str, Any], site: Mapping[str, Any]) -> list[Link]:
    own = addresses.absolute(context["path"])
    links = [Link("canonical", _canonical_address(about, context))]
    older, newer, place = context.get("older_post"), context.get("newer_post"), context.get("place")
    if place:
        before, after = (part and part.get_absolute_url() for part in (place.previous, place.next))
    elif older or newer:
        # Posts are in order of time: the older one is the previous one.
        before, after = older and older.get_absolute_url(), newer and newer.get_absolute_url()
    else:
        before, after = context.get("newer"), context.get("older")
    links += [
        Link(rel, addresses.absolute(path))
        for rel, path in (("first", context.get("newest")), ("prev", before), ("next", after))
        if path
    ]
    if translations := context.get("translations"):
        links.append(Link("alternate", own, hreflang=about.language or site["language"]))
        for other in translations:
            language = other.language or site["language"]
            links.append(Link("alternate", addresses.absolute(other.get_absolute_url()), hreflang=language))
    return links + [Link("me", address) for address in about.me]


def _feeds(about: PageMeta, site: Mapping[str, Any]) -> list[Link]:
    pages = [(f"{site['name']}: {title}", path) for title, path in about.feeds] + [(site["name"], addresses.HOME)]
    return [
        Link("alternate", addresses.feed(path, kind), type=FEED_TYPES[kind], title=title)
        for title, path in pages
        for kind in addresses.FEED_KINDS
    ]


def _article_properties(post: Post, tags: Iterable[str]) -> list[tuple[str, str]]:
    published = [("article:published_time", post.published_at.isoformat())] if post.published_at else []
    return [
        *published,
        ("article:modified_time", post.modified_at.isoformat()),
        *(("article:author", addresses.absolute(addresses.author(who.slug))) for who in post.ordered_authors),
        *(("article:tag", name) for name in tags),
    ]


def _person(author: Author) -> dict[str, Any]:
    link = addresses.absolute(addresses.author(author.slug))
    return {"@type": "Person", "@id": link, "name": author.name, "url": link}


def _series(series: Series) -> dict[str, Any]:
    link = addresses.absolute(addresses.series(series.slug))
    return {"@type": "CreativeWorkSeries", "@id": link, "name": series.title, "url": link}


def _publisher(site: Current) -> dict[str, Any]:
    home = addresses.absolute(addresses.HOME)
    logo = absolute_address(site.logo, home) if site.logo else ""
    organization = {
        "@type": "Organization",
        "@id": f"{home}#publisher",
        "name": site.name,
        "url": home,
        "logo": {"@type": "ImageObject", "url": logo} if logo else None,
        "sameAs": _profile_addresses(site),
    }
    return _without_empty(organization)


def _profile_addresses(site: Current) -> list[str]:
    return [link.address for link in site.social if link.address.startswith(("https://", "http://"))]


def _collection(name: str, path: str) -> dict[str, Any]:
    return {
        "@type": "CollectionPage",
        "name": name,
        "url": addresses.absolute(path),
        "isPartOf": {"@id": _website_id()},
    }


def _breadcrumbs(*steps: tuple[str, str]) -> dict[str, Any]:
    """Return the breadcrumbs from the front page to a page; `steps` are titles and paths without the front page."""
    items = [
        {"@type": "ListItem", "position": position, "name": name, "item": addresses.absolute(path)}
        for position, (name, path) in enumerate([(_("Front page"), addresses.HOME), *steps], 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _website_id() -> str:
    return addresses.absolute(f"{addresses.HOME}#website")


def _site_image(site: Mapping[str, Any]) -> str:
    """Return the full address of the site's picture for shares or its logo, without SVG, which link previews do not show."""
    pictures = [site["share_image"], site["logo"]]
    shown = next((one for one in pictures if one and not one.partition("?")[0].lower().endswith(".svg")), "")
    return absolute_address(shown, addresses.absolute(addresses.HOME)) if shown else ""


def _json_ld(data: tuple[dict[str, Any], ...]) -> SafeString:
    if not data:
        return SafeString("")
    graph = {"@context": "https://schema.org", "@graph": data}
    encoded = _ENCODER.encode(graph)
    for char, escaped in _ESCAPES:
        encoded = encoded.replace(char, escaped)
    return SafeString(encoded)  # nosec B703  # JSON with <, > and & escaped


def _truncate(text: str) -> str:
    text = normalize("NFC", " ".join(text.split()))
    # The Truncator is slow: it reads each character.
    return text if len(text) <= DESCRIPTION_LIMIT else Truncator(text).chars(DESCRIPTION_LIMIT)


def _without_empty(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value}
