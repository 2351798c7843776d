"""The values of a file's front matter, of any type, with warnings and errors at their lines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.core.validators import YEARS
from apps.importing import dates
from apps.importing.problems import BadFile
from apps.importing.report import Subject

from .front_matter import Source
from .site import Site

EMPTY = ("", "~", "null", "Null", "NULL", None)
_TRUE, FALSE = ("true", "yes", "on", "y", "1"), ("false", "no", "off", "n", "0")


class FieldValues:
    """The fields of one file, together with those that it inherits from its site."""

    def __init__(self, source: Source, relative: str, site: Site, generator: str) -> None:
        self.source, self.relative, self.site, self.generator = source, relative, site, generator
        self.warnings: dict[tuple[int, str], Subject | None] = dict.fromkeys(source.warnings)
        """Subjects (if any) by line number and message, about unusual values and how they were read."""
        self.file_times: set[str] = set()
        """The fields whose dates are guessed from the times of the file, because it has no history."""
        self.fields = site.inherited.of(relative, source.fields)

    def value(self, key: str) -> Any:
        """Return a field from the top level, else from Zola's `[extra]` or Hugo's `[params]`; None if it is empty."""
        for place in (self.fields, self.fields.get("extra"), self.fields.get("params")):
            if isinstance(place, dict) and _get(place, key) not in EMPTY:
                return _get(place, key)
        return None

    def text(self, *keys: str) -> str:
        """Return the first of these fields that is set, as one line of text. Raises BadFile for a list or a mapping."""
        for key in keys:
            value = self.value(key)
            if isinstance(value, dict | list):
                raise self.error(key, _("is a list; it should be one text"))
            if value is not None:
                return " ".join(str(value).split())
        return ""

    def text_list(self, key: str) -> list[str]:
        """Return the texts of a field that is one text or a list of texts."""
        value = self.value(key)
        values = value if isinstance(value, list) else [] if value is None else [value]
        return [str(item).strip() for item in values if item not in EMPTY and not isinstance(item, dict | list)]

    def boolean(self, key: str) -> bool | None:
        """Return the field as a boolean; None if it is not set or is no boolean."""
        return as_boolean(self.value(key))

    def datetime(self, *keys: str) -> tuple[str, datetime | None]:
        """Return the first of these fields that is a date, with its name. Raises BadFile for what is no date."""
        for key in keys:
            value = self.value(key)
            if value is None or (key == "published" and self.boolean(key) is not None):
                continue
            if (found := self._by_word(key, value)) is not None:
                return key, found
            found = self._date(key, value)
            if found.year not in YEARS:
                limits = {"value": str(value), "first": YEARS[0], "last": YEARS[-1]}
                raise self.error(key, _("is %(value)r; its year must be from %(first)s to %(last)s") % limits)
            return key, found
        return "", None

    def _date(self, key: str, value: Any) -> datetime:
        zone = self.site.zone
        found = dates.parse_datetime(value, zone)
        seconds = dates.parse_seconds(value)
        if seconds and self.generator in ("hugo", "zola"):
            return seconds
        if found is None:
            found = dates.parse_datetime_prefix(str(value), zone)
            is_unusual = True
        else:
            is_unusual = dates.is_ambiguous(str(value))
        if found is None:
            raise self.error(
                key, _("is %r, which is no date; write it like 2026-03-31, or 2026-03-31 09:30:00 +0200") % str(value)
            )
        if is_unusual:
            message = _("`%(key)s` is %(value)r; read as %(found)s")
            self.warn(message % {"key": key, "value": str(value), "found": found}, key, subject=Subject.DATE)
        return found

    def _by_word(self, key: str, value: Any) -> datetime | None:
        """Return the moment that a word of Eleventy stands for (`Last Modified`, `git Created`), with a warning."""
        if isinstance(value, date):
            return None
        found = self.site.history.moment(self.relative, str(value))
        if found is not None:
            self.file_times |= set() if self.site.history.created(self.relative) else {key}
            message = _("`%(key)s` is %(value)r; guessed from the file: %(found)s")
            said = {"key": key, "value": str(value), "found": found.isoformat(" ", "seconds")}
            self.warn(message % said, key, subject=Subject.DATE)
        return found

    def error(self, key: str, problem: str) -> BadFile:
        """Return a BadFile at the line of the field."""
        return BadFile(self.source.line_of(key), f"`{key}` {problem}.")

    def warn(self, message: str, *keys: str, subject: Subject | None = None) -> None:
        """Warn at the line of the first of these fields that the file has."""
        self.warnings.setdefault((self.source.line_of(*keys) if keys else 1, message), subject)


def as_boolean(value: Any) -> bool | None:
    """Return a value of front matter as a boolean; None if it is no boolean."""
    word = str(value).strip().lower()
    return True if word in _TRUE else False if word in FALSE else None


def _get(place: dict, key: str) -> Any:
    """Return a value by its name; Hugo's names are the same in any case."""
    if key in place:
        return place[key]
    return next((value for name, value in place.items() if str(name).lower() == key.lower()), None)
