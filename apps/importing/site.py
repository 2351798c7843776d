"""Detect the generator of a folder, and read its configuration."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from django.utils import timezone
from django.utils.translation import gettext as _

GENERATORS = ("broadsheet", "jekyll", "hugo", "zola", "eleventy", "none")
PARENTS = 2
"""The number of parent folders that are searched for a configuration."""

_CONFIGURATIONS = {
    "broadsheet.yml": "broadsheet",
    "_config.yml": "jekyll",
    "_config.yaml": "jekyll",
    "_config.toml": "jekyll",
    "hugo.toml": "hugo",
    "hugo.yaml": "hugo",
    "hugo.yml": "hugo",
    "config.toml": "",
    "config.yaml": "hugo",
    ".eleventy.js": "eleventy",
    "eleventy.config.js": "eleventy",
    "eleventy.config.mjs": "eleventy",
    "eleventy.config.cjs": "eleventy",
}


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
        return str(next((self.config[key] for key in ("url", "baseURL", "base_url") if self.config.get(key)), ""))

    @cached_property
    def authors(self) -> dict[str, dict]:
        """The authors in Jekyll's `_data/authors.yml` by key."""
        for name in ("authors.yml", "authors.yaml"):
            path = self.root / "_data" / name
            if path.is_file():
                data = load(path)
                return {str(key): value for key, value in data.items() if isinstance(value, dict)}
        return {}

    def content_path(self, relative: str) -> str:
        """Return a file's path below the generator's content folder, which may be a parent of the imported folder."""
        if self.generator in ("hugo", "zola"):
            parts = self.folder.resolve().parts
            if "content" in parts:
                last = len(parts) - 1 - parts[::-1].index("content")
                return "/".join([*parts[last + 1 :], relative])
        return relative

    def defaults(self, relative: str, *, is_post: bool) -> dict[str, Any]:
        """Return the fields that Jekyll's `defaults` set for a file."""
        merged: dict[str, Any] = {}
        for row in self.config.get("defaults") or [] if self.generator == "jekyll" else []:
            scope = row.get("scope") or {}
            where, kind = str(scope.get("path") or "").strip("/"), scope.get("type")
            if relative.startswith(where) and kind in (None, "", "posts" if is_post else "pages"):
                merged |= row.get("values") or {}
        return merged


def find(folder: Path, *, config: Path | None = None, generator: str = "") -> Site:
    """Return the site that `folder` belongs to.

    `config` is its configuration; by default, the folder and up to PARENTS parents are searched for one. `generator`
    is one of GENERATORS; by default, it is detected from the configuration, else for each file. Raises
    BadConfiguration.
    """
    path = config or (_find_configuration(folder) if generator != "none" else None)
    if path is None:
        return Site(folder, folder, generator)
    data = {} if path.suffix in (".js", ".mjs", ".cjs") else load(path)
    detected = _CONFIGURATIONS.get(path.name, "jekyll" if path.suffix in (".yml", ".yaml") else "")
    if path.name == "config.toml" or not detected:
        detected = "zola" if "base_url" in data else "hugo"
    site = Site(folder, path.parent, generator or detected, data)
    try:
        site.zone  # noqa: B018 - evaluated here to report an invalid zone before the first file
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        raise BadConfiguration(
            _("%s: the time zone is unknown. Write one of the tz database, such as Europe/Vienna.") % path.name
        ) from None
    return site


def _find_configuration(folder: Path) -> Path | None:
    resolved = folder.resolve()
    for place in [resolved, *resolved.parents][: PARENTS + 1]:
        for name in _CONFIGURATIONS:
            if (place / name).is_file():
                return place / name
    return None


def load(path: Path) -> dict[str, Any]:
    """Return the content of a configuration or data file. Raises BadConfiguration."""
    try:
        text = path.read_text("utf-8-sig")
        data = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadConfiguration(
            _("%(name)s cannot be read: %(error)s") % {"name": path.name, "error": " ".join(str(error).split())}
        ) from None
    if data is not None and not isinstance(data, dict):
        raise BadConfiguration(_("%s is not made of `name: value` lines.") % path.name)
    return data or {}
