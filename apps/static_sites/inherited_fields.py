"""The fields that a file inherits from its site.

Jekyll has `defaults` in its configuration, Hugo `cascade` in the sections above a file, Eleventy data files in the
folders above it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from apps.importing.problems import BadFile

from . import front_matter

if TYPE_CHECKING:
    from .site import Site

_SECTIONS = ("_index.md", "_index.markdown", "_index.html")
_PROGRAMS = (".js", ".cjs", ".mjs", ".ts")
_FLAG = re.compile(r"[\"']?\b(permalink|draft|eleventyExcludeFromCollections)[\"']?\s*:\s*(true|false)\b")


class InheritedFields:
    """Finds the inherited fields of the files of one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.programs: dict[Path, None] = {}
        """Data files that are programs, of which only what is written out is read."""
        self.unreadable: dict[Path, str] = {}
        """Data files that cannot be read, and why."""
        self._cascades: dict[Path, list[dict]] = {}
        self._data: dict[Path, dict] = {}

    def of(self, relative: str, own: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of a file: its `own`, and those that it inherits and does not set."""
        sources = {"jekyll": self._jekyll, "hugo": self._hugo, "zola": self._zola, "eleventy": self._eleventy}
        inherited: dict[str, Any] = {}
        for fields in sources.get(self.site.generator, lambda relative: ())(relative):
            inherited = _merged(inherited, fields, lists=self.site.generator == "eleventy")
        return _merged(inherited, own, lists=self.site.generator == "eleventy")

    # https://jekyllrb.com/docs/configuration/front-matter-defaults/

    def _jekyll(self, relative: str) -> Iterator[dict]:
        path = self.site.path_in_site(relative)
        folders = PurePosixPath(path).parts[:-1]
        kinds = {folder[1:] for folder in folders if folder.startswith("_")} or {"pages"}
        kinds |= {"posts"} if "drafts" in kinds else set()
        rows = []
        for row in map(as_dict, as_list(self.site.config.get("defaults"))):
            scope, values = as_dict(row.get("scope")), as_dict(row.get("values"))
            where, kind = str(scope.get("path") or "").strip("/"), str(scope.get("type") or "")
            if (not where or _is_below(path, where)) and (not kind or kind in kinds):
                rows.append((len(where), bool(kind), values))
        # The most specific path has the last word.
        yield from (values for _length, _kind, values in sorted(rows, key=lambda row: row[:2]))

    # https://gohugo.io/configuration/cascade/

    def _hugo(self, relative: str) -> Iterator[dict]:
        target = f"/{self.site.content_path(relative)}".lower()
        yield from _applying(self.site.config.get("cascade"), target)
        for folder in self._folders_above(relative):
            for cascade in self._section_values(folder, "cascade"):
                yield from _applying(cascade, target)

    def _zola(self, relative: str) -> Iterator[dict]:
        for folder in self._folders_above(relative):
            if any(str(value).lower() == "true" for value in self._section_values(folder, "draft")):
                yield {"draft": True}

    def _section_values(self, folder: Path, key: str) -> list[Any]:
        if folder not in self._cascades:
            fields = []
            for path in (folder / name for name in _SECTIONS):
                if self.site.has_file(path):
                    try:
                        fields.append(front_matter.read(path, self.site.sources).fields)
                    except BadFile as error:
                        self.unreadable[path] = error.message
            self._cascades[folder] = fields
        return [fields[key] for fields in self._cascades[folder] if fields.get(key)]

    # https://www.11ty.dev/docs/data-template-dir/

    def _eleventy(self, relative: str) -> Iterator[dict]:
        for folder in self._folders_above(relative):
            yield from self._data_files(folder, folder.name)
        path = self.site.folder.resolve() / relative
        yield from self._data_files(path.parent, path.stem)

    def _data_files(self, folder: Path, name: str) -> Iterator[dict]:
        for suffix in (".json", ".11tydata.json", *(f".11tydata{program}" for program in _PROGRAMS)):
            path = folder / f"{name}{suffix}"
            if path not in self._data:
                self._data[path] = self._data_file(path) if self.site.has_file(path) else {}
            yield self._data[path]

    def _data_file(self, path: Path) -> dict:
        try:
            text = self.site.sources.read_text(path)
            if path.suffix in _PROGRAMS:
                self.programs[path] = None
                return {name: value == "true" for name, value in _FLAG.findall(text)}
            data = json.loads(text)
        except (OSError, ValueError, RecursionError) as error:
            self.unreadable[path] = " ".join(str(error).split())
            return {}
        return data if isinstance(data, dict) else {}

    def _folders_above(self, relative: str) -> list[Path]:
        """Return the folders from the site's root to that of the file."""
        folder = (self.site.folder.resolve() / relative).parent
        root = self.site.root.resolve()
        above = [folder, *folder.parents]
        return above[above.index(root) :: -1] if root in above else [folder]


def _merged(first: dict, second: dict, *, lists: bool) -> dict:
    """Return the fields of both; `second` wins, but mappings (and with `lists`, lists of tags) are joined."""
    merged = dict(first)
    for key, value in second.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[key] = {**before, **value}
        elif lists and key == "tags" and before:
            merged[key] = [*as_list(before), *as_list(value)]
        else:
            merged[key] = value
    return merged


def as_list(value: Any) -> list:
    """Return a list as it is, any other value as the only one of a list, and nothing as an empty list."""
    return value if isinstance(value, list) else [value] if value else []


def as_dict(value: Any) -> dict:
    """Return a mapping as it is, and an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def _applying(cascades: Any, target: str) -> Iterator[dict]:
    """Yield the fields of Hugo's cascades whose target is a page with this path."""
    for cascade in as_list(cascades):
        if not isinstance(cascade, dict):
            continue
        scope = cascade.get("target") or cascade.get("_target") or {}
        rows = scope if isinstance(scope, list) else [scope]
        if any(_is_target(row, target) for row in rows if isinstance(row, dict)):
            yield {key: value for key, value in cascade.items() if key not in ("target", "_target")}


def _is_target(row: dict, target: str) -> bool:
    row = {str(key).lower(): str(value).lower() for key, value in row.items()}
    pattern = row.get("path", "").replace("**", "*")
    kind = row.get("kind", "page")
    page = PurePosixPath(target)
    name = str(page.parent if page.stem == "index" else page.with_suffix(""))
    return (not pattern or fnmatchcase(name, pattern)) and ("page" in kind or "*" in kind)


def _is_below(path: str, where: str) -> bool:
    """Return whether a path is a folder or below it, where `*` stands for any name."""
    parts = PurePosixPath(path).parts
    return any(fnmatchcase("/".join(parts[:end]), where) for end in range(1, len(parts) + 1)) or path.startswith(where)
