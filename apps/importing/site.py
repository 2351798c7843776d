"""Which generator a folder was written for, and what its configuration says."""

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
"""How many folders above the imported one are looked at for a configuration."""

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
    """A configuration that cannot be read, with a sentence that says why."""


@dataclass
class Site:
    """Where posts come from."""

    folder: Path
    """What is imported."""
    root: Path
    """Where the configuration is, with includes and data beside it; the folder itself where there is none."""
    generator: str = ""
    """One of GENERATORS, or empty: to be told file by file."""
    config: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def zone(self):
        """The time zone of dates without an offset."""
        name = self.config.get("timezone") or self.config.get("timeZone")
        return ZoneInfo(name) if name else timezone.get_default_timezone()

    @cached_property
    def address(self) -> str:
        """The old public address (scheme and host, no path), empty where it is not known."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    @cached_property
    def base_path(self) -> str:
        """The path that the old site was under: empty, or with a slash before and none after it."""
        base = str(self.config.get("baseurl") or "") if self.generator in ("", "jekyll") else urlsplit(self._url).path
        return f"/{base.strip('/')}" if base.strip("/") else ""

    @property
    def _url(self) -> str:
        return str(next((self.config[key] for key in ("url", "baseURL", "base_url") if self.config.get(key)), ""))

    @cached_property
    def people(self) -> dict[str, dict]:
        """Jekyll's `_data/authors.yml`: short names of authors to what is known of them."""
        for name in ("authors.yml", "authors.yaml"):
            path = self.root / "_data" / name
            if path.is_file():
                data = load(path)
                return {str(key): value for key, value in data.items() if isinstance(value, dict)}
        return {}

    def content_path(self, relative: str) -> str:
        """Return a file's path below the generator's content folder, which may lie above the imported one."""
        if self.generator in ("hugo", "zola"):
            parts = self.folder.resolve().parts
            if "content" in parts:
                last = len(parts) - 1 - parts[::-1].index("content")
                return "/".join([*parts[last + 1 :], relative])
        return relative

    def defaults(self, relative: str, *, is_post: bool) -> dict[str, Any]:
        """Return the fields that Jekyll's `defaults` give to a file."""
        merged: dict[str, Any] = {}
        for row in self.config.get("defaults") or [] if self.generator == "jekyll" else []:
            scope = row.get("scope") or {}
            where, kind = str(scope.get("path") or "").strip("/"), scope.get("type")
            if relative.startswith(where) and kind in (None, "", "posts" if is_post else "pages"):
                merged |= row.get("values") or {}
        return merged


def find(folder: Path, *, config: Path | None = None, generator: str = "") -> Site:
    """Describe the site that `folder` belongs to.

    `config` is its configuration; without it, one is looked for in the folder and up to PARENTS above. `generator`
    is one of GENERATORS; without it, it is told by the configuration's name, else file by file. Raises
    BadConfiguration.
    """
    path = config or (_find_configuration(folder) if generator != "none" else None)
    if path is None:
        return Site(folder, folder, generator)
    data = {} if path.suffix in (".js", ".mjs", ".cjs") else load(path)
    told = _CONFIGURATIONS.get(path.name, "jekyll" if path.suffix in (".yml", ".yaml") else "")
    if path.name == "config.toml" or not told:
        told = "zola" if "base_url" in data else "hugo"
    site = Site(folder, path.parent, generator or told, data)
    try:
        site.zone  # noqa: B018 - read once here, so that a bad one is told before the first file
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
    """Read a configuration or a file of data. Raises BadConfiguration."""
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
