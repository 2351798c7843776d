"""Front matter: the fields that stand before the text of a file, in YAML (---), TOML (+++) or JSON."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _
from frontmatter.default_handlers import BaseHandler, JSONHandler, YAMLHandler

from apps.posts.models import BODY_LIMIT

from .problems import BadFile

FILE_LIMIT = BODY_LIMIT + 100_000
"""Bytes of a file: a body at its limit, and front matter."""

# YAML guesses types: an unquoted 3.10 becomes 3.1, `No` becomes false, and the 30th of February an exception without a
# line. The importer knows what each field means, so it has every value as it was written.
_AS_WRITTEN = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_TYPED = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Yaml(YAMLHandler):
    def load(self, fm: str, **kwargs: object) -> Any:
        return yaml.load(fm, Loader=_AS_WRITTEN)  # noqa: S506 - makes nothing but strings, lists and dicts


class _Toml(BaseHandler):
    """python-frontmatter's own TOML handler needs a package that Python 3.11 has replaced by tomllib."""

    FM_BOUNDARY = re.compile(r"^\+{3,}\s*$", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "+++"

    def load(self, fm: str, **kwargs: object) -> Any:
        return tomllib.loads(fm)


_HANDLERS: dict[str, BaseHandler] = {"YAML": _Yaml(), "TOML": _Toml(), "JSON": JSONHandler()}


@dataclass
class Source:
    """A file, taken apart."""

    body: str
    matter: dict[str, Any] = field(default_factory=dict)
    language: str = ""
    """`YAML`, `TOML`, `JSON`, or empty where the file has no front matter."""
    matter_text: str = ""
    matter_line: int = 1
    body_line: int = 1
    """The line of the file, from 1, that the body begins in."""

    def line_of(self, *keys: str) -> int:
        """Return the line of the file where the first of these fields is set; 1 where none is found."""
        names = "|".join(re.escape(key) for key in keys)
        found = re.search(rf"^[ \t]*[\"']?(?:{names})[\"']?[ \t]*[:=]", self.matter_text, re.MULTILINE)
        return self.matter_line + self.matter_text.count("\n", 0, found.start()) if found else 1

    @cached_property
    def typed(self) -> dict[str, Any]:
        """The fields with their types, as a template sees them."""
        if self.language != "YAML":
            return self.matter
        try:
            return yaml.load(self.matter_text, Loader=_TYPED) or {}  # noqa: S506 - a safe loader
        except (yaml.YAMLError, ValueError):
            return self.matter


def read(path: Path) -> Source:
    """Read a file. Raises BadFile where it is too large, is not UTF-8, or has front matter that cannot be read."""
    return split(_text_of(path))


def split(text: str) -> Source:
    """Take a file's text apart. Raises BadFile for front matter that cannot be read."""
    for language, handler in _HANDLERS.items():
        opening = handler.FM_BOUNDARY.match(text)
        if opening is None:
            continue
        try:
            matter_text, body = handler.split(text)
        except ValueError:
            if _looks_like_fields(text[opening.end() :]):
                raise BadFile(1, _unclosed(language, handler)) from None
            break
        matter_line = 1 + text.count("\n", 0, opening.end())
        return Source(
            body=body.strip("\n"),
            matter=_fields(handler, matter_text, language, matter_line),
            language=language,
            matter_text=matter_text,
            matter_line=matter_line,
            body_line=1 + text.count("\n", 0, len(text) - len(body.lstrip("\n"))),
        )
    return Source(body=text.strip("\n"))


def _text_of(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > FILE_LIMIT:
            raise BadFile(
                1,
                _("The file has %(size)s bytes; a post can have at most %(limit)s (1 MB). Split it into several posts.")
                % {"size": f"{size:,}", "limit": f"{BODY_LIMIT:,}"},
            )
        raw = path.read_bytes()
    except OSError as error:
        raise BadFile(1, _("The file cannot be read (%s). Check its permissions.") % error.strerror) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(
            1 + raw.count(b"\n", 0, error.start),
            _("The byte 0x%02x is not UTF-8. Save the file in the encoding UTF-8.") % raw[error.start],
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _looks_like_fields(text: str) -> bool:
    """Tell an unclosed front matter from a text that begins with a rule."""
    return bool(re.match(r"\s*[\"'\w][\w .\"'-]*[:=]", text))


def _unclosed(language: str, handler: BaseHandler) -> str:
    return _("The %(language)s front matter is never closed. End it with a line that is only %(delimiter)s.") % {
        "language": language,
        "delimiter": handler.END_DELIMITER or "}",
    }


def _fields(handler: BaseHandler, text: str, language: str, first_line: int) -> dict[str, Any]:
    try:
        fields = handler.load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable(language, first_line + (mark.line if mark else 0), error.problem or str(error)) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = first_line + int(found[1]) - 1 if found else first_line
        raise _unreadable(language, line, str(error).split(" (at ")[0]) from None
    except json.JSONDecodeError as error:
        raise _unreadable(language, first_line + error.lineno - 1, error.msg) from None
    except (yaml.YAMLError, ValueError) as error:
        raise _unreadable(language, first_line, str(error).splitlines()[0]) from None
    except RecursionError:
        raise _unreadable(language, first_line, _("it is nested too deeply")) from None
    if fields in (None, ""):
        return {}
    if not isinstance(fields, dict):
        first_line += len(text) - len(text.lstrip("\n"))
        raise BadFile(first_line, _("The front matter is not made of fields. Write one `name: value` in each line."))
    return fields


def _unreadable(language: str, line: int, problem: str) -> BadFile:
    advice = {
        "YAML": _("A value with a colon, a quote or a leading special character needs quotes around it."),
        "TOML": _('A text needs quotes around it: name = "value".'),
        "JSON": _("Names and texts need double quotes."),
    }[language]
    return BadFile(
        line,
        _("The %(language)s front matter cannot be read: %(problem)s. %(advice)s")
        % {"language": language, "problem": problem, "advice": advice},
    )
