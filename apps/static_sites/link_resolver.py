"""Resolve links between imported files by their paths, names and old addresses."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from unicodedata import normalize
from urllib.parse import unquote, urljoin, urlsplit

from apps.importing.dates import DATED_NAME
from blog_project import addresses

from .site import Site
from .source_files import SUFFIXES


class LinkResolver:
    """Finds the new address of a link's target."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._slugs: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        self._by_old_path: dict[str, str] = {}

    def add(self, relative: str, slug: str, old_paths: list[str]) -> None:
        """Register the slug and the old paths of the file at `relative`. A name or path stays with its first file."""
        self._slugs[addresses.post(slug)] = relative
        stem = str(PurePosixPath(relative).with_suffix(""))
        content_path = str(PurePosixPath(self.site.content_path(relative)).with_suffix(""))
        names = [stem, stem.rpartition("_posts/")[2], content_path]
        if PurePosixPath(relative).stem in ("index", "_index"):
            names = [name.rpartition("/")[0] for name in names] + names
        names += [PurePosixPath(name).name for name in names]
        for name in names:
            # File systems write the same name in two forms: macOS decomposes accents.
            self._by_name.setdefault(normalize("NFC", name), slug)
        for path in old_paths:
            self._by_old_path.setdefault(path, slug)

    def has_slug(self, slug: str) -> bool:
        """Return whether an imported file gets this slug."""
        return addresses.post(slug) in self._slugs

    def owner_of(self, old_path: str) -> str | None:
        """Return the slug of the file with this old path, or None."""
        return self._by_old_path.get(old_path)

    def file_address(self, target: str, *, beside: str = "") -> str | None:
        """Return the address of the file that `link`, `post_url` or `ref` in the file `beside` names, or None."""
        name = normalize("NFC", target.strip()).removeprefix("@/").removeprefix("./").lstrip("/").rstrip("/")
        for suffix in SUFFIXES:
            name = name.removesuffix(suffix)
        beside = normalize("NFC", beside)
        candidates = [posixpath.normpath(posixpath.join(posixpath.dirname(beside), name))] if beside else []
        candidates += [name, name.rpartition("_posts/")[2]]
        # Only a dated name is matched without its folder: `_docs/history` is not the post `history`.
        if DATED_NAME.match(posixpath.basename(name)):
            candidates.append(posixpath.basename(name))
        slug = next((self._by_name[candidate] for candidate in candidates if candidate in self._by_name), None)
        return addresses.post(slug) if slug else None

    def resolve(self, target: str, *, beside: str, old_path: str) -> str | None:
        """Return the replacement of a link's target, or None to leave it.

        `beside` is the linking file, `old_path` its old address.
        """
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        is_own = not parts.scheme and not parts.netloc
        if not is_own and f"{parts.scheme}://{parts.netloc}" != self.site.address:
            return None
        address = self._address(unquote(parts.path), beside, old_path)
        if address is None or (is_own and address == target):
            return None
        query = f"?{parts.query}" if parts.query else ""
        return f"{address}{query}{'#' + parts.fragment if parts.fragment else ''}"

    def full_path(self, path: str, old_path: str) -> str:
        """Return a path in a text of the page at `old_path` from the root of the old site."""
        return urljoin(old_path, path) if old_path else path

    def _address(self, path: str, beside: str, old_path: str) -> str | None:
        if path.startswith("@/") or (path.endswith(SUFFIXES) and not path.startswith("/")):
            return self.file_address(path, beside="" if path.startswith("@/") else beside)
        full = self.full_path(path, old_path)
        for candidate in (full, f"{full}/", full.removesuffix("index.html")):
            if candidate in self._by_old_path:
                return addresses.post(self._by_old_path[candidate])
        # `{{ site.baseurl }}{% post_url … %}`: the old base path before a new address.
        base = self.site.base_path
        if base and full.startswith(f"{base}/") and full.removeprefix(base) in self._slugs:
            return full.removeprefix(base)
        return None
