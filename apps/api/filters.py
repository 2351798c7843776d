"""Strict query parameters: unknown, empty and repeated ones are errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.forms import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import fields
from django_filters.rest_framework import DjangoFilterBackend, IsoDateTimeFilter
from rest_framework.request import Request

from apps.core.validators import YEARS

from .exceptions import InvalidParameters


class ParameterBackend(DjangoFilterBackend):
    """Filters a list by the view's `filterset_class`. An invalid value is an error that names its parameter."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        """Return the filtered queryset. Raises InvalidParameters."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        # The form would treat an empty parameter as a missing one.
        if empty := [name for name in filterset.filters if filterset.data.get(name) == ""]:
            raise InvalidParameters({name: [_("It is empty: give it a value, or leave it out.")] for name in empty})
        if not filterset.is_valid():
            raise InvalidParameters(dict(filterset.errors))
        return filterset.qs


def check_query(request: Request, known: list[str]) -> None:
    """Raise InvalidParameters for a query parameter that is not in `known`, or that is given twice."""
    errors = {}
    for name, values in request.query_params.lists():
        if name not in known:
            valid = _("Valid here are: %s.") % ", ".join(known) if known else _("This address takes none.")
            errors[name] = [_("There is no such parameter. %s") % valid]
        elif len(values) > 1:
            errors[name] = [_("It is given more than once.")]
    if errors:
        raise InvalidParameters(errors)


class DateTimeFormField(fields.IsoDateTimeField):
    """A date and time in ISO 8601, in the years that databases can store."""

    default_error_messages = {
        "invalid": gettext_lazy("It is a moment such as 2026-01-31T12:00:00Z (a “+” is written %2B).")
    }

    def clean(self, value: str) -> datetime | None:
        """Return an aware datetime, or None for an empty value. Raises ValidationError."""
        moment = super().clean(value)
        if moment is not None and moment.year not in YEARS:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


class DateTimeFilter(IsoDateTimeFilter):
    """A filter by a date and time (ISO 8601)."""

    field_class = DateTimeFormField
