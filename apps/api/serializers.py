"""The base class and the fields of all serializers. They represent and validate; services write."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import islice
from operator import attrgetter
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from apps.core import datetimes
from apps.core.text import normalized
from blog_project import addresses

from .exceptions import MAX_UNKNOWN_NAMES
from .parsers import StrictJSONParser
from .readers import Reader, reader
from .sparse_fields import SparseFields

MAX_SHAPES = 256
"""The serializers of reads that a process keeps: one for each resource and choice of fields that clients ask for."""
STRING_REQUIRED = gettext_lazy("It is a text.")

_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_LINE_BREAK = re.compile("[\t\n\r\u2028\u2029]")


def validate_characters(text: str) -> None:
    """Raise ValidationError for control characters, which XML (feeds) does not allow."""
    found = _CONTROL.search(text)
    if found:
        raise ValidationError(_("It contains a control character: U+%04X.") % ord(found[0]))


def validate_line(text: str) -> None:
    """Raise ValidationError for line breaks and tabs in a field of one line."""
    if _LINE_BREAK.search(text):
        raise ValidationError(_("It must be one line: no line breaks, no tabs."))


class DateTimeField(serializers.DateTimeField):
    """A date and time: output in UTC, input with its offset, as in query parameters (`datetimes.parse`)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def reader(self) -> Reader:
        """Return the function that reads the field of an object (`readers`)."""
        read = attrgetter(self.source)

        def represent(instance: Any) -> str | None:
            moment = read(instance)
            return None if moment is None else self.to_representation(moment)

        return represent

    def to_representation(self, value: datetime) -> str:
        """Return the moment in UTC, as DRF's field writes it."""
        return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"

    def to_internal_value(self, value: Any):
        """Return an aware datetime. Raises ValidationError."""
        if not isinstance(value, str):
            raise serializers.ValidationError(STRING_REQUIRED)
        return datetimes.parse(value)


class TextField(serializers.CharField):
    """A text, in the Unicode form in which it is stored, so that its length is that of the stored text."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text. Raises ValidationError."""
        return normalized(super().to_internal_value(data))


class ResourceSerializer(serializers.ModelSerializer):
    """The serializer of a model. PUT sets omitted fields to their defaults, and unknown fields are errors."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DateTimeField: DateTimeField,
        models.CharField: TextField,
        models.TextField: TextField,
    }

    url = serializers.SerializerMethodField(help_text="The page for readers.")

    reads: ClassVar[dict[str, tuple[str, ...]]] = {}
    """The columns that each computed field reads; any other field reads the column of its name."""
    on_request: ClassVar[tuple[str, ...]] = ()
    """Fields that are shown only if `fields` names them."""
    on_request_in_lists: ClassVar[tuple[str, ...]] = ()
    """Fields that a list shows only if `fields` names them."""
    includable: ClassVar[Mapping[str, Callable[[], serializers.BaseSerializer]]] = {}
    """Factories of the fields that show whole objects, by the name of the field that they replace."""

    @classmethod
    @functools.lru_cache(maxsize=MAX_SHAPES)
    def for_reading(cls, shape: SparseFields, *, is_list: bool) -> ResourceSerializer:
        """Return the serializer of reads with these fields. Raises InvalidParameters.

        It knows no request, so it is made once and then shared by all: making the fields takes longer than the query.
        """
        serializer = cls(context={"shape": shape, "is_list": is_list})
        serializer.readers  # noqa: B018  (made now: other threads find them, and wrong names are not kept)
        return serializer

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields; for a read (`shape` in the context), the requested ones. Raises InvalidParameters."""
        shape = self.context.get("shape")
        if shape is None or self.parent is not None:
            return {name: field for name, field in super().get_fields().items() if name not in self.on_request}
        readable = self.readable()
        shape.check(readable, self.includable)
        hidden = {*self.on_request, *(self.on_request_in_lists if self.context.get("is_list") else ())}
        shown = shape.shown([name for name in readable if name not in hidden])
        return {
            name: self.includable[name]() if name in shape.included else field
            for name, field in readable.items()
            if name in shown
        }

    def readable(self) -> dict[str, serializers.Field]:
        """Return all fields that a read can show."""
        return {name: field for name, field in super().get_fields().items() if not field.write_only}

    @cached_property
    def readers(self) -> tuple[tuple[str, Reader], ...]:
        """The names of the shown fields, each with the function that reads it."""
        model = self.Meta.model
        return tuple((name, reader(field, model)) for name, field in self.fields.items() if not field.write_only)

    def to_representation(self, instance: models.Model) -> dict[str, Any]:
        """Return what the shown fields show of an object."""
        return {name: read(instance) for name, read in self.readers}

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns that the shown fields read."""
        shown = [name for name, field in self.fields.items() if not field.write_only]
        return frozenset(column for name in shown for column in self.reads.get(name, (name,)))

    @property
    def included(self) -> frozenset[str]:
        """The names of the shown fields that show whole objects; none in a response to a write."""
        shape = self.context.get("shape")
        return shape.included if shape else frozenset()

    @cached_property
    def format(self) -> tuple:
        """The serializer and its fields, which distinguish different representations of the same row."""
        return type(self).__name__, [
            (name, type(field).__name__) for name, field in self.fields.items() if not field.write_only
        ]

    def get_url(self, instance: models.Model) -> str:
        """Return the absolute URL of the object's page for readers."""
        return addresses.absolute(instance.get_absolute_url())

    def build_standard_field(self, field_name: str, model_field: models.Field) -> tuple[type, dict[str, Any]]:
        """Add the model's default and the text validators. Services check uniqueness, within their transaction."""
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        if kwargs.get("read_only"):
            return field_class, kwargs
        if not kwargs.pop("required", True):
            kwargs["default"] = model_field.get_default()
        validators = [item for item in kwargs.get("validators", []) if not isinstance(item, UniqueValidator)]
        if issubclass(field_class, serializers.CharField):
            validators.append(validate_characters)
            if not isinstance(model_field, models.TextField):
                validators.append(validate_line)
        if validators or "validators" in kwargs:
            kwargs["validators"] = validators
        return field_class, kwargs

    def to_internal_value(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the values of the writable fields. Raises ValidationError, also for unknown fields."""
        check_names(self.fields, data)
        # All values of a form are strings.
        if self.context["request"].content_type.strip().lower().startswith(StrictJSONParser.media_type):
            check_types(self.fields, data)
        return super().to_internal_value(data)


_JSON_TYPES: dict[type, tuple[tuple[type, ...], str]] = {
    serializers.BooleanField: ((bool,), gettext_lazy("It is true or false.")),
    serializers.IntegerField: ((int,), gettext_lazy("It is a whole number.")),
    serializers.FloatField: ((int, float), gettext_lazy("It is a number.")),
    serializers.CharField: ((str,), STRING_REQUIRED),
}


def check_names(fields: Mapping[str, serializers.Field], data: Mapping[str, Any]) -> None:
    """Raise ValidationError for names of no field."""
    unknown = list(islice((name for name in data if name not in fields), MAX_UNKNOWN_NAMES))
    if unknown:
        names = ", ".join(name for name, field in fields.items() if not field.read_only)
        message = _("There is no such field. Writable are: %s.") % names
        raise serializers.ValidationError({name: [message] for name in unknown})


def check_types(fields: Mapping[str, serializers.Field], data: Mapping[str, Any]) -> None:
    """Raise ValidationError for a value of the wrong JSON type. DRF would convert 7 to "7" and 1 to true."""
    wrong = {}
    for name, value in data.items():
        field = getattr(fields[name], "pk_field", None) or fields[name]
        for kind, (types, message) in _JSON_TYPES.items():
            # The field itself handles null. The comparison is exact because bool is a subclass of int.
            if (
                isinstance(field, kind)
                and not fields[name].read_only
                and value is not None
                and type(value) not in types
            ):
                wrong[name] = [message]
    if wrong:
        raise serializers.ValidationError(wrong)


class IdField(serializers.IntegerField):
    """The id of a row, in the range of a BIGINT: the database raises an error for other values."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=models.BigIntegerField.MAX_BIGINT, **kwargs)


class SlugListField(serializers.ListField):
    """Related rows as a list of their slugs, which one query looks up."""

    max_rows = 50

    def __init__(self, model: type[models.Model], attribute: str, **kwargs: Any) -> None:
        """`attribute` of the instance holds the list of slugs."""
        self.model, self.attribute = model, attribute
        super().__init__(child=serializers.CharField(), max_length=self.max_rows, **kwargs)

    def reader(self) -> Reader:
        """Return the function that reads the slugs of an object (`readers`)."""
        return attrgetter(self.attribute)

    def get_attribute(self, instance: models.Model) -> list[str]:
        """Return the slugs."""
        return getattr(instance, self.attribute)

    def to_representation(self, slugs: list[str | models.Model]) -> list[str]:
        """Return the slugs; those of rows that were validated, too."""
        return [slug if isinstance(slug, str) else slug.slug for slug in slugs]

    def to_internal_value(self, data: Any) -> list[models.Model]:
        """Return the rows with these slugs, in this order and without repetitions. Raises ValidationError."""
        # The length is checked first, because DRF validates each element before the length of the list.
        if isinstance(data, list) and len(data) > self.max_rows:
            raise serializers.ValidationError(_("At most %s can be named here.") % self.max_rows)
        if isinstance(data, list) and (wrong := [place for place, slug in enumerate(data) if type(slug) is not str]):
            raise serializers.ValidationError({place: [STRING_REQUIRED] for place in wrong})
        slugs = super().to_internal_value(data)
        rows = {row.slug: row for row in self.model.objects.filter(slug__in=slugs)}
        unknown = {place: slug for place, slug in enumerate(slugs) if slug not in rows}
        if unknown:
            name = self.model._meta.verbose_name
            message = _("There is no %(name)s with the slug “%(slug)s”. Create it first.")
            raise serializers.ValidationError(
                {place: [message % {"name": name, "slug": slug}] for place, slug in unknown.items()}
            )
        return [rows[slug] for slug in dict.fromkeys(slugs)]


class SlugField(serializers.CharField):
    """A related row as its slug."""

    def __init__(self, model: type[models.Model], **kwargs: Any) -> None:
        self.model = model
        super().__init__(**kwargs)

    def to_representation(self, row: models.Model) -> str:
        """Return the slug of the row."""
        return row.slug

    def to_internal_value(self, data: Any) -> models.Model:
        """Return the row with this slug. Raises ValidationError."""
        slug = super().to_internal_value(data)
        row = self.model.objects.filter(slug=slug).first()
        if row is None:
            message = _("There is no %(name)s with the slug “%(slug)s”. Create it first.")
            raise serializers.ValidationError(message % {"name": self.model._meta.verbose_name, "slug": slug})
        return row
