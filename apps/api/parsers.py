"""Strict JSON (RFC 8259 and I-JSON, RFC 7493): one object, unique names, UTF-8, no NaN."""

from __future__ import annotations

import codecs
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.utils.json import strict_constant

from apps.core import bounded_json


def check_charset(request: Request) -> None:
    """Refuse a body whose media type states another charset than UTF-8. Raises UnsupportedMediaType."""
    charset = request.content_params.get("charset")
    if charset is None:
        return
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if name not in ("utf-8", "ascii"):
        message = _("The charset “%s” is not read here. Send the body in UTF-8, and say so or leave “charset” out.")
        raise UnsupportedMediaType(request.content_type, message % charset[:100])


class StrictJSONParser(JSONParser):
    """Parses a JSON object. Any other body is a ParseError that names the fault."""

    def parse(self, stream: BinaryIO, media_type: str | None = None, parser_context: dict | None = None) -> dict:
        """Return the object in the body. Raises ParseError."""
        try:
            text = stream.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is not UTF-8: byte %s is wrong.") % error.start) from None
        try:
            value = bounded_json.loads(text, object_pairs_hook=_object, parse_constant=strict_constant)
        except RecursionError:
            raise ParseError(_("The body is nested too deeply.")) from None
        except bounded_json.TooManyValues:
            raise ParseError(_("The body has too many values.")) from None
        except ValueError as error:
            raise ParseError(_("The body is not JSON: %s") % error) from None
        if not isinstance(value, dict):
            raise ParseError(_("The body must be a JSON object: {…}."))
        return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a dict of an object's members. Raises ValueError for a repeated name, which parsers treat differently."""
    value: dict[str, Any] = {}
    for name, member in pairs:
        if name in value:
            raise ValueError(_("the name “%s” is given twice.") % name)
        value[name] = member
    return value
