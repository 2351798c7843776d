"""What a page says of itself to those who do not read it: search engines, feed readers, and what shows a link.

A view says what its page is about (`PageMeta`, by one of the functions below, as `about` in the template's context);
where the page is, the context says already (`path`, `older`, `translations`, …). `head` makes of both what
`frontend/_meta.html` writes. A page that says nothing, such as an error, is not for search engines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from unicodedata import normalize

from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from apps.posts.models import Author, Post, Tag
from apps.site.models import Current
from blog_project import addresses

from .absolute import absolute_address

DESCRIPTION_LIMIT = 300
"""Characters of a description; search engines show about half of it."""
FEED_TYPES = dict(
    zip(addresses.FEED_KINDS, ("application/atom+xml", "application/rss+xml", "application/feed+json"), strict=True)
)
# As Django's json_script does it: nothing in a text can end the element, and it stays the same JSON.
_ESCAPES = [(char, f"\\u{ord(char):04X}") for char in "<>&"]
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class PageMeta:
    """What a page is about, wherever it is."""

    title: str = ""
    """Without the site's name; empty for the front page."""
    description: str = ""
    """Plain text of any length; empty for the site's tagline."""
    kind: str = "website"
    """Its type in the words of OpenGraph: website, article or profile."""
    image: str = ""
    """The full address of the picture that stands for it."""
    canonical: str = ""
    """The full address where it was first published, if elsewhere."""
    language: str = ""
    """Its text's language, where it is known not to be the interface's."""
    is_hidden: bool = False
    """Whether search engines are to leave it out."""
    feeds: tuple[tuple[str, str], ...] = ()
    """Pages that have feeds and that this one is about, beside the site: their titles and paths."""
    me: tuple[str, ...] = ()
    """Addresses of the same person or site elsewhere (rel=me)."""
    properties: tuple[tuple[str, str], ...] = ()
    """More properties of OpenGraph."""
    data: tuple[dict[str, Any], ...] = ()
    """What it is in the words of schema.org."""


class Link(NamedTuple):
    """A `link` element: what is at `href` to the page."""

    rel: str
    href: str
    type: str = ""
    title: str = ""
    hreflang: str = ""


class Head(NamedTuple):
    """What a page's head says, ready to be written."""

    title: str
    description: str
    is_hidden: bool
    card: str
    """The form in which a link to it is shown (twitter:card)."""
    properties: list[tuple[str, str]]
    links: list[Link]
    data: SafeString
    """JSON-LD, or nothing; safe within a `script` element."""


def of_home(site: Current, *, is_first: bool) -> PageMeta:
    """Describe the front page, or one of the pages of older posts that follow it."""
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
    return PageMeta(me=tuple(_elsewhere(site)), data=(website,))


def of_post(post: Post, site: Current) -> PageMeta:
    """Describe a post or a static page."""
    link = addresses.absolute(addresses.post(post.slug))
    language = post.language or site.language
    image = absolute_address(post.image, link) if post.image else ""
    description = _cut(post.seo_description or post.description)
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
        "dateModified": max(post.updated_at, post.published_at or post.updated_at).isoformat(),
        "author": authors or _publisher(site),
        "publisher": _publisher(site),
        "image": image,
        "keywords": tags,
        "isPartOf": {"@id": _website_id()},
    }
    if is_article:
        data["wordCount"] = post.word_count
    return PageMeta(
        title=post.seo_title or post.title,
        description=description,
        kind="article" if is_article else "website",
        image=image,
        canonical=post.canonical_url,
        language=post.language,
        properties=tuple(_article_properties(post, tags)) if is_article else (),
        data=(_filled(data), _trail((post.title, addresses.post(post.slug)))),
    )


def of_tag(tag: Tag) -> PageMeta:
    """Describe the posts of a tag."""
    path = addresses.tag(tag.slug)
    return PageMeta(
        title=tag.name,
        description=tag.description,
        feeds=((tag.name, path),),
        data=(_collection(tag.name, path), _trail((_("Tags"), addresses.TAGS), (tag.name, path))),
    )


def of_author(author: Author) -> PageMeta:
    """Describe somebody who writes, and their posts."""
    path = addresses.author(author.slug)
    me = (author.website,) if author.website else ()
    person = _person(author) | _filled({"description": author.bio, "sameAs": list(me)})
    profile = {"@type": "ProfilePage", "url": addresses.absolute(path), "mainEntity": person}
    return PageMeta(
        title=author.name,
        description=author.bio,
        kind="profile",
        feeds=((author.name, path),),
        me=me,
        data=(profile, _trail((author.name, path))),
    )


def of_archive(*periods: tuple[str, str]) -> PageMeta:
    """Describe the archive; of a year or month, given the title and path of the year and then of the month."""
    trail = ((_("Archive"), addresses.ARCHIVE), *periods)
    return PageMeta(title=trail[-1][0], data=(_collection(*trail[-1]), _trail(*trail)))


def of_tags() -> PageMeta:
    """Describe the list of all tags."""
    return PageMeta(title=_("Tags"), data=(_collection(_("Tags"), addresses.TAGS), _trail((_("Tags"), addresses.TAGS))))


def of_search(query: str) -> PageMeta:
    """Describe the search, or what it found."""
    return PageMeta(title=_("Search: %s") % query if query else _("Search"), is_hidden=True)


def head(context: Mapping[str, Any], site: Mapping[str, Any]) -> Head:
    """Return what the head of a page says.

    Read from the template's `context`: `about`; `path`, without which the page is at no address of its own; `older`,
    `newer` and `newest`, pages of the same list; `older_post` and `newer_post`; `translations`; `is_preview`.
    `site` is what `{% site %}` returns.
    """
    about: PageMeta = context.get("about") or PageMeta(is_hidden=True)
    is_hidden = about.is_hidden or bool(context.get("is_preview"))
    image = about.image or _picture_of(site["logo"])
    description = _cut(about.description or site["tagline"])
    return Head(
        title=_title(about, site),
        description=description,
        is_hidden=is_hidden,
        card="summary_large_image" if about.image else "summary",
        properties=[] if is_hidden else _properties(about, context, site, description, image),
        links=[*([] if is_hidden else _places(about, context, site)), *_feeds(about, site)],
        data=SafeString("") if is_hidden else _json_ld(about.data),
    )


def _title(about: PageMeta, site: Mapping[str, Any]) -> str:
    parts = [about.title, site["name"]] if about.title else [site["name"], "" if about.is_hidden else site["tagline"]]
    return " · ".join(filter(None, parts))


def _properties(
    about: PageMeta, context: Mapping[str, Any], site: Mapping[str, Any], description: str, image: str
) -> list[tuple[str, str]]:
    locale = to_locale(about.language or get_language() or site["language"])
    every = [
        ("og:site_name", site["name"]),
        ("og:type", about.kind),
        ("og:title", about.title or site["name"]),
        ("og:description", description),
        ("og:url", addresses.absolute(context["path"])),
        ("og:image", image),
        # A locale is a language and a region; a mere language is none.
        ("og:locale", locale if "_" in locale else ""),
        *about.properties,
    ]
    return [(name, content) for name, content in every if content]


def _places(about: PageMeta, context: Mapping[str, Any], site: Mapping[str, Any]) -> list[Link]:
    own = addresses.absolute(context["path"])
    links = [Link("canonical", about.canonical or own)]
    older, newer = context.get("older_post"), context.get("newer_post")
    if older or newer:
        # Posts follow each other in time, so that the one before is the earlier one.
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
    found = [(f"{site['name']}: {title}", path) for title, path in about.feeds] + [(site["name"], addresses.HOME)]
    return [
        Link("alternate", addresses.feed(path, kind), type=FEED_TYPES[kind], title=title)
        for title, path in found
        for kind in addresses.FEED_KINDS
    ]


def _article_properties(post: Post, tags: Iterable[str]) -> list[tuple[str, str]]:
    published = [("article:published_time", post.published_at.isoformat())] if post.published_at else []
    return [
        *published,
        ("article:modified_time", max(post.updated_at, post.published_at or post.updated_at).isoformat()),
        *(("article:author", addresses.absolute(addresses.author(who.slug))) for who in post.ordered_authors),
        *(("article:tag", name) for name in tags),
    ]


def _person(author: Author) -> dict[str, Any]:
    link = addresses.absolute(addresses.author(author.slug))
    return {"@type": "Person", "@id": link, "name": author.name, "url": link}


def _publisher(site: Current) -> dict[str, Any]:
    home = addresses.absolute(addresses.HOME)
    logo = absolute_address(site.logo, home) if site.logo else ""
    made = {
        "@type": "Organization",
        "@id": f"{home}#publisher",
        "name": site.name,
        "url": home,
        "logo": {"@type": "ImageObject", "url": logo} if logo else None,
        "sameAs": _elsewhere(site),
    }
    return _filled(made)


def _elsewhere(site: Current) -> list[str]:
    return [link.address for link in site.social if link.address.startswith(("https://", "http://"))]


def _collection(name: str, path: str) -> dict[str, Any]:
    return {
        "@type": "CollectionPage",
        "name": name,
        "url": addresses.absolute(path),
        "isPartOf": {"@id": _website_id()},
    }


def _trail(*steps: tuple[str, str]) -> dict[str, Any]:
    """Return the way from the front page to a page: the title and path of each step after the first."""
    items = [
        {"@type": "ListItem", "position": position, "name": name, "item": addresses.absolute(path)}
        for position, (name, path) in enumerate([(_("Front page"), addresses.HOME), *steps], 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _website_id() -> str:
    return addresses.absolute(f"{addresses.HOME}#website")


def _picture_of(logo: str) -> str:
    """Return a logo's full address, if it is a picture that others can show: they take no drawings."""
    if not logo or logo.partition("?")[0].lower().endswith(".svg"):
        return ""
    return absolute_address(logo, addresses.absolute(addresses.HOME))


def _json_ld(data: tuple[dict[str, Any], ...]) -> SafeString:
    if not data:
        return SafeString("")
    graph = {"@context": "https://schema.org", "@graph": data}
    made = _ENCODER.encode(graph)
    for char, escaped in _ESCAPES:
        made = made.replace(char, escaped)
    return SafeString(made)


def _cut(text: str) -> str:
    text = normalize("NFC", " ".join(text.split()))
    # The Truncator looks at each character.
    return text if len(text) <= DESCRIPTION_LIMIT else Truncator(text).chars(DESCRIPTION_LIMIT)


def _filled(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value}
