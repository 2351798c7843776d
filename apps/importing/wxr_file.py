"""Read the XML of WordPress's exports as it really is: compressed, in another encoding, with what XML forbids.

WordPress writes the texts of its database between tags and checks little: control characters, references to such,
entities of HTML, bare ampersands, prefixes that a plugin forgot to declare, empty lines of a plugin before the first.
All of these are repaired while the file is read, a piece at a time; no line is added or removed.
"""

from __future__ import annotations

import codecs
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from html.entities import html5
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import errors

from django.utils.translation import gettext as _

from apps.posts.models import BODY_LIMIT

from .problems import BadFile

MAX_ITEM = 64 * BODY_LIMIT
"""Characters of an item with its comments. A packed file of a few kilobytes could otherwise fill the memory."""
_SIZE = 1 << 16
_MAX_PIECE = 1 << 24
_MAX_PREFIXES = 1000
_MAX_NAME = 100
"""Bytes of a prefix with its signs, so that it is found across the border of two blocks."""
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"&(?:#([0-9]+);|#[xX]([0-9a-fA-F]+);|(\w+);)?")
_MAX_DIGITS = 7
_NO_CHARACTER = 0x110000
_XML_ENTITIES = frozenset(["amp", "lt", "gt", "quot", "apos"])
_PREFIXES = re.compile(rb"[<\s]([A-Za-z][\w.-]{0,90}):[A-Za-z]")
_NAMESPACES = {
    "wp": "http://wordpress.org/export/1.2/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
_KNOWN_PREFIXES = frozenset(prefix.encode() for prefix in _NAMESPACES)


@dataclass(frozen=True)
class WxrSource:
    """One XML file: a file of its own, or one within an archive."""

    path: Path
    member: str = ""
    """Its name within a zip archive."""

    def __str__(self) -> str:
        return f"{self.path}/{self.member}" if self.member else str(self.path)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file for reading, unpacked. Raises BadFile if the archive is damaged."""
        try:
            with self.path.open("rb") as file:
                if self.member:
                    with zipfile.ZipFile(file) as archive, archive.open(self.member) as member:
                        yield member
                elif file.read(2) == b"\x1f\x8b":
                    file.seek(0)
                    with gzip.open(file) as unpacked:
                        yield unpacked
                else:
                    file.seek(0)
                    yield file
        except _DAMAGED as error:
            raise _damaged(str(self), error) from None
        except OSError as error:
            if error.errno is None:  # From bzip2, not from the system.
                raise _damaged(str(self), error) from None
            message = _("The file cannot be read (%s). Check its permissions.") % error.strerror
            raise BadFile(0, message, path=str(self)) from None


def sources(paths: list[Path]) -> list[WxrSource]:
    """Return the XML files at `paths`; a zip archive has several. Raises BadFile."""
    return [source for path in paths for source in _sources_at(path)]


def _sources_at(path: Path) -> list[WxrSource]:
    with WxrSource(path).open() as file:
        if file.read(4) != b"PK\x03\x04":
            return [WxrSource(path)]
    try:
        with zipfile.ZipFile(path) as archive:
            # macOS adds files of its own.
            names = [one for one in archive.namelist() if one.lower().endswith(".xml") and "__MACOSX" not in one]
            for name in names:
                archive.open(name).close()
    except (*_DAMAGED, OSError, RuntimeError) as error:  # RuntimeError: it asks for a password, or is packed oddly.
        raise _damaged(str(path), error) from None
    if not names:
        raise BadFile(0, _("The archive has no file of XML in it. Give the one with the export."), path=str(path))
    return [WxrSource(path, name) for name in sorted(names)]


# NotImplementedError: a member is packed in a way that Python does not know.
_DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError, NotImplementedError)


def _damaged(path: str, error: Exception) -> BadFile:
    message = _("The archive cannot be unpacked (%s). Unpack it with another program, or export it again.")
    return BadFile(0, message % error, path=path)


@dataclass(frozen=True)
class Survey:
    """What is known of a file after it was read once."""

    encoding: str
    undeclared: tuple[str, ...] = ()
    """The prefixes of names that it uses but does not declare."""


def survey(source: WxrSource) -> Survey:
    """Read a file once. Raises BadFile if its encoding is unknown, or is not the one that it declares."""
    with source.open() as file:
        head = file.read(_SIZE)
        declared = (found := _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))) and found[1].decode("ascii")
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return Survey("utf-16")
        decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        root = head[head.find(b"<rss") :].partition(b">")[0]
        known = {*re.findall(rb"xmlns:([\w.-]+)\s*=", root), b"xml", b"xmlns"}
        prefixes: set[bytes] = set()
        line, is_utf8, data, before = 1, True, head, b""
        while data:
            if is_utf8:
                try:
                    decoder.decode(data)
                except UnicodeDecodeError as error:
                    is_utf8 = False
                    line += error.object.count(b"\n", 0, error.start)
                else:
                    line += data.count(b"\n")
            # A name may begin in one block and go on in the next.
            used = {*_PREFIXES.findall(before + data)} - known - prefixes
            prefixes |= used & _KNOWN_PREFIXES
            prefixes.update(sorted(used)[: max(_MAX_PREFIXES - len(prefixes), 0)])
            before, data = data[-_MAX_NAME:], file.read(_SIZE)
    # Whatever is declared: no text in another encoding is valid UTF-8 by chance.
    encoding = "utf-8" if is_utf8 else _declared_encoding(declared or "utf-8", line, source)
    return Survey(encoding, tuple(sorted(prefix.decode("ascii") for prefix in prefixes)))


def _declared_encoding(declared: str, line: int, source: WxrSource) -> str:
    """Return the encoding to use for a file that is not UTF-8; `line` is the first that is not."""
    try:
        b"".decode(declared)
        name = codecs.lookup(declared).name
    except (LookupError, UnicodeError):  # UnicodeError: the encoding is called “undefined”.
        message = _("The file names the encoding “%s”, which is not known. Save it as UTF-8, and name that.")
        raise BadFile(1, message % declared, path=str(source)) from None
    if name.startswith("utf-8"):
        message = _(
            "This line is not in UTF-8, as the file says it is. If it is in Latin-1 (Windows-1252), write "
            'encoding="windows-1252" for encoding="UTF-8" in the first line of the file.'
        )
        raise BadFile(line, message, path=str(source))
    # As browsers do: what calls itself Latin-1 is Windows-1252, which has more characters in the same places.
    return "windows-1252" if name in ("iso8859-1", "ascii") else name


class WxrFile:
    """The text of an XML file, repaired, for `iterparse`: each piece that `read` returns begins at most one item."""

    def __init__(self, file: BinaryIO, source: WxrSource, survey: Survey) -> None:
        """`file` is the opened `source`, at its beginning."""
        self._file, self._source = file, source
        self._encoding = survey.encoding
        decoder = codecs.getincrementaldecoder(survey.encoding)
        self._decoder = decoder("surrogatepass" if survey.encoding.startswith("utf") else "replace")
        self._declarations = "".join(
            f' xmlns:{prefix}="{_NAMESPACES.get(prefix, f"urn:undeclared:{prefix}")}"' for prefix in survey.undeclared
        )
        self._pieces = self._split()
        self._is_in_cdata = False
        self._unfinished = 0
        self.first_line = 1
        """The line of the file at which the XML begins, after empty lines."""
        self.line = 1
        """The line at which the last piece begins."""

    def read(self, size: int = -1) -> str:
        """Return the next piece, whatever its size; empty at the end of the file."""
        return next(self._pieces, "")

    def _split(self) -> Iterator[str]:
        waiting, line, is_first = "", 1, True
        while True:
            data = self._file.read(_SIZE)
            waiting += self._decode(data, line + waiting.count("\n"))
            if is_first:
                begun = waiting.lstrip("\ufeff \t\r\n")
                line = self.first_line = 1 + waiting[: len(waiting) - len(begun)].count("\n")
                waiting, is_first = begun, not begun and bool(data)
            # A reference, and the ends of a CDATA section, are never divided.
            end = max(waiting.rfind("\n"), waiting.rfind(">")) + 1 if data else len(waiting)
            if len(waiting) > _MAX_PIECE:
                end = len(waiting)
            text, waiting = waiting[:end], waiting[end:]
            for piece in _before_each_item(text):
                self.line = line
                line += piece.count("\n")
                self._unfinished += len(piece)
                if self._unfinished > MAX_ITEM:
                    raise self._too_large()
                yield self._repair(piece)
            if not data:
                return

    def end_item(self) -> None:
        """Count the size of the next item from here. Called after each part of the channel."""
        self._unfinished = 0

    def _too_large(self) -> BadFile:
        message = _("One item of the export has more than %s million characters. Take it out of the file.")
        return BadFile(self.line, message % (MAX_ITEM // 1_000_000), path=str(self._source))

    def _decode(self, data: bytes, line: int) -> str:
        """Return the next text; `line` is where it begins. Empty data is the end of the file."""
        try:
            return self._decoder.decode(data, final=not data)
        except UnicodeError as error:
            # Only the multi-byte encodings raise, at a sequence that is none, or at the end within one.
            if isinstance(error, UnicodeDecodeError):
                line += error.object[: error.start].decode(error.encoding, "replace").count("\n")
            message = _(
                "This line is not in %s, as the file says it is. Write the encoding that it is in, such as UTF-8 or "
                "windows-1252, in the first line of the file; if the file was cut off, export it again."
            )
            raise BadFile(line, message % self._encoding.upper(), path=str(self._source)) from None

    def _repair(self, piece: str) -> str:
        if self._declarations and "<rss" in piece:
            piece = piece.replace("<rss", f"<rss{self._declarations}", 1)
            self._declarations = ""
        if _FORBIDDEN.search(piece):
            # Some programs write characters beyond 16 bits as two surrogates (CESU-8).
            piece = piece.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
            piece = _FORBIDDEN.sub("", piece)
        parts = []
        while piece:
            mark = "]]>" if self._is_in_cdata else "<![CDATA["
            text, found, piece = piece.partition(mark)
            parts += [text if self._is_in_cdata else _REFERENCE.sub(_valid_reference, text), found]
            self._is_in_cdata ^= bool(found)
        return "".join(parts)

    def problem(self, error: ParseError) -> BadFile:
        """Return an error of the parser with the line of the file, and what can be done about it."""
        line, reason = error.position[0] + self.first_line - 1, str(error).partition(":")[0]
        if error.code in _AT_THE_END:
            message = _("The file ends in the middle (%s). It was cut off: export it again.")
        else:
            message = _("This line is not valid XML (%s). Correct it in an editor, or export it again.")
        return BadFile(line, message % reason, path=str(self._source))


_AT_THE_END = frozenset(
    errors.codes[one]
    for one in (
        errors.XML_ERROR_NO_ELEMENTS,
        errors.XML_ERROR_UNCLOSED_TOKEN,
        errors.XML_ERROR_PARTIAL_CHAR,
        errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


def _before_each_item(text: str) -> Iterator[str]:
    """Yield the text in pieces, of which each but the first begins with an item."""
    start = 0
    while start < len(text):
        end = text.find("<item", start + 1)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end


def _valid_reference(found: re.Match) -> str:
    """Return a reference as XML allows it: the character of an entity of HTML, nothing for a forbidden character."""
    decimal, hexadecimal, name = found.groups()
    if name:
        if name in _XML_ENTITIES:
            return found[0]
        # `&AMP;` and `&LT;` are entities of HTML too, and their characters are not allowed as they are.
        return escape(html5[f"{name};"]) if f"{name};" in html5 else f"&amp;{name};"
    if not (decimal or hexadecimal):
        return "&amp;"
    digits = (decimal or hexadecimal).lstrip("0")
    # Python refuses to read a number with thousands of digits.
    number = int(digits or "0", 10 if decimal else 16) if len(digits) <= _MAX_DIGITS else _NO_CHARACTER
    is_character = number < 0x110000 and not _FORBIDDEN.match(chr(number))
    return found[0] if is_character else ""
