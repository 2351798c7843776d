"""Template tags for all pages, including error pages, which are rendered without a request."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.utils.formats import date_format, localize
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, get_language_info
from django.utils.translation import gettext as _

from apps.posts.models import Post
from apps.site import languages, models
from blog_project import addresses

register = template.Library()


@register.simple_tag(takes_context=True)
def site(context: template.Context) -> dict[str, Any]:
    """Return the site's settings and addresses: `{% site as site %}`.

    `name`, `tagline`, `language`, `logo`, `footer_text`; `header`, `footer` and `social`, each a list of links with
    `label` and `address`; `addresses`. A page without a request (an error page) gets the settings as last loaded.
    """
    return site_values(site_of(context), get_language())


def site_of(context: template.Context) -> models.Current:
    """Return the site's settings of the page that a template is rendered for."""
    request = context.get("request")
    return models.last_known() if request is None else getattr(request, "site", None) or models.current()


@lru_cache(16)
def site_values(settings: models.Current, language: str) -> dict[str, Any]:
    """Return the value of `{% site %}` for these settings. `language`, the active one, is part of the cache key."""
    return settings._asdict() | {"header": settings.header or _default_navigation(), "addresses": addresses}


def _default_navigation() -> tuple[models.Entry, ...]:
    return (
        models.Entry(_("Front page"), addresses.HOME),
        models.Entry(_("Archive"), addresses.ARCHIVE),
        models.Entry(_("Tags"), addresses.TAGS),
        models.Entry(_("Feed"), addresses.FEED),
    )


@register.simple_tag
def page_language() -> str:
    """Return the language of the interface: `<html lang="{% page_language %}">`."""
    return get_language() or languages.SOURCE


@register.simple_tag
def page_direction() -> str:
    """Return the direction of the interface's language: `ltr` or `rtl`."""
    return "rtl" if get_language_bidi() else "ltr"


@register.simple_tag(takes_context=True)
def text_language(context: template.Context, post: Post) -> SafeString:
    """Return ` lang="fr"` for an element with text of a post, or nothing if that is in the language of the page."""
    site = context.get("site") or models.last_known()._asdict()
    return _lang_attribute(post.language or site["language"], get_language() or "")


@lru_cache(200)
def _lang_attribute(language: str, page: str) -> SafeString:
    return SafeString(f' lang="{escape(language)}"' if language.lower() != page.lower() else "")  # nosec B703  # escaped


@register.filter
def language_name(language: str) -> str:
    """Return a language's own name ("Deutsch"), or its tag if Django does not know it."""
    for tag in (language, language.split("-")[0]):
        try:
            return get_language_info(tag.lower())["name_local"].capitalize()
        except KeyError:
            continue
    return language


@register.filter(expects_localtime=True)
def stamp(moment: datetime) -> str:
    """Return the `datetime` attribute of a `time` element: `2026-03-01T12:30:00+00:00`."""
    # Historical time zones have offsets with seconds, which are cut off.
    return moment.isoformat(timespec="seconds")[:25]


@register.filter(expects_localtime=True)
def day(moment: datetime) -> str:
    """Return a date in the page's language, without the time: `March 1, 2026`."""
    return _day(moment.date(), get_language())


@register.filter
def reading_time(minutes: int) -> str:
    """Return the reading time of a text in the page's language: `4 min read`."""
    return _reading_time(minutes, get_language())


@lru_cache(500)
def _reading_time(minutes: int, language: str) -> str:
    return _("%(minutes)s min read") % {"minutes": localize(minutes)}


@lru_cache(2000)
def _day(value: date, language: str) -> str:
    return date_format(value)


@register.filter
def absolute(path: str) -> str:
    """Return a path as a full address on the public site."""
    return addresses.absolute(path)


@register.filter
def feed_of(tag) -> str:
    """Return the path of the feed of a tag or an author."""
    return addresses.feed(tag.get_absolute_url())
