"""Import a folder of Markdown files: one post each, written through the services, one transaction each.

The folder is read twice. The first time tells which post each file is and where it will be, so that links between
the files can be mapped; only that is kept. The second time converts and writes, oldest post first, one file at a time.

What a later run does with a post that is here already, `writing` says.
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

from . import broadsheet_export, fields, front_matter, liquid, markdown_cleanup, permalinks, shortcodes, slug_planning
from .fields import Fields
from .front_matter import Source
from .link_resolver import SUFFIXES, Places
from .pictures import Pictures
from .problems import BadFile
from .report import Article, Level, Outcome, Progress, Report, Summary, TagData
from .site import Site
from .writer import Writer

SKIPPED_FOLDERS = frozenset({"node_modules", "vendor", "_site", "_includes", "_layouts", "_data", "_sass", "public"})
_HUGO_SHORTCODE = re.compile(r"\{\{[<%]\s*/?\w")
_WRITTEN_AS = {
    "tags": ("tags", "tag", "categories", "category", "keywords"),
    "authors": ("authors", "author"),
    "published_at": ("date",),
    "canonical_url": ("canonical_url", "canonicalURL", "canonicalUrl", "canonical"),
}
"""What fields of a post are called in front front_matter."""


@dataclass(slots=True, kw_only=True)
class _Entry(slug_planning.Entry):
    """What the first reading keeps of a file."""

    relative: str
    date: datetime | None
    is_translation: bool = False


class MarkdownImporter:
    """One import of one folder."""

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
        """`source` names where the files come from, so that two folders may each have an `about.md`."""
        self.site = site
        self.source = source or site.folder.resolve().name
        self.report, self.progress = report, progress
        self.places = Places(site)
        self.liquid = liquid.Liquid(site.root, site.config, site.base_path, self.places.named)
        self.writer = Writer(overwrite=overwrite, dry_run=dry_run, report=report, owner_of=self.places.owner_of)
        roots = [site.folder, site.root, *(site.root / name for name in ("static", "public", "assets"))]
        self.pictures = Pictures(roots, dry_run=dry_run)
        self.catalogue = broadsheet_export.Catalogue(site, dry_run)

    @property
    def summary(self) -> Summary:
        """How many files came to what so far."""
        return self.writer.summary

    def run(self) -> Summary:
        """Import the folder. What is imported stays when it is stopped; the next run goes on."""
        entries = self._first_reading()
        if not self.summary.interrupted:
            slug_planning.place(entries, overwrite=self.writer.overwrite)
            for entry in entries:
                self.places.add(entry.relative, entry.slug, entry.old_paths)
            self._unused()
        for entry in self.progress(entries, _("Importing")):
            if self.summary.interrupted:
                break
            self.summary.count(
                self.writer.guarded(self._shown(entry.relative), lambda entry=entry: self._import(entry))
            )
        return self.summary

    def stop(self) -> None:
        """Stop after the file that is being worked on."""
        self.summary.interrupted = True

    # The first reading: which post each file is, and where it will be

    def _first_reading(self) -> list[_Entry]:
        entries = []
        for relative in self.progress(list(self._files()), _("Reading")):
            if self.summary.interrupted:
                break
            entry = self.writer.guarded(self._shown(relative), lambda relative=relative: self._entry(relative))
            if isinstance(entry, _Entry):
                entries.append(entry)
            elif entry is not None:
                self.summary.count(entry)
        return sorted(entries, key=_in_turn)

    def _files(self) -> Iterator[str]:
        folder = self.site.folder
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS and not name.startswith("."))
            for name in sorted(names):
                path = Path(place, name)
                if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
                        self.report(Level.NOTE, self._shown(path), 1, _("is a link out of the folder; skipped"))
                    elif path.is_file():
                        yield path.relative_to(folder).as_posix()

    def _entry(self, relative: str) -> _Entry | None:
        source = front_matter.read(self.site.folder / relative)
        generator = self._generator(source, relative)
        if self._is_no_post(source, relative, generator):
            return None
        if generator == broadsheet_export.GENERATOR:
            given = broadsheet_export.read(source)
            return _Entry(
                source_id=self._source_id(relative),
                wanted_slug=given.values["slug"],
                old_paths=given.aliases,
                relative=relative,
                date=given.values["published_at"],
                is_translation=bool(given.translation_of),
            )
        read = fields.read(source, relative, self.site, generator)
        return _Entry(
            relative=relative,
            source_id=self._source_id(relative),
            wanted_slug=read.slug,
            date=read.published_at,
            old_paths=permalinks.old_paths(read, relative, self.site, generator),
            is_translation=bool(read.translation_of),
        )

    def _is_no_post(self, source: Source, relative: str, generator: str) -> bool:
        if generator in ("hugo", "zola") and relative.rpartition("/")[2] == "_index.md":
            self.report(Level.NOTE, self._shown(relative), 1, _("describes a section and is no post; skipped"))
            return True
        if self.site.generator == "jekyll" and not source.language and not fields.bare_name(relative)[1]:
            self.report(Level.NOTE, self._shown(relative), 1, _("has no front matter, so Jekyll ignores it; skipped"))
            return True
        return False

    def _generator(self, source: Source, relative: str) -> str:
        if self.site.generator:
            return self.site.generator
        if source.language == "TOML":
            return "zola" if source.matter.keys() & {"taxonomies", "extra", "template"} else "hugo"
        if source.language == "JSON" or markdown_cleanup.has_outside_code(source.body, _HUGO_SHORTCODE):
            return "hugo"
        is_dated = fields.bare_name(relative)[1] is not None
        if is_dated or "_posts/" in f"{self.site.folder.name}/{relative}" or liquid.is_meant_in(source.body):
            return "jekyll"
        return "none"

    def _source_id(self, relative: str) -> str:
        name = f"markdown:{self.source}/{relative}"
        if len(name) <= Post._meta.get_field("source_id").max_length:
            return name
        return f"markdown:{self.source[:60]}/sha256:{hashlib.sha256(name.encode()).hexdigest()}"

    # The second reading: convert and write

    def _import(self, entry: _Entry) -> Outcome:
        source = front_matter.read(self.site.folder / entry.relative)
        article = (
            self._own(entry, source)
            if self.site.generator == broadsheet_export.GENERATOR
            else self._article(entry, source)
        )
        try:
            return self.writer.put(article, entry.known)
        except ValidationError as error:
            raise _bad_values(error, source) from None

    def _article(self, entry: _Entry, source: Source) -> Article:
        read = fields.read(source, entry.relative, self.site, self._generator(source, entry.relative))
        article = self._new(entry)
        article.warnings = dict.fromkeys(read.warnings)
        article.values = self._values(entry, source, read, article)
        article.topics, article.people = [TagData(name) for name in read.tags], read.authors
        article.modified_at = read.modified_at
        return article

    def _new(self, entry: _Entry) -> Article:
        return Article(
            entry.source_id,
            entry.relative,
            self._shown(entry.relative),
            entry.wanted_slug,
            {},
            old_paths=entry.old_paths,
        )

    def _own(self, entry: _Entry, source: Source) -> Article:
        """Return the post of a file that this blog exported."""
        given, article = broadsheet_export.read(source), self._new(entry)
        article.values = given.values | {"slug": entry.slug, "body": self.catalogue.body(source.body)}
        article.values["translation_of"] = self._original(source, given.translation_of, article)
        cover = broadsheet_export.PICTURE.fullmatch(given.cover)
        article.values["cover_image"] = self.catalogue.image(cover[1]) if cover else None
        article.topics = [self.catalogue.topics.get(name, TagData(name)) for name in given.tags]
        article.people = [self.catalogue.people.get(slug, fields.AuthorData(slug)) for slug in given.authors]
        article.created_at, article.modified_at = given.created_at, given.modified_at
        return article

    def _unused(self) -> None:
        """Take what an export of this blog has besides posts, whether a post uses it or not."""
        if self.site.generator != broadsheet_export.GENERATOR or self.writer.dry_run:
            return
        for topic in self.catalogue.topics.values():
            self.writer.guarded(self._shown("_data/tags.yml"), lambda topic=topic: _checked(self.writer.tag, topic))
        for person in self.catalogue.people.values():
            self.writer.guarded(self._shown("_data/authors.yml"), lambda who=person: _checked(self.writer.author, who))
        for name in self.catalogue.pictures:
            self.writer.guarded(self._shown("_data/images.yml"), lambda name=name: self.catalogue.image(name))

    def _values(self, entry: _Entry, source: Source, read: Fields, article: Article) -> dict[str, Any]:
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
        # What a file does not say, it leaves as it is.
        said = {
            "published_at": read.published_at,
            "language": read.language or None,
            "comments_allowed": read.comments_allowed,
            "translation_of": self._original(source, read.translation_of, article),
            "cover_image": self._cover(entry, read, article),
        }
        return values | read.lines | {name: value for name, value in said.items() if value is not None}

    def _original(self, source: Source, slug: str, article: Article) -> Post | None:
        """Return the post that a file names as what it is a translation of."""
        if not slug:
            return None
        found = Post.objects.filter(slug=slug).only("pk", "translation_of").first()
        if found is None and not (self.writer.dry_run and self.places.has(slug)):
            told = _("`translation_of`: there is no post with the slug “%s” yet. Import again once there is.")
            article.warn(source.line_of("translation_of"), told % slug)
        return found

    def _cover(self, entry: _Entry, read: Fields, article: Article) -> Image | None:
        path = self.pictures.find(read.cover, beside=self._folder(entry)) if read.cover else None
        return self.pictures.take(path, article.warn) if path else None

    def _folder(self, entry: _Entry) -> Path:
        return (self.site.folder / entry.relative).parent

    def _body(self, entry: _Entry, source: Source, read: Fields, article: Article) -> str:
        generator = self._generator(source, entry.relative)
        text = markdown_cleanup.plain_marks(source.body)
        if generator in ("jekyll", "eleventy") and liquid.occurs_in(text):
            page = self._page(entry, source, read)
            text = self.liquid.render(text, page, first_line=source.body_line, warn=article.warn)
        elif generator in ("hugo", "zola") and shortcodes.occur_in(text):

            def find(name: str) -> str | None:
                return self.places.named(name, beside=entry.relative) or self.places.named(name)

            taken = shortcodes.Shortcodes(find, first_line=source.body_line, warn=article.warn)
            text = taken.hugo(text) if generator == "hugo" else taken.zola(text)
        old_path = entry.old_paths[0] if entry.old_paths else ""

        def resolve(target: str) -> str | None:
            if linked := self.places.linked(target, beside=entry.relative, old_path=old_path):
                return linked
            path = self.pictures.find(target, beside=self._folder(entry))
            image = self.pictures.take(path, article.warn) if path else None
            return image and image.address

        text = markdown_cleanup.finish(
            text,
            resolve=resolve,
            warn=article.warn,
            kramdown=generator != "none",
        )
        return text.strip("\n")

    def _page(self, entry: _Entry, source: Source, read: Fields) -> dict[str, Any]:
        """Return what Liquid knows as `page`."""
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

    def _shown(self, relative: str | Path) -> str:
        return str(self.site.folder / relative)


def _in_turn(entry: _Entry) -> tuple[bool, datetime, str]:
    # Oldest first, so that ids follow dates; what has no date is new. Translations need what they are translations of.
    return entry.is_translation, entry.date or datetime.max.replace(tzinfo=UTC), entry.relative


def _checked(write: Callable[[Any], Any], given: Any) -> None:
    """Write a tag or an author; what is refused is wrong with the file."""
    try:
        write(given)
    except ValidationError as error:
        raise BadFile(1, f"{given.name}: {' '.join(error.messages)}") from None


def _bad_values(error: ValidationError, source: Source) -> BadFile:
    """Return what the blog's own checks refused, with the line of the field they refused."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {"body": error.messages}
    name, messages = next(iter(by_field.items()))
    told = " ".join(str(message) for message in messages)
    if name == "body":
        return BadFile(source.body_line, told)
    keys = _WRITTEN_AS.get(name, (name,))
    return BadFile(source.line_of(*keys), f"`{keys[0]}`: {told}")
