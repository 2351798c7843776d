"""The items of WordPress's exports (WXR 1.0 to 1.2), one at a time, whatever the version of the format.

Files that declare entities or a document type are refused: no export does, and entities can be an attack.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _

from apps.markdown.conversion import from_html
from apps.posts import slugs

from .problems import BadFile
from .wxr_file import Survey, WxrFile, WxrSource, sources, survey

_PREFIXES = {
    re.compile(r".*/export/[\d.]+/excerpt/"): "excerpt:",
    re.compile(r".*/export/[\d.]+/"): "wp:",
    re.compile(r".*/rss/1\.0/modules/content/"): "content:",
    re.compile(r".*/dc/elements/1\.1/"): "dc:",
}


class Item:
    """One `<item>`; the keys of `values` are the names of its children."""

    def __init__(self, element: Element, source: WxrSource, line: int) -> None:
        self.source, self.line = source, line
        self.values = child_texts(element)
        self.terms: list[tuple[str, str, str]] = []
        """The domain, the nicename and the name of each term."""
        self.meta: dict[str, str] = {}
        self.comments: list[dict[str, str]] = []
        for child in element:
            name = prefixed_name(child.tag)
            if name == "category":
                self.terms.append((child.get("domain", ""), child.get("nicename", ""), child.text or ""))
            elif name == "wp:postmeta":
                values = child_texts(child)
                self.meta.setdefault(values.get("wp:meta_key", ""), values.get("wp:meta_value", ""))
            elif name == "wp:comment":
                self.comments.append(child_texts(child))
        self.id, self.kind = self.values.get("wp:post_id", ""), self.values.get("wp:post_type", "")
        self.status, self.title = self.values.get("wp:status", ""), self.values.get("title", "")
        self.html = self.values.get("content:encoded", "")

    @property
    def slug(self) -> str:
        """The wanted slug of the post."""
        name = unquote(self.meta.get("_wp_desired_post_slug") or self.values.get("wp:post_name", ""))
        name = name.removesuffix("__trashed") or from_html.to_text(self.title) or f"{self.kind} {self.id}"
        return slugs.slug_from(name, fallback=self.kind, max_length=200)

    def raw(self) -> str:
        """Return all that the file says of the item, as a text that changes when anything of it does."""
        return repr((self.values, self.terms, self.meta, self.comments))


class WxrReader:
    """Reads the items of one export, which can be several files."""

    def __init__(self, paths: list[Path], read_header: Callable[[str, Element], None]) -> None:
        """`read_header` is called with each element of a channel that is no item, and with its name."""
        self.paths, self._read_header = paths, read_header
        self._surveys: dict[WxrSource, Survey] = {}

    @cached_property
    def sources(self) -> list[WxrSource]:
        """The XML files, of which an archive has several. Raises BadFile."""
        return sources(self.paths)

    def items(self) -> Iterator[Item]:
        """Yield each item. Raises BadFile."""
        for source in self.sources:
            if source not in self._surveys:
                self._surveys[source] = survey(source)
            with source.open() as file:
                yield from self._items_of(WxrFile(file, source, self._surveys[source]), source)

    def _items_of(self, file: WxrFile, source: WxrSource) -> Iterator[Item]:
        try:
            yield from self._parse(file, source)
        except DefusedXmlException:
            raise BadFile(
                0,
                _(
                    "The file declares a document type or entities. No export of WordPress does, and it could be an attack; refused."
                ),
                path=str(source),
            ) from None
        except ParseError as error:
            raise file.problem(error) from None

    def _parse(self, file: WxrFile, source: WxrSource) -> Iterator[Item]:
        channel, depth, line, is_export = None, 0, 0, False
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if event == "start":
                if depth == 1 and element.tag != "rss":
                    message = _("This is no export of WordPress: it begins with <%s>, not with <rss>.")
                    raise BadFile(0, message % element.tag, path=str(source))
                channel = element if depth == 2 else channel
                line = file.line if depth == 3 else line
                continue
            if depth != 2:
                continue
            file.end_item()
            name = prefixed_name(element.tag)
            is_export = is_export or name == "wp:wxr_version"
            if name == "item":
                if not is_export:
                    message = _("This is a feed, and no export of WordPress: it names no wxr_version.")
                    raise BadFile(0, message, path=str(source))
                yield Item(element, source, line)
            else:
                self._read_header(name, element)
            channel.clear()
        if not is_export:
            raise BadFile(0, _("This is no export of WordPress: it names no wxr_version."), path=str(source))


@lru_cache(1000)
def prefixed_name(tag: str) -> str:
    """Return an element's name with its usual prefix, for any version of the format."""
    space, _brace, local = tag.rpartition("}")
    if not space:
        return local
    return next((prefix + local for pattern, prefix in _PREFIXES.items() if pattern.fullmatch(space[1:])), tag)


def child_texts(element: Element) -> dict[str, str]:
    """Return the texts of an element's children by name; the first child of each name counts."""
    values: dict[str, str] = {}
    for child in element:
        values.setdefault(prefixed_name(child.tag), child.text or "")
    return values
