"""Parts of pages that look the same on many of them: rendered once, and not again for each page."""

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

_Given = tuple[type, Any]

KEPT = 500
"""Parts that a process keeps, with what they were given; the least recently shown goes first."""


class _AsRead:
    """A post that equals every other of which the same was read. It has to be taken out to be shown, which is once."""

    def __init__(self, post: Post) -> None:
        self.post: Post | None = post
        self.read = post.as_read
        self.hash = hash(self.read)

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _AsRead) and self.read == other.read

    def take(self) -> Post | None:
        """Return the post, which is kept no longer: what is kept is how it looks."""
        post, self.post = self.post, None
        return post


@register.simple_tag(takes_context=True)
def part(context: template.Context, name: str, **given: Any) -> SafeString:
    """Include a template that shows nothing but `site` and what it is given: `{% part "frontend/_x.html" post=post %}`.

    It is rendered once for each language, site and all that is given, so whatever else it named would be missing.
    Raises TypeError for what cannot be told from something else that was given before: only a post, a text, a number,
    yes or no, a post related, or nothing can be given.
    """
    values = tuple(_told_apart(name, value) for value in given.values())
    render = _rendered.__wrapped__ if settings.DEBUG else _rendered
    return render(name, get_language(), get_current_timezone_name(), site_of(context), tuple(given), values)


def _told_apart(name: str, value: Any) -> _Given:
    if isinstance(value, Post):
        value = _AsRead(value)
    elif not isinstance(value, str | int | RelatedPost | NoneType):
        raise TypeError(
            f'{{% part "{name}" %}} was given {type(value).__name__}. Give it posts, texts and numbers, or use include.'
        )
    # A text that is HTML already equals one that is not.
    return type(value), value


@lru_cache(KEPT)
def _rendered(
    name: str, language: str, zone: str, site: models.Current, names: tuple[str, ...], values: tuple[_Given, ...]
) -> SafeString:
    shown = (value.take() if isinstance(value, _AsRead) else value for _kind, value in values)
    return get_template(name).render({"site": site_values(site, language), **dict(zip(names, shown, strict=True))})


@register.simple_tag(takes_context=True)
def menu_path(context: template.Context) -> str:
    """Return the page's `path` where a menu leads to it, else nothing: `{% menu_path as here %}`."""
    path, site = context.get("path", ""), context["site"]
    menus = (site["header"], site["footer"])
    return path if path == addresses.HOME or any(link.address == path for menu in menus for link in menu) else ""
