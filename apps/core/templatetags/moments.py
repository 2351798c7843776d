"""When something happened: how long ago in words, or the date as the desk shows it."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core import shown_dates

register = template.Library()
register.filter("shown_day", shown_dates.shown_day)
register.filter("shown_moment", shown_dates.shown_moment)

_UNITS = (
    (525_600, lambda number: ngettext("%(number)s year ago", "%(number)s years ago", number)),
    (43_200, lambda number: ngettext("%(number)s month ago", "%(number)s months ago", number)),
    (10_080, lambda number: ngettext("%(number)s week ago", "%(number)s weeks ago", number)),
    (1_440, lambda number: ngettext("%(number)s day ago", "%(number)s days ago", number)),
    (60, lambda number: ngettext("%(number)s hour ago", "%(number)s hours ago", number)),
    (1, lambda number: ngettext("%(number)s minute ago", "%(number)s minutes ago", number)),
)
"""Lengths of time in minutes, and how each is said. (`timesince` has no cases, and says “0 minutes”.)"""


@register.filter
def ago(moment: datetime) -> str:
    """Return how long ago a moment was, in its largest unit: “just now”, “5 minutes ago”, “2 days ago”."""
    minutes = int((timezone.now() - moment).total_seconds()) // 60
    for size, words in _UNITS:
        if number := minutes // size:
            return words(number) % {"number": number}
    return _("just now")
