"""Template tags for the metadata in a page's head; see `meta`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString

from apps.frontend import meta

register = template.Library()


@register.simple_tag(takes_context=True)
def page_meta(context: template.Context, site: Mapping[str, Any]) -> meta.Head:
    """Return the contents of the page's head: `{% page_meta site as meta %}`."""
    return meta.head(context.flatten(), site)


# Template loops would take a tenth of the time of a page.


@register.filter
def meta_elements(properties: Iterable[tuple[str, str]]) -> SafeString:
    """Return `meta` elements for pairs of property and content."""
    return SafeString(  # nosec B703  # every value is escaped
        "".join(f'<meta property="{escape(name)}" content="{escape(content)}">' for name, content in properties)
    )


@register.filter
def link_elements(links: Iterable[meta.Link]) -> SafeString:
    """Return `link` elements; empty attributes are left out."""
    return SafeString("".join(f"<link{_attributes(link)}>" for link in links))  # nosec B703  # escaped too


def _attributes(link: meta.Link) -> str:
    attributes = {"rel": link.rel, "href": link.href, "hreflang": link.hreflang, "type": link.type, "title": link.title}
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items() if value)
