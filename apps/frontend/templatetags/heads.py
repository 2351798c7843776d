"""What a page's head says of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from apps.frontend import meta

register = template.Library()


@register.simple_tag(takes_context=True)
def page_meta(context: template.Context, site: Mapping[str, Any]) -> meta.Head:
    """Return what the page's head says: `{% page_meta site as meta %}`."""
    return meta.head(context.flatten(), site)
