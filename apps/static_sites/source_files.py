"""Which files of a folder are posts, by their names and places; the others that look like posts are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from apps.importing import dates
from apps.importing.report import Level, Report

from .site import Site

MARKDOWN = (".md", ".markdown", ".mdown", ".mkdown", ".mkdn", ".mkd")
HTML = (".html", ".htm")
TEMPLATES = (".njk", ".liquid")
"""Formats of Eleventy that are read as HTML if nothing but Liquid is in them."""
SUFFIXES = (*MARKDOWN, *HTML, *TEMPLATES)

SKIPPED_FOLDERS = frozenset({"node_modules", "vendor", "_site", "_includes", "_layouts", "_data", "_sass", "public"})
_UNREADABLE = {
    ".adoc": "AsciiDoc",
    ".asciidoc": "AsciiDoc",
    ".ad": "AsciiDoc",
    ".org": "Org",
    ".rst": "reStructuredText",
    ".textile": "Textile",
    ".creole": "Creole",
    ".pandoc": "Pandoc's Markdown",
    ".pdc": "Pandoc's Markdown",
    ".mdx": "MDX",
    ".ipynb": "Jupyter",
    ".gotmpl": "Go templates",
    ".pug": "Pug",
    ".haml": "Haml",
    ".hbs": "Handlebars",
    ".mustache": "Mustache",
    ".ejs": "EJS",
    ".webc": "WebC",
    ".11ty.js": "JavaScript",
}
_FRONT_MATTER = re.compile(rb"(?:\xef\xbb\xbf)?(?:---[ \t]*\r?\n|\+\+\+[ \t]*\r?\n|\{\s*\")")
_PROGRAM = re.compile(
    r"\{%-?\s*(?:for|extends|block|macro|import|from|paginate|include|render|layout)\b|^pagination:", re.M
)
_HEAD_SIZE = 100_000


def is_html(relative: str) -> bool:
    """Return whether a file is HTML (with Liquid), and not Markdown."""
    return relative.lower().endswith((*HTML, *TEMPLATES))


class SourceFiles:
    """The files of a site's folder."""

    def __init__(self, site: Site, report: Report) -> None:
        self.site, self.report = site, report
        extensions = str(site.config.get("markdown_ext") or "") if site.generator == "jekyll" else ""
        self.markdown = (*MARKDOWN, *(f".{name.strip()}" for name in extensions.split(",") if name.strip()))

    def __iter__(self) -> Iterator[str]:
        """Yield the paths of the posts below the folder, in order."""
        folder = self.site.folder
        for path in self.site.sources.walk(folder, _is_skipped):
            relative, name = path.relative_to(folder).as_posix(), path.name.lower()
            if name.startswith(".") and name not in (f".{suffix}" for suffix in self.markdown):
                continue
            if self.site.has_file(path) and self._is_post(relative, path):
                yield relative

    def _is_post(self, relative: str, path: Path) -> bool:
        name = path.name.lower()
        if name.endswith(self.markdown):
            return not self._is_section(relative) and not self._is_outside(relative)
        if name.endswith(HTML) or (self.site.generator == "eleventy" and name.endswith(TEMPLATES)):
            is_other = (
                not _FRONT_MATTER.match(self._head(path, 64))
                or self._is_section(relative)
                or self._is_outside(relative)
            )
            return not is_other and self._is_html_post(relative, path)
        kind = next((kind for suffix, kind in _UNREADABLE.items() if name.endswith(suffix)), "")
        if kind and self._may_be_post(relative):
            message = _("is %s, which cannot be read; convert it to Markdown (pandoc can), then import again")
            self.report(Level.WARNING, str(path), 1, message % kind)
        return False

    def _is_section(self, relative: str) -> bool:
        """Return whether a file of Hugo or Zola describes a section: `_index.md`, `_index.fr.md`."""
        is_section = PurePosixPath(relative).name.split(".")[0] == "_index"
        if not is_section or self.site.generator in ("jekyll", "eleventy"):
            return False
        path = str(self.site.folder / relative)
        self.report(Level.NOTE, path, 1, _("describes a section and is no post; skipped"))
        return True

    def _is_outside(self, relative: str) -> bool:
        is_outside = self.site.is_outside_of_content(relative)
        if is_outside:
            path = str(self.site.folder / relative)
            self.report(Level.NOTE, path, 1, _("is outside of the folder of content; not read"))
        return is_outside

    def _is_html_post(self, relative: str, path: Path) -> bool:
        """Return whether HTML with front matter is a post, and not a page of templates; tell if not."""
        if self.site.generator == "eleventy":
            is_post = not _PROGRAM.search(self._head(path).decode("utf-8", "replace"))
            message = _("is a template that makes more than a post; not read")
        else:
            is_post = self._may_be_post(relative)
            message = _("is HTML outside of the folders of posts; not read")
        if not is_post:
            self.report(Level.NOTE, str(path), 1, message)
        return is_post

    def _may_be_post(self, relative: str) -> bool:
        """Return whether a file is at a place where the generator has posts."""
        folders = PurePosixPath(self.site.path_in_site(relative)).parts[:-1]
        if self.site.generator == "jekyll":
            places = {"_posts", "_drafts", *(f"_{name}" for name in self.site.published_collections)}
            return any(folder in places for folder in folders)
        if self.site.generator in ("hugo", "zola"):
            return self.site.languages.is_content(relative, self.site.folder)
        if self.site.generator == "":
            is_dated = dates.DATED_NAME.match(PurePosixPath(relative).stem) is not None
            return is_dated or "_posts" in folders or "content" in folders or not is_html(relative)
        return True

    def _head(self, path: Path, size: int = _HEAD_SIZE) -> bytes:
        try:
            with self.site.sources.open(path) as file:
                return file.read(size)
        except OSError:
            return b""


def _is_skipped(name: str) -> bool:
    return name in SKIPPED_FOLDERS or name.startswith(".")
