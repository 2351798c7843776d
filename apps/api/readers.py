"""Functions from an object to what a field of a serializer shows of it, made once for each serializer.

DRF decides anew for each object what a field reads and how it is represented. For most fields that is one attribute.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from rest_framework import serializers
from rest_framework.relations import PKOnlyObject, RelatedField

Reader = Callable[[Any], Any]

_SHOWN_AS_STORED = frozenset(
    field.to_representation
    for field in (serializers.CharField, serializers.IntegerField, serializers.BooleanField, serializers.ChoiceField)
)
"""Representations that change nothing of a value whose type is that of the model's field."""


def reader(field: serializers.Field, model: type[models.Model]) -> Reader:
    """Return the function that reads a bound field of a `model`, with the result of DRF's `to_representation`."""
    kind = type(field)
    if isinstance(field, serializers.SerializerMethodField):
        parent, name = field.parent, field.method_name
        return lambda instance: getattr(parent, name)(instance)
    if hasattr(field, "reader"):
        return field.reader()
    if type(field) is serializers.ListSerializer:
        rows_of, represent = attrgetter(field.source), field.child.to_representation
        return lambda instance: [represent(row) for row in rows_of(instance)]
    column = _column(field.source, model)
    if column is None:
        return _of_any(field)
    # DRF can be set to write these as texts.
    is_number = kind is serializers.BigIntegerField and field.to_representation(1) == 1
    if (
        is_number or kind.to_representation in _SHOWN_AS_STORED
    ) and kind.get_attribute is serializers.Field.get_attribute:
        return attrgetter(column)
    is_key = kind.to_representation is serializers.PrimaryKeyRelatedField.to_representation
    if is_key and kind.get_attribute is RelatedField.get_attribute:
        return attrgetter(column)
    return _of_any(field)


def _column(source: str, model: type[models.Model]) -> str | None:
    """Return the attribute of the column that a field reads, or None if it reads something else."""
    try:
        found = model._meta.get_field(source)
    except FieldDoesNotExist:
        return None
    return found.attname if found.concrete and not found.many_to_many else None


def _of_any(field: serializers.Field) -> Reader:
    def read(instance: Any) -> Any:
        value = field.get_attribute(instance)
        shown = value.pk if isinstance(value, PKOnlyObject) else value
        return None if shown is None else field.to_representation(value)

    return read
