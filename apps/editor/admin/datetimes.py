"""Dates in the admin: described in words in the active time zone, and a form field that handles clock changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _

from apps.core.admin.forms import PlainDateTimeField
from apps.core.shown_dates import shown_day, shown_moment
from apps.posts.models import Post


def in_full(moment: datetime) -> str:
    """Return a date and time in words: Friday, 27 November 2026 at 09:00, Europe/Berlin."""
    local = timezone.localtime(moment)
    # Translators: the format of a date in a sentence; see Django's filter `date`.
    day = date_format(local, _("l, j F Y"))
    words = {"day": day, "time": _format_time(local), "zone": timezone.get_current_timezone_name()}
    return _("%(day)s at %(time)s, %(zone)s") % words


def describe_visibility(post: Post | None) -> str:
    """Return a sentence about what readers see of a post now and later."""
    if post is not None and post.trashed_at:
        if post.address_was_public:
            return _("It is in the trash: readers are told that it is gone.")
        return _("It is in the trash.")
    if post is None or post.status == Post.Status.DRAFT:
        return _("Not public: only its authors and editors see it.")
    when = in_full(post.published_at)
    if post.is_scheduled:
        return _("It appears on %(when)s, in %(left)s.") % {"when": when, "left": _time_left(post.published_at)}
    return _("Public since %s.") % when


def publication_in_short(
    state: str, moment: datetime | None, *, has_pending: bool = False, planned_for: datetime | None = None
) -> str:
    """Return where a post is in a few words: “Draft”, “Scheduled for Tuesday 9:00”, “Published on 3 May 2026”.

    `state` is `draft`, `scheduled` or `published`, and `moment` the date of publication. `has_pending` says whether
    changes of the post wait, and `planned_for` when readers will see them.
    """
    if planned_for and state == "published":
        return _("Published · update on %s") % _soon(planned_for)
    if has_pending and state == "published":
        return _("Published · changes not published yet")
    if state == "draft":
        return _("Draft")
    if state == "published":
        return _("Published on %s") % shown_day(moment)
    return _("Scheduled for %s") % _soon(moment)


def _soon(moment: datetime) -> str:
    """Return a moment to come in a few words: within the next days the day of the week, else the date."""
    local = timezone.localtime(moment)
    if local - timezone.localtime() < timedelta(days=6):
        # Translators: the format of a time within the next days; see Django's filter `date`.
        return date_format(local, _("l H:i"))
    return shown_moment(moment)


def _time_left(moment: datetime) -> str:
    if moment - timezone.now() < timedelta(minutes=1):
        return _("less than a minute")
    return timeuntil(moment).replace("\xa0", " ")


class ZonedDateTimeField(PlainDateTimeField):
    """A date and a time in the active time zone; times that a clock change skips or repeats are refused."""

    stored: datetime | None = None
    """The initial value. Unchanged input returns it exactly, with its microseconds."""

    def compress(self, data_list: list) -> datetime | None:
        """Return the datetime. Raises ValidationError for a time that the zone skips or repeats."""
        typed = datetime.combine(*data_list) if data_list and all(value is not None for value in data_list) else None
        if typed and self.stored and typed == timezone.make_naive(self.stored).replace(microsecond=0):
            return self.stored
        try:
            return super().compress(data_list)
        except ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
            raise ValidationError(_clock_change_message(typed), code=error.code) from None


def _clock_change_message(typed: datetime) -> str:
    zone = timezone.get_current_timezone()
    first, second = (typed.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    words = {
        "time": _format_time(typed),
        # Translators: the format of a day in a sentence; see Django's filter `date`.
        "day": date_format(typed, _("j F Y")),
        "zone": timezone.get_current_timezone_name(),
    }
    if first.utcoffset() < second.utcoffset():
        words["instead"] = _format_time(typed + (second.utcoffset() - first.utcoffset()))
        return (
            _("On %(day)s there is no %(time)s in %(zone)s: clocks go forward then. Choose %(instead)s, say.") % words
        )
    return (
        _("On %(day)s, %(time)s comes twice in %(zone)s: clocks go back then. Choose a time before or after that hour.")
        % words
    )


def _format_time(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
