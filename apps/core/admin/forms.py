"""What the forms of versioned rows share."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _


def is_key(value: Any) -> bool:
    """Tell whether a value from a form or an address can be a row's key: a number that databases can hold."""
    return bool(re.fullmatch("[0-9]{1,18}", str(value)))


class PlainTextarea(AdminTextareaWidget):
    """A text with the line ends it is stored with: browsers send CRLF, which would make every save a change."""

    def value_from_datadict(self, data, files, name: str) -> str | None:
        """Return what was sent, with LF."""
        value = super().value_from_datadict(data, files, name)
        return value and value.replace("\r\n", "\n")


class VersionField(forms.IntegerField):
    """Which version a form was made from: nothing that is changed by it, or logged."""

    def has_changed(self, initial, data) -> bool:
        """Tell that it has not."""
        return False


class VersionedForm(forms.ModelForm):
    """A form that knows which version of a row it was made from."""

    version = VersionField(required=False, widget=forms.HiddenInput)

    stale = False
    """Whether somebody saved another version since."""
    repeated = False
    """Whether it was saved already: somebody pressed the button twice, say."""

    def clean(self) -> dict[str, Any]:
        """Refuse a form that was made from another version than the present one."""
        cleaned = super().clean()
        if self.instance.pk and cleaned.get("version") != self.instance.version:
            self.repeated = self.is_stored_already()
            self.stale = not self.repeated
        if self.stale:
            self.add_error(
                None,
                forms.ValidationError(
                    _("Somebody else saved this meanwhile. Both texts are below; nothing of yours was saved yet."),
                    code="stale",
                ),
            )
        return cleaned

    def is_stored_already(self) -> bool:
        """Tell whether the stored version is what this form says, and its user's own."""
        return False

    def values(self, changed: list[str] | None = None) -> dict[str, Any]:
        """Return what the service is to write: all fields, or those that `changed` names.

        What was not changed is not written: a date would lose its microseconds on its way through the form.
        """
        names = self.cleaned_data if changed is None else changed
        return {name: self.cleaned_data[name] for name in names if name != "version"}

    @property
    def changed(self) -> list[str]:
        """The fields that differ from the stored row."""
        return [name for name in self.changed_data if name != "version"]


def in_words(field: forms.Field, value: Any) -> str:
    """Return a field's value as an editor reads it: dates in their time zone, choices and objects by name."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(field, forms.ModelChoiceField) and is_key(value):
        value = field.queryset.filter(pk=value).first()
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "Y-m-d H:i:s")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    choices = getattr(field, "choices", None)
    if choices and not isinstance(field, forms.ModelChoiceField):
        return str(dict(choices).get(value, value))
    return str(value)
