"""Strict query parameters: unknown, blank and repeated ones are errors."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters import CharFilter, Filter, NumberFilter
from django_filters.rest_framework import DjangoFilterBackend, IsoDateTimeFilter
from rest_framework.request import Request

from apps.core import datetimes, text

from .exceptions import InvalidParameters
from .pagination import MAX_SIZE

_ID = re.compile("[1-9][0-9]{0,18}")


class ParameterBackend(DjangoFilterBackend):
    """Filters a list by the view's `filterset_class`. An invalid value is an error that names its parameter."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        """Return the filtered queryset. Raises InvalidParameters."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise InvalidParameters(dict(filterset.errors))
        return filterset.qs

    def get_filterset_kwargs(self, request: Request, queryset: QuerySet, view: Any) -> dict[str, Any]:
        """Pass the parameters in the Unicode form in which texts are stored."""
        parameters = QueryDict(mutable=True)
        parameters.update({name: text.normalized(value) for name, value in request.query_params.items()})
        return super().get_filterset_kwargs(request, queryset, view) | {"data": parameters}


def check_query(request: Request, known: list[str]) -> None:
    """Raise InvalidParameters for a query parameter that is not in `known`, is given twice, or has no visible value."""
    errors = {}
    for name, values in request.query_params.lists():
        if name not in known:
            valid = _("Valid here are: %s.") % ", ".join(known) if known else _("This address takes none.")
            errors[name] = [_("There is no such parameter. %s") % valid]
        elif len(values) > 1:
            errors[name] = [_("It is given more than once.")]
        elif text.is_blank(values[0]):
            # A form of Django would treat a blank parameter as a missing one.
            errors[name] = [_("It is empty: give it a value, or leave it out.")]
    if errors:
        raise InvalidParameters(errors)


class DateTimeFormField(forms.CharField):
    """A date and time as bodies have it too (`datetimes.parse`)."""

    def clean(self, value: str | None) -> datetime | None:
        """Return an aware datetime, or None for a missing value. Raises ValidationError."""
        given = super().clean(value)
        return datetimes.parse(given) if given else None


class DateTimeFilter(IsoDateTimeFilter):
    """A filter by a date and time (RFC 3339)."""

    field_class = DateTimeFormField


class BooleanFormField(forms.CharField):
    """A truth value as JSON writes it. Django's field takes any other word for none."""

    def clean(self, value: str | None) -> bool | None:
        """Return the value, or None for a missing one. Raises ValidationError."""
        given = super().clean(value)
        if given not in ("", "true", "false"):
            raise ValidationError(_("It is “true” or “false”."), code="invalid")
        return given == "true" if given else None


class BooleanFilter(Filter):
    """A filter by a truth value."""

    field_class = BooleanFormField


class IdFormField(forms.IntegerField):
    """An id, in the digits 0 to 9: Django's field reads those of every script."""

    def to_python(self, value: Any) -> int | None:
        """Return the id, or None for a missing value. Raises ValidationError."""
        if isinstance(value, str) and not value.strip().isascii():
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class IdFilter(NumberFilter):
    """A filter by the id of a row, in the range of a BIGINT."""

    field_class = IdFormField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=BigIntegerField.MAX_BIGINT, **kwargs)


class ListFormField(forms.CharField):
    """Values separated by commas, each once, in their order."""

    def __init__(self, *, max_values: int, **kwargs: Any) -> None:
        self.max_values = max_values
        super().__init__(**kwargs)

    def clean(self, value: str | None) -> list[str]:
        """Return the values, none for a missing parameter. Raises ValidationError."""
        given = super().clean(value)
        values = list(dict.fromkeys(part.strip() for part in given.split(","))) if given else []
        if "" in values:
            raise ValidationError(_("There is nothing between two commas, or beside one: write them as “a,b,c”."))
        if len(values) > self.max_values:
            raise ValidationError(_("At most %s can be named here.") % self.max_values)
        return values


class ListFilter(CharFilter):
    """A filter by any of several values, separated by commas."""

    field_class = ListFormField


class IdListFormField(ListFormField):
    """Ids separated by commas."""

    def clean(self, value: str | None) -> list[int]:
        """Return the ids, none for a missing parameter. Raises ValidationError."""
        values = super().clean(value)
        if not all(_ID.fullmatch(given) and int(given) <= BigIntegerField.MAX_BIGINT for given in values):
            raise ValidationError(_("Ids are whole numbers from 1 on, separated by commas: “1,2,3”."))
        return [int(given) for given in values]


class IdListFilter(CharFilter):
    """A filter by ids: the rows that there are, in the order of the list; ids of no row are ignored."""

    field_class = IdListFormField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_values=MAX_SIZE, **kwargs)

    def filter(self, rows: QuerySet, value: list[int]) -> QuerySet:
        """Return the rows with these ids."""
        return rows.filter(pk__in=value) if value else rows
