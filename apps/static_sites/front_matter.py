"""Front matter: the fields at the top of a file, in YAML (---), TOML (+++) or JSON."""

from __future__ import annotations

import codecs
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

from apps.importing.problems import BadFile
from apps.importing.source_folders import SourceFolders, TooLarge
from apps.posts.models import BODY_LIMIT

from . import yaml_values

FILE_LIMIT = BODY_LIMIT + 100_000
"""Bytes of a file: a body at its limit, and front matter."""

# YAML infers types: an unquoted 3.10 becomes 3.1, `No` becomes false, and the 30th of February raises an exception
# without a line. `fields` parses each value itself, so all values are loaded as strings.
_STRING_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_TYPED_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Yaml(YAMLHandler):
    # As in Jekyll, three dots may end the fields too.
    FM_BOUNDARY = re.compile(r"^(?:-{3,}|\.{3})\s*$", re.MULTILINE)

    def load(self, fm: str, **kwargs: object) -> Any:
        return yaml_values.load(fm, _STRING_LOADER)


class _Toml(BaseHandler):
    """Replaces python-frontmatter's TOML handler, which needs the package `toml`, with the standard tomllib."""

    FM_BOUNDARY = re.compile(r"^\+{3,}\s*$", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "+++"

    def load(self, fm: str, **kwargs: object) -> Any:
        return tomllib.loads(fm)


_HANDLERS: dict[str, BaseHandler] = {"YAML": _Yaml(), "TOML": _Toml(), "JSON": JSONHandler()}


@dataclass
class Source:
    """A file, split into front matter and body."""

    body: str
    fields: dict[str, Any] = field(default_factory=dict)
    language: str = ""
    """`YAML`, `TOML`, `JSON`, or empty if the file has no front matter."""
    front_matter: str = ""
    front_matter_line: int = 1
    body_line: int = 1
    """The line of the file (from 1) where the body begins."""
    warnings: list[tuple[int, str]] = field(default_factory=list)
    """Line numbers with messages about what was read otherwise than it is."""

    def line_of(self, *keys: str) -> int:
        """Return the line of the file where the first of these fields is set, or 1 if none is found."""
        names = "|".join(re.escape(key) for key in keys)
        found = re.search(rf"^[ \t]*[\"']?(?:{names})[\"']?[ \t]*[:=]", self.front_matter, re.MULTILINE)
        return self.front_matter_line + self.front_matter.count("\n", 0, found.start()) if found else 1

    @cached_property
    def typed(self) -> dict[str, Any]:
        """The fields with YAML's inferred types, as a template sees them."""
        if self.language != "YAML":
            return self.fields
        try:
            return yaml_values.load(self.front_matter, _TYPED_LOADER) or {}
        except yaml.YAMLError:
            return self.fields


def read(path: Path, sources: SourceFolders) -> Source:
    """Read and split a file of `sources`. Raises BadFile if it is too large, is not UTF-8, or has invalid front matter."""
    text, warnings = _read_text(path, sources)
    source = split(text)
    source.warnings += warnings
    return source


def split(text: str) -> Source:
    """Split the text of a file. Raises BadFile for invalid front matter."""
    if inline := _split_inline_json(text):
        return inline
    for language, handler in _HANDLERS.items():
        opening = handler.FM_BOUNDARY.match(text)
        if opening is None or text.startswith("..."):
            continue
        try:
            front_matter, body = handler.split(text)
        except ValueError:
            if _looks_like_fields(text[opening.end() :]):
                raise BadFile(1, _unclosed_message(language, handler)) from None
            break
        front_matter_line = 1 + text.count("\n", 0, opening.end())
        return Source(
            body=body.strip("\n"),
            fields=_parse_fields(handler, front_matter, language, front_matter_line),
            language=language,
            front_matter=front_matter,
            front_matter_line=front_matter_line,
            body_line=1 + text.count("\n", 0, len(text) - len(body.lstrip("\n"))),
        )
    return Source(body=text.strip("\n"))


def _split_inline_json(text: str) -> Source | None:
    """Split a file that begins with a JSON object which does not have its braces on lines of their own, as Hugo does."""
    if not re.match(r"\{[ \t]*\"", text):
        return None
    try:
        fields, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    if text[end:].strip(" \t") and not re.match(r"[ \t]*\n", text[end:]):
        return None
    body = text[end:]
    body_line = 1 + text.count("\n", 0, len(text) - len(body.lstrip("\n")))
    return Source(body=body.strip("\n"), fields=fields, language="JSON", front_matter=text[:end], body_line=body_line)


_BYTE_ORDER_MARKS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32"} | {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def _read_text(path: Path, sources: SourceFolders) -> tuple[str, list[tuple[int, str]]]:
    """Return the text of a file with `\\n` at the end of its lines, and warnings about what was replaced in it."""
    try:
        raw = sources.read(path, FILE_LIMIT)
    except TooLarge:
        message = _(
            "The file has %(size)s bytes; a post can have at most %(limit)s (1 MB). Split it into several posts."
        )
        sizes = {"size": f"{path.stat().st_size:,}", "limit": f"{BODY_LIMIT:,}"}
        raise BadFile(1, message % sizes) from None
    except OSError as error:
        raise BadFile(1, _("The file cannot be read (%s). Check its permissions.") % error.strerror) from None
    text = _decode(raw).replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" not in text:
        return text, []
    line = 1 + text.count("\n", 0, text.index("\x00"))
    if text.count("\x00") > len(text) / 10:
        raise BadFile(line, _("The file is UTF-16 without its mark, or no text. Save it in the encoding UTF-8."))
    message = _("has characters U+0000, which are not text; each is now shown as %s")
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}"), [(line, message % "\N{REPLACEMENT CHARACTER}")]


def _decode(raw: bytes) -> str:
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if raw.startswith(mark)), "utf-8-sig")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        start = error.start
    line = 1 + raw.count(b"\n", 0, start)
    if encoding != "utf-8-sig":
        raise BadFile(line, _("The file is not whole %s. Save it in the encoding UTF-8.") % encoding.upper())
    # Bytes that are not UTF-8 are in an encoding that the file does not name. It is not guessed: it could be any.
    message = _(
        "The byte 0x%(byte)02x is not UTF-8. Save the file in the encoding UTF-8. (As Latin-1, it is “%(as)s”.)"
    )
    raise BadFile(line, message % {"byte": raw[start], "as": raw[start : start + 1].decode("cp1252", "replace")})


def _looks_like_fields(text: str) -> bool:
    """Return whether the text after an opening delimiter is unclosed front matter, and not a body after a rule."""
    return bool(re.match(r"\s*[\"'\w][\w .\"'-]*[:=]", text))


def _unclosed_message(language: str, handler: BaseHandler) -> str:
    return _("The %(language)s front matter is never closed. End it with a line that is only %(delimiter)s.") % {
        "language": language,
        "delimiter": handler.END_DELIMITER or "}",
    }


def _parse_fields(handler: BaseHandler, text: str, language: str, first_line: int) -> dict[str, Any]:
    try:
        fields = handler.load(text)
    except yaml_values.TooLarge as error:
        raise BadFile(first_line, _("The YAML front matter cannot be read: %s.") % error) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        if mark and re.match(r"[ ]*\t", "".join(text.split("\n")[mark.line : mark.line + 1])):
            message = _("The YAML front matter cannot be read: it is indented with a tab. Use blanks instead.")
            raise BadFile(line, message) from None
        raise _parse_error(language, line, error.problem or str(error)) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = first_line + int(found[1]) - 1 if found else first_line
        raise _parse_error(language, line, str(error).split(" (at ")[0]) from None
    except json.JSONDecodeError as error:
        raise _parse_error(language, first_line + error.lineno - 1, error.msg) from None
    except (yaml.YAMLError, ValueError) as error:
        raise _parse_error(language, first_line, str(error).splitlines()[0]) from None
    except RecursionError:
        raise _parse_error(language, first_line, _("it is nested too deeply")) from None
    if fields in (None, ""):
        return {}
    if not isinstance(fields, dict):
        first_line += len(text) - len(text.lstrip("\n"))
        raise BadFile(first_line, _("The front matter is not made of fields. Write one `name: value` in each line."))
    return fields


def _parse_error(language: str, line: int, problem: str) -> BadFile:
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
