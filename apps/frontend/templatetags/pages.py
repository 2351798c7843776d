"""What every page's template needs, error pages included: these are rendered without a request."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from blog_project import addresses

register = template.Library()


@register.simple_tag
def site() -> dict[str, Any]:
    """Return the site's name, tagline, language and addresses: `{% site as site %}`."""
    return {"name": settings.SITE_NAME, "tagline": settings.SITE_TAGLINE, "addresses": addresses}


@register.filter
def absolute(path: str) -> str:
    """Return a path as a full address on the public site."""
    return addresses.absolute(path)


@register.filter
def feed_of(tag) -> str:
    """Return the path of a tag's feed."""
    return addresses.tag_feed(tag.slug)
