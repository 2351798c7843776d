"""The `{% part %}` tag: fragment caching in the process for templates that look the same on many pages."""

from __future__ import annotations

from functools import lru_cache
from types import NoneType
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from apps.posts.models import Post
from apps.posts.related import RelatedPost
from apps.site import models
from blog_project import addresses

from .pages import site_of, site_values

register = template.Library()

_KeyPart = tuple[type, Any]

MAX_CACHED_PARTS = 500
"""The most rendered parts that a process caches; the least recently used is evicted first."""


class _PostKey:
    """A cache key of a post: equal for posts with the same loaded values. The post is dropped after rendering."""

    def __init__(self, post: Post) -> None:
        self.post: Post | None = post
        self.read = post.loaded_values
        self.hash = hash(self.read)

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _PostKey) and self.read == other.read

    def take(self) -> Post | None:
        """Return the post and drop the reference to it: the cache needs only the key and the rendered HTML."""
        post, self.post = self.post, None
        return post


@register.simple_tag(takes_context=True)
def part(context: template.Context, name: str, **arguments: Any) -> SafeString:
    """Include a template with only `site` and the arguments as context: `{% part "frontend/_x.html" post=post %}`.

    It is rendered once for each language, time zone, site settings and arguments, so no other variable is available.
    Raises TypeError for arguments that cannot be part of a cache key: allowed are Post, str, int, bool, RelatedPost and
    None.
    """
    values = tuple(_cache_key(name, value) for value in arguments.values())
    render = _render_part.__wrapped__ if settings.DEBUG else _render_part
    return render(name, get_language(), get_current_timezone_name(), site_of(context), tuple(arguments), values)


def _cache_key(name: str, value: Any) -> _KeyPart:
    if isinstance(value, Post):
        value = _PostKey(value)
    elif not isinstance(value, str | int | RelatedPost | NoneType):
        raise TypeError(
            f'{{% part "{name}" %}} was given {type(value).__name__}. Give it posts, texts and numbers, or use include.'
        )
    # The type is part of the key: a SafeString equals a str of the same text.
    return type(value), value


@lru_cache(MAX_CACHED_PARTS)
def _render_part(
    name: str, language: str, zone: str, site: models.Current, names: tuple[str, ...], values: tuple[_KeyPart, ...]
) -> SafeString:
    context_values = (value.take() if isinstance(value, _PostKey) else value for _kind, value in values)
    return get_template(name).render(
        {"site": site_values(site, language), **dict(zip(names, context_values, strict=True))}
    )


@register.simple_tag(takes_context=True)
def menu_path(context: template.Context) -> str:
    """Return the page's `path` if a menu links to it, else an empty string: `{% menu_path as here %}`."""
    path, site = context.get("path", ""), context["site"]
    menus = (site["header"], site["footer"])
    return path if path == addresses.HOME or any(link.address == path for menu in menus for link in menu) else ""
