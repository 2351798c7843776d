"""Detect the generator of a folder, and read its configuration."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.importing.source_folders import SourceFolders, TooLarge

from . import yaml_values
from .file_history import FileHistory
from .inherited_fields import InheritedFields, as_dict, as_list
from .languages import Languages

GENERATORS = ("broadsheet", "jekyll", "hugo", "zola", "eleventy", "none")
PARENTS = 2
"""The number of parent folders that are searched for a configuration, above the folder of all content if it is in one."""

_CONTENT_FOLDERS = ("content", "_posts", "_drafts")
_HUGO_FOLDER = Path("config", "_default")
_CONFIGURATIONS = {
    "broadsheet.yml": "broadsheet",
    "_config.yml": "jekyll",
    "_config.yaml": "jekyll",
    "_config.toml": "jekyll",
    "hugo.toml": "hugo",
    "hugo.yaml": "hugo",
    "hugo.yml": "hugo",
    "hugo.json": "hugo",
    "config.toml": "",
    "config.yaml": "hugo",
    "config.yml": "hugo",
    "config.json": "hugo",
    ".eleventy.js": "eleventy",
    "eleventy.config.js": "eleventy",
    "eleventy.config.mjs": "eleventy",
    "eleventy.config.cjs": "eleventy",
    "eleventy.config.ts": "eleventy",
}
_PROGRAMS = (".js", ".mjs", ".cjs", ".ts")
_ELEVENTY_INPUT = re.compile(
    r"\binput\s*:\s*[\"'](?:\./)?([^\"']+?)/?[\"']|setInputDirectory\(\s*[\"']([^\"']+?)/?[\"']"
)


class BadConfiguration(ValueError):
    """A configuration that cannot be read, with the reason as its message."""


@dataclass
class Site:
    """The old site that an imported folder belongs to."""

    folder: Path
    """The imported folder."""
    root: Path
    """The folder of the configuration, with includes and data; the imported folder if there is no configuration."""
    generator: str = ""
    """One of GENERATORS, or empty to detect the generator of each file."""
    config: dict[str, Any] = field(default_factory=dict)
    links_out: dict[Path, None] = field(default_factory=dict)
    """The links that lead out of the site, which are not read."""

    @cached_property
    def sources(self) -> SourceFolders:
        """The two folders, by which every file of the site is opened."""
        return SourceFolders(self.folder, self.root, links_out=self.links_out)

    def has_file(self, path: Path) -> bool:
        """Return whether there is a file that may be read; note a link that leads out."""
        return self.sources.file(path) is not None

    @cached_property
    def zone(self):
        """The time zone of dates without an offset."""
        name = self.config.get("timezone") or self.config.get("timeZone")
        return ZoneInfo(name) if name else timezone.get_default_timezone()

    @cached_property
    def address(self) -> str:
        """The old public address (scheme and host, no path), or empty if it is unknown."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    @cached_property
    def base_path(self) -> str:
        """The base path of the old site: empty, or with a leading and without a trailing slash."""
        base = str(self.config.get("baseurl") or "") if self.generator in ("", "jekyll") else urlsplit(self._url).path
        return f"/{base.strip('/')}" if base.strip("/") else ""

    @property
    def _url(self) -> str:
        keys = ("url", "baseURL", "baseurl", "base_url") if self.generator == "hugo" else ("url", "baseURL", "base_url")
        return str(next((self.config[key] for key in keys if self.config.get(key)), ""))

    @cached_property
    def authors(self) -> dict[str, dict]:
        """The authors in Jekyll's `_data/authors.yml` by key."""
        for name in ("authors.yml", "authors.yaml"):
            path = self.root / "_data" / name
            if self.has_file(path):
                data = load(path, self.sources)
                return {str(key): value for key, value in data.items() if isinstance(value, dict)}
        return {}

    @cached_property
    def published_collections(self) -> frozenset[str]:
        """The names of Jekyll's collections whose documents have pages of their own."""
        rows = as_dict(self.config.get("collections")).items()
        return frozenset(str(name) for name, row in rows if isinstance(row, dict) and row.get("output"))

    @cached_property
    def languages(self) -> Languages:
        """The languages of a site of Hugo or Zola."""
        config = self.config if self.generator in ("hugo", "zola") else {}
        return Languages(config, self.root, self.generator, self.sources)

    @cached_property
    def inherited(self) -> InheritedFields:
        """The fields that the files inherit."""
        return InheritedFields(self)

    @cached_property
    def history(self) -> FileHistory:
        """The history of the files."""
        return FileHistory(self.folder, self.sources)

    @cached_property
    def _folder_in_site(self) -> str:
        folder, root = self.folder.resolve(), self.root.resolve()
        if folder != root and folder.is_relative_to(root):
            return folder.relative_to(root).as_posix()
        # Without a configuration, the folder's own name still tells posts and drafts.
        return folder.name if folder.name.startswith("_") else ""

    def path_in_site(self, relative: str) -> str:
        """Return the path of a file from the site's root."""
        return str(PurePosixPath(self._folder_in_site, relative))

    def content_path(self, relative: str) -> str:
        """Return a file's path below the generator's content folder, which may be a parent of the imported folder.

        The names of languages are no part of it (`content/en/post/tea.fr.md`): it is the path of its address.
        """
        if self.generator in ("hugo", "zola"):
            return self.languages.place(relative, self.folder).path
        if self.generator == "eleventy":
            return self.path_in_site(relative).removeprefix(f"{self.input_folder}/" if self.input_folder else "")
        return relative

    def language(self, relative: str) -> str:
        """Return the language of a file by its name or folder, in a site of Hugo or Zola in several languages."""
        if self.generator not in ("hugo", "zola"):
            return ""
        return self.languages.place(relative, self.folder).language

    def is_excluded(self, relative: str) -> bool:
        """Return whether the configuration keeps the generator from reading a file."""
        path = self.path_in_site(relative)
        if self.generator == "hugo":
            return any(_matches(str(pattern), path) for pattern in as_list(self.config.get("ignoreFiles")))
        places = self._eleventy_ignored if self.generator == "eleventy" else ()
        places = as_list(self.config.get("exclude")) if self.generator == "jekyll" else places
        above = [path, *map(str, PurePosixPath(path).parents)]
        return any(fnmatchcase(one, str(place).strip("/")) for place in places for one in above)

    def uses_nunjucks(self, relative: str) -> bool:
        """Return whether Eleventy evaluates a file with Nunjucks."""
        engine = "markdownTemplateEngine" if relative.lower().endswith(".md") else "htmlTemplateEngine"
        is_set = re.search(rf"{engine}[\"']?\s*:\s*[\"']njk", self._program)
        return relative.lower().endswith(".njk") or bool(is_set)

    def is_outside_of_content(self, relative: str) -> bool:
        """Return whether the generator does not look for posts where a file is."""
        if self.generator in ("hugo", "zola"):
            return self.languages.has_folder and not self.languages.is_content(relative, self.folder)
        path = self.path_in_site(relative)
        return self.generator == "eleventy" and not path.startswith(
            f"{self.input_folder}/" if self.input_folder else ""
        )

    @cached_property
    def _program(self) -> str:
        """The text of Eleventy's configuration, which is a program and is not run."""
        for name, generator in _CONFIGURATIONS.items():
            if generator == "eleventy" and self.has_file(path := self.root / name):
                return _read(path, self.sources)
        return ""

    @cached_property
    def input_folder(self) -> str:
        """The folder of Eleventy's templates below the root, or empty."""
        found = _ELEVENTY_INPUT.search(self._program)
        name = (found[1] or found[2]) if found else ""
        is_inside = self.sources.resolve(self.root / name) is not None
        return name if name != "." and is_inside else ""

    @cached_property
    def _eleventy_ignored(self) -> list[str]:
        path = self.root / ".eleventyignore"
        lines = _read(path, self.sources).splitlines() if self.has_file(path) else []
        added = re.findall(r"ignores\.add\(\s*[\"'](?:\./)?([^\"']+)[\"']", self._program)
        places = [line.strip() for line in [*lines, *added]]
        return [place.removesuffix("/**") for place in places if place and not place.startswith(("#", "!"))]


def _matches(pattern: str, path: str) -> bool:
    try:
        return bool(re.search(pattern, path))
    except re.error:
        return False


def find(folder: Path, *, config: Path | None = None, generator: str = "") -> Site:
    """Return the site that `folder` belongs to.

    `config` is its configuration; by default, the folder and PARENTS parents are searched for one, and where the folder
    is in `content` or `_posts`, PARENTS above that. `generator` is one of GENERATORS; by default, it is detected from
    the configuration, else for each file. Raises BadConfiguration.
    """
    links_out: dict[Path, None] = {}
    path = config or (_find_configuration(folder, links_out) if generator != "none" else None)
    if path is None:
        return Site(folder, folder, generator, links_out=links_out)
    if path.is_dir():
        data = _load_hugo_folder(path, links_out)
        site = Site(folder, path.parent.parent, generator or "hugo", data, links_out)
    else:
        # A configuration that is named may be a link to any file.
        data = {} if path.suffix in _PROGRAMS else load(path, SourceFolders(path.resolve().parent))
        detected = _CONFIGURATIONS.get(path.name, "jekyll" if path.suffix in (".yml", ".yaml") else "")
        if path.name == "config.toml" or not detected:
            detected = "zola" if "base_url" in data else "hugo"
        root = path.parent.parent.parent if path.parent.parts[-2:] == _HUGO_FOLDER.parts else path.parent
        site = Site(folder, root, generator or detected, data, links_out)
    try:
        site.zone  # noqa: B018 - evaluated here to report an invalid zone before the first file
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):  # OSError: it is a folder of zones (Europe).
        raise BadConfiguration(
            _("%s: the time zone is unknown. Write one of the tz database, such as Europe/Vienna.") % path.name
        ) from None
    try:
        site.address, site.base_path  # noqa: B018 - likewise
    except ValueError:
        raise BadConfiguration(
            _("%s: the address of the site cannot be read. Write it like https://blog.example.") % path.name
        ) from None
    return site


def _find_configuration(folder: Path, links_out: dict[Path, None]) -> Path | None:
    for place in _places(folder.resolve()):
        sources = SourceFolders(place, links_out=links_out)
        if found := next((path for name in _CONFIGURATIONS if sources.file(path := place / name)), None):
            return found
        if sources.folder(place / _HUGO_FOLDER):
            return place / _HUGO_FOLDER
    return None


def _places(folder: Path) -> Iterator[Path]:
    """Yield the folders that may have a configuration."""
    places = [folder, *folder.parents]
    contents = [index for index, place in enumerate(places) if place.name in _CONTENT_FOLDERS]
    yield from places[: max(contents[-1] if contents else 0, 0) + PARENTS + 1]


def _load_hugo_folder(folder: Path, links_out: dict[Path, None]) -> dict[str, Any]:
    """Return the configuration of Hugo's folder, whose files (`params.toml`, `languages.toml`) are its tables."""
    config: dict[str, Any] = {}
    sources = SourceFolders(folder.parent.parent, links_out=links_out)
    for path in sources.children(folder):
        if path.suffix not in (".toml", ".yaml", ".yml", ".json") or not sources.file(path):
            continue
        data = load(path, sources)
        if path.stem in ("hugo", "config"):
            config = {**config, **data}
        else:
            table, _dot, language = path.stem.partition(".")
            where = config
            for name in ("languages", language) if language else ():
                inner = as_dict(where.get(name))
                where[name] = inner
                where = inner
            where[table] = {**as_dict(where.get(table)), **data}
    return config


def _read(path: Path, sources: SourceFolders) -> str:
    """Return the text of a program or a list, of which a part is looked for; empty if it cannot be read."""
    try:
        return sources.read(path).decode("utf-8", "replace")
    except (OSError, TooLarge):
        return ""


def load(path: Path, sources: SourceFolders) -> dict[str, Any]:
    """Return the content of a configuration or data file of `sources`. Raises BadConfiguration."""
    try:
        text = sources.read_text(path)
        if path.suffix == ".json":
            data = json.loads(text)
        else:
            data = tomllib.loads(text) if path.suffix == ".toml" else yaml_values.load(text, yaml.SafeLoader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise BadConfiguration(
            _("%(name)s cannot be read: %(error)s") % {"name": path.name, "error": " ".join(str(error).split())}
        ) from None
    if data is not None and not isinstance(data, dict):
        raise BadConfiguration(_("%s is not made of `name: value` lines.") % path.name)
    return data or {}
