"""Sparse fields: the query parameters `fields` and `include` of a read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from .exceptions import MAX_UNKNOWN_NAMES, InvalidParameters

FIELDS, INCLUDE = "fields", "include"
ALWAYS_SHOWN = "id"
"""The field that is always shown."""


class SparseFields(NamedTuple):
    """The names in `fields` (empty for the default fields) and in `include`, as far as these are fields."""

    fields: frozenset[str] = frozenset()
    included: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()
    """What `include` takes besides, which is no field of a row."""

    def check(self, fields: Collection[str], includable: Collection[str]) -> None:
        """Raise InvalidParameters for names that are not in `fields` or `includable`."""
        errors = {}
        for parameter, names, valid in (
            (FIELDS, self.fields, fields),
            (INCLUDE, self.included, (*includable, *self.others)),
        ):
            if unknown := sorted(names.difference(valid)):
                message = _("There is no “%(name)s” here. Valid are: %(valid)s.")
                errors[parameter] = [
                    message % {"name": name[:100], "valid": ", ".join(valid)}
                    for name in islice(unknown, MAX_UNKNOWN_NAMES)
                ]
        if errors:
            raise InvalidParameters(errors)

    def shown(self, by_default: Collection[str]) -> frozenset[str]:
        """Return the names of the fields to show. Included fields are shown even if `fields` lacks them."""
        return (self.fields or frozenset(by_default)) | {ALWAYS_SHOWN} | self.included


def parse(query: Mapping[str, str], others: tuple[str, ...] = ()) -> SparseFields:
    """Return the names in the comma-separated query parameters. An empty name stays in, and `check` refuses it.

    `others` are names that `include` takes besides fields; which of them are asked for, `included` says.
    """
    return SparseFields(_names(query.get(FIELDS)), _names(query.get(INCLUDE)).difference(others), others)


def included(query: Mapping[str, str], others: tuple[str, ...]) -> frozenset[str]:
    """Return which of `others` the parameter `include` names."""
    return _names(query.get(INCLUDE)).intersection(others)


def _names(value: str | None) -> frozenset[str]:
    return frozenset() if value is None else frozenset(part.strip() for part in value.split(","))
