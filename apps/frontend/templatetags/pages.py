"""Template tags for all pages, including error pages, which are rendered without a request."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from unicodedata import east_asian_width

from django import template
from django.utils.formats import date_format, localize
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language, get_language_bidi, get_language_info
from django.utils.translation import gettext as _

from apps.markdown import typography
from apps.posts.models import Post
from apps.site import languages, menus, models
from blog_project import addresses

register = template.Library()


@register.simple_tag(takes_context=True)
def site(context: template.Context) -> dict[str, Any]:
    """Return the site's settings and addresses: `{% site as site %}`.

    It has the fields of `models.Current` (`header`, `footer` and `social` are lists of links with `label` and
    `address`), and `addresses`. A page without a request (an error page) gets the settings as last loaded.
    """
    return site_values(site_of(context), get_language())


def site_of(context: template.Context) -> models.Current:
    """Return the site's settings of the page that a template is rendered for."""
    request = context.get("request")
    return models.last_known() if request is None else getattr(request, "site", None) or models.current()


@lru_cache(16)
def site_values(settings: models.Current, language: str) -> dict[str, Any]:
    """Return the value of `{% site %}` for these settings. `language`, the active one, is part of the cache key."""
    return settings._asdict() | {"header": settings.header or menus.default_header(), "addresses": addresses}


@register.simple_tag(takes_context=True)
def look(context: template.Context) -> SafeString:
    """Return the attributes of `<html>` by which the stylesheet follows the site's look: `<html{% look %}>`."""
    return _look(site_of(context))


@lru_cache(16)
def _look(settings: models.Current) -> SafeString:
    chosen = {
        "type": settings.typefaces,
        "front": settings.front_page,
        "width": settings.width,
        "masthead": settings.masthead_side,
        "code": settings.code_colours,
        "scheme-default": settings.scheme if settings.scheme != models.Site.Scheme.SYSTEM else "",
    }
    attributes = (f' data-{name}="{escape(value)}"' for name, value in chosen.items() if value)
    return SafeString("".join(attributes))  # nosec B703  # escaped


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


@register.simple_tag(takes_context=True)
def typeset(context: template.Context, text: str, post: Post) -> str:
    """Return a post's title or summary with quotation marks and dashes as its language has them, unless it does without."""
    site = context.get("site") or models.last_known()._asdict()
    return typography.typeset_text(text, post.language or site["language"]) if post.typography else text


@lru_cache(200)
def _lang_attribute(language: str, page: str) -> SafeString:
    return SafeString(f' lang="{escape(language)}"' if language.lower() != page.lower() else "")  # nosec B703  # escaped


_FIRST_PICTURE = re.compile(r'(<img [^>]*)fetchpriority="high"')


@register.filter
def text_below_cover(post: Post) -> SafeString:
    """Return the HTML of a post's text. Below a cover its first picture is loaded when it is scrolled to."""
    html = post.body_html
    return SafeString(_FIRST_PICTURE.sub(r'\1loading="lazy"', html, count=1) if post.cover_image_id else html)  # nosec B703  # escaped


_COVER_SIZES = {
    "post": "(min-width: 48rem) min(924px, 518px + 10.6vw), calc(100vw - 2rem)",
    "lead": "(min-width: 52rem) min(47vw, 40rem), 100vw",
    "first-card": "(min-width: 52rem) min(56vw, 48rem), 100vw",
    "card": "(min-width: 36rem) min(48vw, 24rem), 100vw",
    "item": "(min-width: 52rem) min(14vw, 12rem), 30vw",
}
"""How wide the stylesheet shows the cover of a post: above its text, or in a list, by the post's place there."""


@register.filter
def cover_sizes(place: str) -> str:
    """Return the `sizes` of a cover: on the page of the post, or for its place in a list: lead, first-card, card, item."""
    return _COVER_SIZES[place]


LONG_HEADLINE, LONGEST_HEADLINE = 55, 110
"""From how many letters on a headline is set smaller, and smaller still. Chinese and Japanese ones count twice."""


@register.filter
def headline_class(title: str) -> SafeString:
    """Return ` class="headline-long"` or `-longest` for a long title, so that its size follows its length."""
    length = len(title) + sum(east_asian_width(letter) in "WF" for letter in title)
    kind = "longest" if length >= LONGEST_HEADLINE else "long" if length >= LONG_HEADLINE else ""
    return SafeString(f' class="headline-{kind}"' if kind else "")  # nosec B703  # constants


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
def day(moment: datetime, form: str = models.Site.Dates.LONG) -> str:
    """Return a date without the time, in the page's language and the form of `site.dates`: `March 1, 2026`."""
    return _day(moment.date(), form, get_language())


@register.filter
def is_updated(post: Post) -> bool:
    """Return whether what readers see of a post changed on a later day than that of its publication."""
    if post.published_at is None:
        return False
    return localtime(post.modified_at).date() > localtime(post.published_at).date()


@register.filter
def reading_time(minutes: int) -> str:
    """Return the reading time of a text in the page's language: `4 min read`."""
    return _reading_time(minutes, get_language())


@lru_cache(500)
def _reading_time(minutes: int, language: str) -> str:
    return _("%(minutes)s min read") % {"minutes": localize(minutes)}


_DATE_FORMATS = {
    models.Site.Dates.LONG: "DATE_FORMAT",
    models.Site.Dates.SHORT: "SHORT_DATE_FORMAT",
    models.Site.Dates.ISO: "Y-m-d",
}


@lru_cache(2000)
def _day(value: date, form: str, language: str) -> str:
    return date_format(value, _DATE_FORMATS[form])


@register.filter
def absolute(path: str) -> str:
    """Return a path as a full address on the public site."""
    return addresses.absolute(path)


@register.filter
def feed_of(tag) -> str:
    """Return the path of the feed of a tag, an author or a series."""
    return addresses.feed(tag.get_absolute_url())
