"""Import a folder of Markdown files. Each file is one post, written through the services in its own transaction.

The folder is read twice. The first pass collects the id and the slug of each post, so that links between the files can
be mapped. The second pass converts and writes, oldest post first, one file at a time.

`writer` describes how later runs treat posts that were imported before.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.importing import export_fields, slug_planning
from apps.importing.comments import CommentWriter
from apps.importing.pictures import Pictures
from apps.importing.problems import BadFile
from apps.importing.report import (
    Article,
    AuthorData,
    Level,
    Outcome,
    Progress,
    Report,
    SeriesData,
    Subject,
    Summary,
    TagData,
)
from apps.importing.writer import Writer
from apps.media.models import Image
from apps.posts.models import Post

from . import broadsheet_reader, fields, front_matter, liquid, markdown_cleanup, permalinks, staticman
from .bodies import BodyConverter
from .fields import Fields
from .front_matter import Source
from .link_resolver import LinkResolver
from .site import Site
from .source_files import SourceFiles

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
    language: str = ""
    translation_key: str = ""
    """The same for all translations of a post, in a site whose files tell their language."""
    original: _FileEntry | None = None
    warnings: list[tuple[int, str]] = field(default_factory=list)


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
        self.writer = Writer(
            overwrite=overwrite,
            dry_run=dry_run,
            report=report,
            owner_of=self.link_resolver.owner_of,
            write_comments=CommentWriter(report),
        )
        names = dict.fromkeys(["static", "public", "assets", "content", site.input_folder or "src"])
        folders = (site.root / name for name in names)
        roots = [site.folder, site.root, *(folder for folder in folders if site.sources.folder(folder))]
        self.pictures = Pictures(roots, site.sources, dry_run=dry_run, address=site.address, base_path=site.base_path)
        self.bodies = BodyConverter(site, self.link_resolver, self.pictures)
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
        self._restore_settings()
        self.site.sources.report_links(self.report)
        return self.summary

    def _restore_settings(self) -> None:
        """Take over the settings of the site from an export of this blog, after its images."""
        if self.site.generator != export_fields.GENERATOR or self.summary.interrupted:
            return
        if problem := self.export_data.restore_settings():
            self.report(Level.WARNING, "_data/site.yml", 1, problem)

    def stop(self) -> None:
        """Stop after the current file."""
        self.summary.interrupted = True

    # The first pass: collect the id and the slug of each file

    def _first_reading(self) -> list[_FileEntry]:
        entries = []
        for relative in self.progress(list(SourceFiles(self.site, self.report)), _("Reading")):
            if self.summary.interrupted:
                break
            entry = self.writer.attempt(self._display_path(relative), lambda relative=relative: self._entry(relative))
            if isinstance(entry, _FileEntry):
                entries.append(entry)
            elif entry is not None:
                self.summary.count(entry)
        self._report_data_files()
        _connect_translations(entries, self.site.languages.default)
        return sorted(entries, key=_import_order)

    def _report_data_files(self) -> None:
        """Tell of the data files above the posts that were not read, or not as they are meant."""
        for path in self.site.inherited.programs:
            message = _("is a program and is not run: what it sets (addresses, dates, tags, drafts) is not known here")
            self.report(Level.WARNING, str(path), 1, message)
        for path, problem in self.site.inherited.unreadable.items():
            self.report(Level.WARNING, str(path), 1, _("cannot be read, and its fields are not known: %s") % problem)

    def _entry(self, relative: str) -> _FileEntry | None:
        source = front_matter.read(self.site.folder / relative, self.site.sources)
        generator = self._generator(source, relative)
        if self._is_skipped(source, relative, generator):
            return None
        if generator == export_fields.GENERATOR:
            exported = broadsheet_reader.read(source)
            return _FileEntry(
                source_id=self._source_id(relative),
                wanted_slug=exported.values["slug"],
                old_paths=exported.aliases,
                relative=relative,
                date=exported.values["published_at"],
                is_translation=bool(exported.translation_of),
            )
        read, warnings = self._fields(source, relative, generator)
        return _FileEntry(
            relative=relative,
            source_id=self._source_id(relative),
            wanted_slug=read.slug,
            date=read.published_at,
            old_paths=permalinks.old_paths(read, relative, self.site, generator),
            is_translation=bool(read.translation_of),
            language=self.site.language(relative),
            translation_key=self._translation_key(read, relative),
            warnings=warnings,
        )

    def _fields(self, source: Source, relative: str, generator: str) -> tuple[Fields, list[tuple[int, str]]]:
        """Return the fields of a file, with its address where that is a template, and warnings about it."""
        read = fields.read(source, relative, self.site, generator)
        warnings: list[tuple[int, str]] = []
        if generator == "eleventy" and liquid.has_markup(read.permalink):
            read.permalink = self.bodies.address(read, relative, lambda line, text: warnings.append((line, text)))
        return read, warnings

    def _translation_key(self, read: Fields, relative: str) -> str:
        if not self.site.language(relative):
            return ""
        path = PurePosixPath(self.site.content_path(relative))
        return str(read.values.get("translationKey") or "") or str(path.with_suffix(""))

    def _is_skipped(self, source: Source, relative: str, generator: str) -> bool:
        if self.site.generator == "jekyll" and not source.language and not fields.bare_name(relative)[1]:
            self.report(
                Level.NOTE, self._display_path(relative), 1, _("has no front matter, so Jekyll ignores it; skipped")
            )
            return True
        return False

    def _generator(self, source: Source, relative: str) -> str:
        if self.site.generator:
            return self.site.generator
        if source.language == "TOML" and source.fields.keys() & {"taxonomies", "extra", "template"}:
            return "zola"
        if source.language == "TOML":
            return "hugo"
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
        source = front_matter.read(self.site.folder / entry.relative, self.site.sources)
        article = (
            self._exported_article(entry, source)
            if self.site.generator == export_fields.GENERATOR
            else self._article(entry, source)
        )
        comments = staticman.read(self.site, fields.bare_name(entry.relative)[0], self._source_id, self.report)
        try:
            return self.writer.write(article, entry.previous, comments=comments)
        except ValidationError as error:
            raise _bad_file(error, source) from None

    def _article(self, entry: _FileEntry, source: Source) -> Article:
        generator = self._generator(source, entry.relative)
        read = fields.read(source, entry.relative, self.site, generator)
        article = self._new_article(entry)
        article.warnings = read.warnings | dict.fromkeys(entry.warnings)
        article.values = self._values(entry, source, read, article, generator)
        article.tags = [TagData(name) for name in read.tags]
        article.authors = [self._with_portrait(author, entry, article) for author in read.authors]
        article.modified_at = read.modified_at
        if read.series:
            article.series = SeriesData(read.series)
            article.values["series_position"] = read.series_position
        return article

    def _new_article(self, entry: _FileEntry) -> Article:
        return Article(
            entry.source_id,
            entry.relative,
            self._display_path(entry.relative),
            entry.wanted_slug,
            {"slug": entry.slug},
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
        article.values |= {"series": None, "series_position": exported.series_position}
        if exported.series:
            article.series = self.export_data.series.get(exported.series, SeriesData(exported.series))
        article.created_at, article.modified_at = exported.created_at, exported.modified_at
        return article

    def _import_unused(self) -> None:
        """Import the tags, authors, series and images of an export of this blog, including those that no post uses."""
        if self.site.generator != export_fields.GENERATOR or self.writer.dry_run:
            return
        for tag in self.export_data.tags.values():
            self.writer.attempt(
                self._display_path("_data/tags.yml"), lambda tag=tag: _write_checked(self.writer.tag, tag)
            )
        for series in self.export_data.series.values():
            self.writer.attempt(
                self._display_path("_data/series.yml"),
                lambda series=series: _write_checked(self.writer.series, series),
            )
        for author in self.export_data.authors.values():
            self.writer.attempt(
                self._display_path("_data/authors.yml"),
                lambda author=author: _write_checked(self.writer.author, author),
            )
        for name in self.export_data.images:
            self.writer.attempt(self._display_path("_data/images.yml"), lambda name=name: self.export_data.image(name))

    def _values(
        self, entry: _FileEntry, source: Source, read: Fields, article: Article, generator: str
    ) -> dict[str, Any]:
        old_path = entry.old_paths[0] if entry.old_paths else ""
        body = self.bodies.convert(source, read, article, generator, old_path)
        original = read.translation_of or (entry.original.slug if entry.original else "")
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
            "typography": read.typography,
            "is_featured": read.is_featured,
            "comments_allowed": read.comments_allowed,
            "translation_of": self._original(source, original, article),
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
        path = self.pictures.find(read.cover, beside=(self.site.folder / entry.relative).parent) if read.cover else None
        return self.pictures.store(path, article.warn) if path else None

    def _with_portrait(self, author: AuthorData, entry: _FileEntry, article: Article) -> AuthorData:
        """Return an author with the picture that the old site has of them, if its file is at hand."""
        address = author.picture_address
        path = self.pictures.find(address, beside=(self.site.folder / entry.relative).parent) if address else None
        path = path or (self.pictures.find(f"/{address}") if address else None)
        if address and path is None:
            article.warn(0, address, Subject.PICTURE)
        return replace(author, picture=path and self.pictures.store(path, article.warn), picture_address="")

    def _display_path(self, relative: str | Path) -> str:
        return str(self.site.folder / relative)


def _import_order(entry: _FileEntry) -> tuple[bool, datetime, str]:
    # Oldest first, so that ids follow dates; undated posts last. Originals come before their translations.
    return entry.is_translation, entry.date or datetime.max.replace(tzinfo=UTC), entry.relative


def _connect_translations(entries: list[_FileEntry], default: str) -> None:
    """Set the original of each translation: the file in the default language, else the first of them."""
    originals: dict[str, dict[str, _FileEntry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.language != default, entry.relative)):
        if not entry.translation_key:
            continue
        translations = originals.setdefault(entry.translation_key, {})
        # In one language a post has one translation.
        if translations and entry.language not in translations:
            entry.original, entry.is_translation = next(iter(translations.values())), True
        translations.setdefault(entry.language, entry)


def _write_checked(write: Callable[[Any], Any], data: Any) -> None:
    """Write a tag, an author or a series. Raises BadFile if its values are refused."""
    try:
        write(data)
    except ValidationError as error:
        name = data.title if isinstance(data, SeriesData) else data.name
        raise BadFile(1, f"{name}: {' '.join(error.messages)}") from None


def _bad_file(error: ValidationError, source: Source) -> BadFile:
    """Return the first validation error as a BadFile with the line of its field."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {"body": error.messages}
    name, messages = next(iter(by_field.items()))
    text = " ".join(str(message) for message in messages)
    if name == "body":
        return BadFile(source.body_line, text)
    keys = _FRONT_MATTER_KEYS.get(name, (name,))
    return BadFile(source.line_of(*keys), f"`{keys[0]}`: {text}")
