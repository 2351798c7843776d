"""Import a folder of Markdown files. Each file is one post, written through the services in its own transaction.

The folder is read twice. The first pass collects the id and the slug of each post, so that links between the files can
be mapped. The second pass converts and writes, oldest post first, one file at a time.

`writer` describes how later runs treat posts that were imported before.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.media.models import Image
from apps.posts.models import Post
from blog_project import addresses

from . import broadsheet_reader, fields, front_matter, liquid, markdown_cleanup, permalinks, shortcodes, slug_planning
from .fields import Fields
from .front_matter import Source
from .link_resolver import SUFFIXES, LinkResolver
from .pictures import Pictures
from .problems import BadFile
from .report import Article, Level, Outcome, Progress, Report, Summary, TagData
from .site import Site
from .writer import Writer

SKIPPED_FOLDERS = frozenset({"node_modules", "vendor", "_site", "_includes", "_layouts", "_data", "_sass", "public"})
_HUGO_SHORTCODE = re.compile(r"\{\{[<%]\s*/?\w")
_FRONT_MATTER_KEYS = {
    "tags": ("tags", "tag", "categories", "category", "keywords"),
    "authors": ("authors", "author"),
    "published_at": ("date",),
    "canonical_url": ("canonical_url", "canonicalURL", "canonicalUrl", "canonical"),
}
"""The front matter keys by field name, where they differ."""


@dataclass(slots=True, kw_only=True)
class _FileEntry(slug_planning.Entry):
    """The data of a file from the first pass."""

    relative: str
    date: datetime | None
    is_translation: bool = False


class MarkdownImporter:
    """Imports one folder."""

    def __init__(
        self,
        site: Site,
        *,
        source: str = "",
        overwrite: bool = False,
        dry_run: bool = False,
        report: Report = lambda *problem: None,
        progress: Progress = lambda items, doing: items,
    ) -> None:
        """`source` is part of the source ids, so that two folders may each have an `about.md`."""
        self.site = site
        self.source = source or site.folder.resolve().name
        self.report, self.progress = report, progress
        self.link_resolver = LinkResolver(site)
        self.liquid = liquid.Liquid(site.root, site.config, site.base_path, self.link_resolver.file_address)
        self.writer = Writer(overwrite=overwrite, dry_run=dry_run, report=report, owner_of=self.link_resolver.owner_of)
        roots = [site.folder, site.root, *(site.root / name for name in ("static", "public", "assets"))]
        self.pictures = Pictures(roots, dry_run=dry_run)
        self.export_data = broadsheet_reader.ExportData(site, dry_run)

    @property
    def summary(self) -> Summary:
        """The counts so far."""
        return self.writer.summary

    def run(self) -> Summary:
        """Import the folder. After a stop, imported posts stay and the next run continues."""
        entries = self._first_reading()
        if not self.summary.interrupted:
            slug_planning.plan_slugs(entries, overwrite=self.writer.overwrite)
            for entry in entries:
                self.link_resolver.add(entry.relative, entry.slug, entry.old_paths)
            self._import_unused()
        for entry in self.progress(entries, _("Importing")):
            if self.summary.interrupted:
                break
            self.summary.count(
                self.writer.attempt(self._display_path(entry.relative), lambda entry=entry: self._import(entry))
            )
        return self.summary

    def stop(self) -> None:
        """Stop after the current file."""
        self.summary.interrupted = True

    # The first pass: collect the id and the slug of each file

    def _first_reading(self) -> list[_FileEntry]:
        entries = []
        for relative in self.progress(list(self._files()), _("Reading")):
            if self.summary.interrupted:
                break
            entry = self.writer.attempt(self._display_path(relative), lambda relative=relative: self._entry(relative))
            if isinstance(entry, _FileEntry):
                entries.append(entry)
            elif entry is not None:
                self.summary.count(entry)
        return sorted(entries, key=_import_order)

    def _files(self) -> Iterator[str]:
        folder = self.site.folder
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS and not name.startswith("."))
            for name in sorted(names):
                path = Path(place, name)
                if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
                        self.report(Level.NOTE, self._display_path(path), 1, _("is a link out of the folder; skipped"))
                    elif path.is_file():
                        yield path.relative_to(folder).as_posix()

    def _entry(self, relative: str) -> _FileEntry | None:
        source = front_matter.read(self.site.folder / relative)
        generator = self._generator(source, relative)
        if self._is_skipped(source, relative, generator):
            return None
        if generator == broadsheet_reader.GENERATOR:
            exported = broadsheet_reader.read(source)
            return _FileEntry(
                source_id=self._source_id(relative),
                wanted_slug=exported.values["slug"],
                old_paths=exported.aliases,
                relative=relative,
                date=exported.values["published_at"],
                is_translation=bool(exported.translation_of),
            )
        read = fields.read(source, relative, self.site, generator)
        return _FileEntry(
            relative=relative,
            source_id=self._source_id(relative),
            wanted_slug=read.slug,
            date=read.published_at,
            old_paths=permalinks.old_paths(read, relative, self.site, generator),
            is_translation=bool(read.translation_of),
        )

    def _is_skipped(self, source: Source, relative: str, generator: str) -> bool:
        if generator in ("hugo", "zola") and relative.rpartition("/")[2] == "_index.md":
            self.report(Level.NOTE, self._display_path(relative), 1, _("describes a section and is no post; skipped"))
            return True
        if self.site.generator == "jekyll" and not source.language and not fields.bare_name(relative)[1]:
            self.report(
                Level.NOTE, self._display_path(relative), 1, _("has no front matter, so Jekyll ignores it; skipped")
            )
            return True
        return False

    def _generator(self, source: Source, relative: str) -> str:
        if self.site.generator:
            return self.site.generator
        if source.language == "TOML":
            return "zola" if source.fields.keys() & {"taxonomies", "extra", "template"} else "hugo"
        if source.language == "JSON" or markdown_cleanup.has_outside_code(source.body, _HUGO_SHORTCODE):
            return "hugo"
        is_dated = fields.bare_name(relative)[1] is not None
        if is_dated or "_posts/" in f"{self.site.folder.name}/{relative}" or liquid.has_jekyll_tags(source.body):
            return "jekyll"
        return "none"

    def _source_id(self, relative: str) -> str:
        name = f"markdown:{self.source}/{relative}"
        if len(name) <= Post._meta.get_field("source_id").max_length:
            return name
        return f"markdown:{self.source[:60]}/sha256:{hashlib.sha256(name.encode()).hexdigest()}"

    # The second pass: convert and write

    def _import(self, entry: _FileEntry) -> Outcome:
        source = front_matter.read(self.site.folder / entry.relative)
        article = (
            self._exported_article(entry, source)
            if self.site.generator == broadsheet_reader.GENERATOR
            else self._article(entry, source)
        )
        try:
            return self.writer.write(article, entry.previous)
        except ValidationError as error:
            raise _bad_file(error, source) from None

    def _article(self, entry: _FileEntry, source: Source) -> Article:
        read = fields.read(source, entry.relative, self.site, self._generator(source, entry.relative))
        article = self._new_article(entry)
        article.warnings = dict.fromkeys(read.warnings)
        article.values = self._values(entry, source, read, article)
        article.tags, article.authors = [TagData(name) for name in read.tags], read.authors
        article.modified_at = read.modified_at
        return article

    def _new_article(self, entry: _FileEntry) -> Article:
        return Article(
            entry.source_id,
            entry.relative,
            self._display_path(entry.relative),
            entry.wanted_slug,
            {},
            old_paths=entry.old_paths,
        )

    def _exported_article(self, entry: _FileEntry, source: Source) -> Article:
        """Return the article of a file that this blog exported."""
        exported, article = broadsheet_reader.read(source), self._new_article(entry)
        article.values = exported.values | {"slug": entry.slug, "body": self.export_data.body(source.body)}
        article.values["translation_of"] = self._original(source, exported.translation_of, article)
        cover = broadsheet_reader.IMAGE_REFERENCE.fullmatch(exported.cover)
        article.values["cover_image"] = self.export_data.image(cover[1]) if cover else None
        article.tags = [self.export_data.tags.get(name, TagData(name)) for name in exported.tags]
        article.authors = [self.export_data.authors.get(slug, fields.AuthorData(slug)) for slug in exported.authors]
        article.created_at, article.modified_at = exported.created_at, exported.modified_at
        return article

    def _import_unused(self) -> None:
        """Import the tags, authors and images of an export of this blog, including those that no post uses."""
        if self.site.generator != broadsheet_reader.GENERATOR or self.writer.dry_run:
            return
        for tag in self.export_data.tags.values():
            self.writer.attempt(
                self._display_path("_data/tags.yml"), lambda tag=tag: _write_checked(self.writer.tag, tag)
            )
        for author in self.export_data.authors.values():
            self.writer.attempt(
                self._display_path("_data/authors.yml"),
                lambda author=author: _write_checked(self.writer.author, author),
            )
        for name in self.export_data.images:
            self.writer.attempt(self._display_path("_data/images.yml"), lambda name=name: self.export_data.image(name))

    def _values(self, entry: _FileEntry, source: Source, read: Fields, article: Article) -> dict[str, Any]:
        body = self._body(entry, source, read, article)
        heading = markdown_cleanup.first_heading(body)
        title = read.title or (heading[0] if heading else "") or re.sub(r"[-_]+", " ", read.name).strip().capitalize()
        values = {
            "title": title,
            "body": markdown_cleanup.without_title(body, title),
            "slug": entry.slug,
            "kind": read.kind,
            "status": Post.Status.DRAFT if read.is_draft else Post.Status.PUBLISHED,
            "summary": read.summary,
            "canonical_url": read.canonical_url,
        }
        # Fields that the file does not set are not changed.
        optional = {
            "published_at": read.published_at,
            "language": read.language or None,
            "comments_allowed": read.comments_allowed,
            "translation_of": self._original(source, read.translation_of, article),
            "cover_image": self._cover(entry, read, article),
        }
        return values | read.text_fields | {name: value for name, value in optional.items() if value is not None}

    def _original(self, source: Source, slug: str, article: Article) -> Post | None:
        """Return the original post that a translation names, or None; warn if it does not exist."""
        if not slug:
            return None
        found = Post.objects.filter(slug=slug).only("pk", "translation_of").first()
        if found is None and not (self.writer.dry_run and self.link_resolver.has_slug(slug)):
            message = _("`translation_of`: there is no post with the slug “%s” yet. Import again once there is.")
            article.warn(source.line_of("translation_of"), message % slug)
        return found

    def _cover(self, entry: _FileEntry, read: Fields, article: Article) -> Image | None:
        path = self.pictures.find(read.cover, beside=self._folder(entry)) if read.cover else None
        return self.pictures.store(path, article.warn) if path else None

    def _folder(self, entry: _FileEntry) -> Path:
        return (self.site.folder / entry.relative).parent

    def _body(self, entry: _FileEntry, source: Source, read: Fields, article: Article) -> str:
        generator = self._generator(source, entry.relative)
        text = markdown_cleanup.strip_marks(source.body)
        if generator in ("jekyll", "eleventy") and liquid.has_markup(text):
            page = self._page_variables(entry, source, read)
            text = self.liquid.render(text, page, first_line=source.body_line, warn=article.warn)
        elif generator in ("hugo", "zola") and shortcodes.has_markup(text):

            def find(name: str) -> str | None:
                return self.link_resolver.file_address(name, beside=entry.relative) or self.link_resolver.file_address(
                    name
                )

            converter = shortcodes.Shortcodes(find, first_line=source.body_line, warn=article.warn)
            text = converter.hugo(text) if generator == "hugo" else converter.zola(text)
        old_path = entry.old_paths[0] if entry.old_paths else ""

        def resolve(target: str) -> str | None:
            if address := self.link_resolver.resolve(target, beside=entry.relative, old_path=old_path):
                return address
            path = self.pictures.find(target, beside=self._folder(entry))
            image = self.pictures.store(path, article.warn) if path else None
            return image and image.address

        text = markdown_cleanup.finish(
            text,
            resolve=resolve,
            warn=article.warn,
            kramdown=generator != "none",
        )
        return text.strip("\n")

    def _page_variables(self, entry: _FileEntry, source: Source, read: Fields) -> dict[str, Any]:
        """Return the values of Liquid's variable `page`."""
        return {
            **source.typed,
            "title": read.title,
            "date": read.published_at,
            "slug": entry.slug,
            "url": addresses.post(entry.slug),
            "path": entry.relative,
            "name": entry.relative.rpartition("/")[2],
            "tags": read.tags,
            "categories": read.categories,
        }

    def _display_path(self, relative: str | Path) -> str:
        return str(self.site.folder / relative)


def _import_order(entry: _FileEntry) -> tuple[bool, datetime, str]:
    # Oldest first, so that ids follow dates; undated posts last. Originals come before their translations.
    return entry.is_translation, entry.date or datetime.max.replace(tzinfo=UTC), entry.relative


def _write_checked(write: Callable[[Any], Any], data: Any) -> None:
    """Write a tag or an author. Raises BadFile if its values are refused."""
    try:
        write(data)
    except ValidationError as error:
        raise BadFile(1, f"{data.name}: {' '.join(error.messages)}") from None


def _bad_file(error: ValidationError, source: Source) -> BadFile:
    """Return the first validation error as a BadFile with the line of its field."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {"body": error.messages}
    name, messages = next(iter(by_field.items()))
    text = " ".join(str(message) for message in messages)
    if name == "body":
        return BadFile(source.body_line, text)
    keys = _FRONT_MATTER_KEYS.get(name, (name,))
    return BadFile(source.line_of(*keys), f"`{keys[0]}`: {text}")
