"""The one way in which the desk shows dates: 27 November 2026, and 27 November 2026, 09:00, in the active time zone.

Django's own pages take `DATETIME_FORMAT`, which says the same (`blog_project.formats`).
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def shown_day(moment: datetime) -> str:
    """Return the day of a moment: 27 November 2026."""
    # Translators: the format of a day in a sentence; see Django's filter `date`.
    return date_format(timezone.localtime(moment), _("j F Y"))


def shown_moment(moment: datetime) -> str:
    """Return a moment to the minute: 27 November 2026, 09:00."""
    return f"{shown_day(moment)}, {timezone.localtime(moment):%H:%M}"


def shown_second(moment: datetime) -> str:
    """Return a moment to the second, where the order of events matters: 27 November 2026, 09:00:05."""
    return f"{shown_day(moment)}, {timezone.localtime(moment):%H:%M:%S}"


def shown_exactly(moment: datetime) -> str:
    """Return a moment to the minute, or to the second if it has seconds: texts that differ are not shown alike."""
    return shown_second(moment) if timezone.localtime(moment).second else shown_moment(moment)
