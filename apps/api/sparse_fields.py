"""What a read asks to be shown of each row: `fields=` and `include=`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from .exceptions import InvalidParameters

FIELDS, INCLUDE = "fields", "include"
SHOWN = "id"
"""The field that is shown whatever is asked for."""
MAX_UNKNOWN = 20
"""Unknown names that an error lists."""


class Shape(NamedTuple):
    """The names that a read asks for: of fields, none of which stands for what is shown by default, and of inclusions."""

    fields: frozenset[str] = frozenset()
    included: frozenset[str] = frozenset()

    def check(self, fields: Collection[str], includable: Collection[str]) -> None:
        """Raise InvalidParameters where there is no such field, or nothing such to include."""
        errors = {}
        for parameter, names, valid in ((FIELDS, self.fields, fields), (INCLUDE, self.included, includable)):
            if unknown := sorted(names.difference(valid)):
                message = _("There is no “%(name)s” here. Valid are: %(valid)s.")
                errors[parameter] = [
                    message % {"name": name[:100], "valid": ", ".join(valid)} for name in islice(unknown, MAX_UNKNOWN)
                ]
        if errors:
            raise InvalidParameters(errors)

    def shown(self, by_default: Collection[str]) -> frozenset[str]:
        """Return the names of the fields that are shown. What is included is shown whatever `fields` says."""
        return (self.fields or frozenset(by_default)) | {SHOWN} | self.included


def asked(query: Mapping[str, str]) -> Shape:
    """Return the shape that a query names: lists of names, separated by commas. An empty name is one that is not there."""
    return Shape(*(_names(query.get(parameter)) for parameter in (FIELDS, INCLUDE)))


def _names(given: str | None) -> frozenset[str]:
    return frozenset() if given is None else frozenset(part.strip() for part in given.split(","))
