"""The languages of a site of Hugo or Zola, whose translations are told by the file's name or its folder.

https://gohugo.io/content-management/multilingual/, https://www.getzola.org/documentation/content/multilingual/
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf.locale import LANG_INFO

from apps.importing.source_folders import SourceFolders

from .inherited_fields import as_dict, as_list


@dataclass(frozen=True)
class Place:
    """Where a file stands in the content of its site."""

    path: str
    """The path below the content folder, without the language."""
    language: str
    """Empty if the site has only one language."""


class Languages:
    """Tells the language of a file from its path."""

    def __init__(self, config: dict[str, Any], root: Path, generator: str, sources: SourceFolders) -> None:
        self.config, self.root, self.generator, self.sources = config, root.resolve(), generator, sources
        tables = as_dict(config.get("languages"))
        self.tables = {str(code).lower(): table for code, table in tables.items() if isinstance(table, dict)}
        key = "default_language" if generator == "zola" else "defaultContentLanguage"
        self.default = str(config.get(key) or "en").lower()

    @cached_property
    def codes(self) -> frozenset[str]:
        """The languages of the site in lower case; empty if it has only one."""
        return frozenset({*self.tables, self.default}) if self.tables else frozenset()

    @cached_property
    def _content(self) -> str:
        return str(self.config.get("contentDir") or "content").strip("/")

    @cached_property
    def _folders(self) -> dict[str, str]:
        """The languages by their folders of content, from the configuration."""
        folders = {code: str(table.get("contentDir") or "").strip("/") for code, table in self.tables.items()}
        return {folder: code for code, folder in folders.items() if folder}

    def prefix(self, language: str) -> str:
        """Return the part of an address that names the language: empty, or with a leading slash."""
        in_folder = str(self.config.get("defaultContentLanguageInSubdir")).lower() == "true"
        return f"/{language}" if language and (language != self.default or in_folder) else ""

    def is_disabled(self, language: str) -> bool:
        """Return whether the configuration switches a language off."""
        switched_off = [str(code).lower() for code in as_list(self.config.get("disableLanguages"))]
        return language in switched_off or str(self.tables.get(language, {}).get("disabled")).lower() == "true"

    def place(self, relative: str, folder: Path) -> Place:
        """Return the place of the file at `relative` in the imported folder."""
        path, language = self._below_content(relative, folder.resolve())
        pure = PurePosixPath(path)
        name, _dot, code = pure.stem.rpartition(".")
        if name and code.lower() in self.codes:
            return Place(str(pure.with_name(f"{name}{pure.suffix}")), code.lower())
        return Place(path, language or (self.default if self.codes else ""))

    @property
    def has_folder(self) -> bool:
        """Whether the site has a folder of content."""
        return self.sources.folder(self.root / self._content) is not None

    def is_content(self, relative: str, folder: Path) -> bool:
        """Return whether the file at `relative` in the imported folder is in a folder of content."""
        absolute = folder.resolve() / relative
        places = [self.root / place for place in (self._content, *self._folders)]
        return "content" in folder.resolve().parts or any(absolute.is_relative_to(place) for place in places)

    def _below_content(self, relative: str, folder: Path) -> tuple[str, str]:
        absolute = folder / relative
        for place in sorted(self._folders, key=len, reverse=True):
            if absolute.is_relative_to(self.root / place):
                return absolute.relative_to(self.root / place).as_posix(), self._folders[place]
        content = self.root / self._content
        if not absolute.is_relative_to(content):
            if "content" not in folder.parts:
                return relative, ""
            # Without the configuration at its place, the last folder of this name is the content's.
            last = len(folder.parts) - 1 - folder.parts[::-1].index("content")
            content = Path(*folder.parts[: last + 1])
        below = absolute.relative_to(content).as_posix()
        first, _slash, rest = below.partition("/")
        return (rest, first.lower()) if rest and self._is_language_folder(first, content) else (below, "")

    def _is_language_folder(self, name: str, content: Path) -> bool:
        """Return whether a folder in the content is a language: without a configuration, if the default has one too."""
        code = name.lower()
        if self.codes or self.generator == "zola":
            return False
        return code in LANG_INFO and (code == self.default or self.sources.folder(content / self.default) is not None)
