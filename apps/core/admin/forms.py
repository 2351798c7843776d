"""Forms of versioned rows, their widgets, and field values as text for editors."""

from __future__ import annotations

import re
from datetime import datetime
from datetime import time as clock_time
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.shown_dates import shown_exactly

NOT_AVAILABLE = _("(not there, or not yours to see)")
"""Stands for the name of an object in a form or in the history."""


def is_key(value: Any) -> bool:
    """Return whether a value from a form or a URL can be a primary key: a number that fits in a BIGINT."""
    return bool(re.fullmatch("[0-9]{1,18}", str(value)))


class PlainTextarea(AdminTextareaWidget):
    """A textarea that normalises line ends: browsers send CRLF, so that every save would look like a change."""

    def value_from_datadict(self, data, files, name: str) -> str | None:
        """Return the submitted text with LF line ends."""
        value = super().value_from_datadict(data, files, name)
        return value and value.replace("\r\n", "\n")


class NativeTimeInput(forms.TimeInput):
    """The browser's own input for a time. It shows seconds, and takes them, only if the time has some."""

    input_type = "time"

    def format_value(self, value: Any) -> str | None:
        """Return a time as the input has it: `09:00`, or `09:00:05`. What somebody typed stays as it is."""
        if not isinstance(value, clock_time | datetime):
            return value or None
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Let the input take seconds if its value has them: without a step, browsers refuse such a time."""
        context = super().get_context(name, value, attrs)
        if (context["widget"]["value"] or "").count(":") == 2:
            context["widget"]["attrs"]["step"] = 1
        return context


class NativeDateTimeWidget(forms.SplitDateTimeWidget):
    """A date and a time in the browser's own inputs, which show them as the reader's system does and send ISO 8601."""

    template_name = "admin/core/date_and_time.html"

    def __init__(self, date_attrs: dict[str, Any] | None = None, time_attrs: dict[str, Any] | None = None) -> None:
        day = forms.DateInput(attrs={"type": "date", **(date_attrs or {})}, format="%Y-%m-%d")
        forms.MultiWidget.__init__(self, (day, NativeTimeInput(attrs=time_attrs)))


class PlainDateTimeField(forms.SplitDateTimeField):
    """A date and a time in the browser's own inputs, in the digits 0 to 9 (Python would read those of any script)."""

    widget = NativeDateTimeWidget

    def clean(self, value: list[str] | None) -> datetime | None:
        """Return the datetime, or None for empty input. Raises ValidationError, which says what is missing."""
        day, time = (str(part or "").strip() for part in value or ("", ""))
        if any(char.isdigit() and not char.isascii() for char in day + time):
            raise forms.ValidationError(_("Write dates and times in the digits 0 to 9."), code="invalid")
        if time and not day:
            raise forms.ValidationError(_("There is a time without a day. Choose the day too."))
        if day and not _is_read(self.fields[0], day):
            message = _("“%(typed)s” is no date. Write it like %(day)s.")
            words = {"typed": day[:40], "day": f"{timezone.localtime().year}-12-31"}
            raise forms.ValidationError(message % words, code="invalid_date")
        if day and not time:
            raise forms.ValidationError(_("There is a day without a time. Choose the time too."))
        if time and not _is_read(self.fields[1], time):
            message = _("“%(typed)s” is no time. Write it like %(time)s.") % {"typed": time[:40], "time": "09:00"}
            raise forms.ValidationError(message, code="invalid_time")
        return super().clean(value)


def _is_read(field: forms.Field, text: str) -> bool:
    try:
        field.to_python(text)
    except forms.ValidationError:
        return False
    return True


class VersionField(forms.IntegerField):
    """The version that a form was made from. It never counts as changed, so it is neither saved nor logged."""

    def has_changed(self, initial, data) -> bool:
        """Return False always."""
        return False


class VersionedForm(forms.ModelForm):
    """A form that carries the version of the row that it was made from, and detects conflicts on submission."""

    version = VersionField(required=False, widget=forms.HiddenInput)

    is_stale = False
    """Whether another version has been saved since the form was made."""
    is_repeated = False
    """Whether the same submission was saved already, for example after a double click."""

    def clean(self) -> dict[str, Any]:
        """Add an error if the form was not made from the current version."""
        cleaned = super().clean()
        if self.instance.pk and not self.is_made_from(self.instance):
            self.is_repeated = self.is_stored_already()
            self.is_stale = not self.is_repeated
        if self.is_stale:
            self.add_error(
                None,
                forms.ValidationError(
                    _(
                        "This was saved meanwhile, by somebody else or in another window of yours. "
                        "Both texts are below; nothing of yours was saved yet."
                    ),
                    code="stale",
                ),
            )
        return cleaned

    def is_made_from(self, row: Model) -> bool:
        """Return whether the form was made from this state of its row."""
        return self.cleaned_data.get("version") == row.version

    def is_stored_already(self) -> bool:
        """Return whether the stored version has the values of this form and was saved by the same user."""
        return False

    def values(self, changed: list[str] | None = None) -> dict[str, Any]:
        """Return the values for the service: of all fields, or of the fields named in `changed`.

        Unchanged fields are not written, because a date would lose its microseconds in the form.
        """
        names = self.cleaned_data if changed is None else changed
        return {name: self.cleaned_data[name] for name in names if not _is_version(self, name)}

    @property
    def changed(self) -> list[str]:
        """The names of the fields that differ from the stored row."""
        return [name for name in self.changed_data if not _is_version(self, name)]


def _is_version(form: forms.Form, name: str) -> bool:
    return isinstance(form.fields.get(name), VersionField)


def as_text(field: forms.Field, value: Any) -> str:
    """Return a field's value as text for editors: dates in their time zone, choices and objects by name.

    The key of an object that the field does not offer is the same text whether there is such an object or not.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(field, forms.ModelChoiceField) and is_key(value):
        value = field.queryset.filter(pk=value).first() or NOT_AVAILABLE
    if isinstance(value, datetime):
        return shown_exactly(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    choices = getattr(field, "choices", None)
    if choices and not isinstance(field, forms.ModelChoiceField):
        return str(dict(choices).get(value, value))
    return str(value)
