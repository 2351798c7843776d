"""Forms of versioned rows, their widgets, and field values as text for editors."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

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


class PlainDateTimeField(forms.SplitDateTimeField):
    """A date and a time in the digits 0 to 9. Python would read those of any script, which nobody would see again."""

    def clean(self, value: list[str] | None) -> datetime | None:
        """Return the datetime, or None for empty input. Raises ValidationError."""
        if any(char.isdigit() and not char.isascii() for part in value or () for char in str(part or "")):
            raise forms.ValidationError(_("Write dates and times in the digits 0 to 9."), code="invalid")
        return super().clean(value)


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
        if self.instance.pk and cleaned.get("version") != self.instance.version:
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

    def is_stored_already(self) -> bool:
        """Return whether the stored version has the values of this form and was saved by the same user."""
        return False

    def values(self, changed: list[str] | None = None) -> dict[str, Any]:
        """Return the values for the service: of all fields, or of the fields named in `changed`.

        Unchanged fields are not written, because a date would lose its microseconds in the form.
        """
        names = self.cleaned_data if changed is None else changed
        return {name: self.cleaned_data[name] for name in names if name != "version"}

    @property
    def changed(self) -> list[str]:
        """The names of the fields that differ from the stored row."""
        return [name for name in self.changed_data if name != "version"]


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
        return formats.date_format(timezone.localtime(value), "Y-m-d H:i:s")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    choices = getattr(field, "choices", None)
    if choices and not isinstance(field, forms.ModelChoiceField):
        return str(dict(choices).get(value, value))
    return str(value)
