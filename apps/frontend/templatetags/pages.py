"""What every page's template needs, error pages included: these are rendered without a request."""

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
    `label` and `address`; `addresses`. A page without a request (an error) has them as they were last read.
    """
    return site_values(site_of(context), get_language())


def site_of(context: template.Context) -> models.Current:
    """Return the settings that a template's page is made with."""
    request = context.get("request")
    return models.known() if request is None else getattr(request, "site", None) or models.current()


@lru_cache(16)
def site_values(found: models.Current, language: str) -> dict[str, Any]:
    """Return what `{% site %}` does of these settings on a page of this language, the current one."""
    return found._asdict() | {"header": found.header or _stock_navigation(), "addresses": addresses}


def _stock_navigation() -> tuple[models.Entry, ...]:
    return (
        models.Entry(_("Front page"), addresses.HOME),
        models.Entry(_("Archive"), addresses.ARCHIVE),
        models.Entry(_("Tags"), addresses.TAGS),
        models.Entry(_("Feed"), addresses.FEED),
    )


@register.simple_tag
def page_language() -> str:
    """Return the language of what the interface says: `<html lang="{% page_language %}">`."""
    return get_language() or languages.SOURCE


@register.simple_tag
def page_direction() -> str:
    """Return which way it runs: `ltr` or `rtl`."""
    return "rtl" if get_language_bidi() else "ltr"


@register.simple_tag(takes_context=True)
def text_language(context: template.Context, post: Post) -> SafeString:
    """Return the attribute of an element with a post's own words, ` lang="fr"`, where these are not in the page's."""
    site = context.get("site") or models.known()._asdict()
    return _lang(post.language or site["language"], get_language() or "")


@lru_cache(200)
def _lang(language: str, page: str) -> SafeString:
    return SafeString(f' lang="{escape(language)}"' if language.lower() != page.lower() else "")


@register.filter
def language_name(language: str) -> str:
    """Return what a language calls itself ("Deutsch"), or its tag where that is not known."""
    for tag in (language, language.split("-")[0]):
        try:
            return get_language_info(tag.lower())["name_local"].capitalize()
        except KeyError:
            continue
    return language


@register.filter(expects_localtime=True)
def stamp(moment: datetime) -> str:
    """Return a date for programs, as the attribute of a `time` element has it: `2026-03-01T12:30:00+00:00`."""
    # Zones of long ago have seconds.
    return moment.isoformat(timespec="seconds")[:25]


@register.filter(expects_localtime=True)
def day(moment: datetime) -> str:
    """Return a date in the words of the page's language, without the time: `March 1, 2026`."""
    return _day(moment.date(), get_language())


@register.filter
def reading_time(minutes: int) -> str:
    """Return how long a text takes to read, in the words of the page's language: `4 min read`."""
    return _reading_time(minutes, get_language())


@lru_cache(500)
def _reading_time(minutes: int, language: str) -> str:
    return _("%(minutes)s min read") % {"minutes": localize(minutes)}


@lru_cache(2000)
def _day(found: date, language: str) -> str:
    return date_format(found)


@register.filter
def absolute(path: str) -> str:
    """Return a path as a full address on the public site."""
    return addresses.absolute(path)


@register.filter
def feed_of(tag) -> str:
    """Return the path of the feed of a tag or an author."""
    return addresses.feed(tag.get_absolute_url())
