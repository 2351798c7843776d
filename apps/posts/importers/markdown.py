"""Import a folder of Markdown files: one post each, written through the services, one transaction each.

The folder is read twice. The first time tells which post each file is and where it will be, so that links between
the files can be mapped; only that is kept. The second time converts and writes, oldest post first, one file at a time.

A post knows its file by `source_id`. The history's reason holds a fingerprint of what was imported, so that a later run
can tell apart: a file that has not changed since (left alone), one that has (updated), and one that has while the
post was edited in the blog too (left alone with a warning, unless told to overwrite).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.posts import services, slugs
from apps.posts.models import Author, Post, PostAlias, Tag
from blog_project import addresses

from . import earlier, fields, liquid, matter, permalinks, prose, shortcodes
from .fields import Fields, Person
from .matter import Source
from .places import SUFFIXES, Places
from .problems import BadFile
from .site import Site

SKIPPED_FOLDERS = frozenset({"node_modules", "vendor", "_site", "_includes", "_layouts", "_data", "_sass", "public"})
_LOOKUP = 200
_HUGO_SHORTCODE = re.compile(r"\{\{[<%]\s*/?\w")
_WRITTEN_AS = {
    "tags": ("tags", "tag", "categories", "category", "keywords"),
    "authors": ("authors", "author"),
    "published_at": ("date",),
    "canonical_url": ("canonical_url", "canonicalURL", "canonicalUrl", "canonical"),
}
"""What fields of a post are called in front matter."""


class Outcome(StrEnum):
    """What became of one file."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class Level(StrEnum):
    """How much what is said about a file matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    DETAIL = "detail"


@dataclass
class Summary:
    """How many files came to what."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    interrupted: bool = False

    def __str__(self) -> str:
        return "posts: " + ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items())


@dataclass(slots=True)
class _Entry:
    """What the first reading keeps of a file."""

    relative: str
    source_id: str
    wanted_slug: str
    date: datetime | None
    old_paths: list[str]
    slug: str = ""
    known: earlier.Known | None = None


Report = Callable[[Level, str, int, str], None]
"""Called with a level, the file's path, a line of it and a sentence."""
Progress = Callable[[Iterable, str], Iterable]
"""Wraps a sized iterable to show how far it is; called with it and with what is being done."""


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
        self.site, self.overwrite, self.dry_run = site, overwrite, dry_run
        self.source = source or site.folder.resolve().name
        self.report, self.progress = report, progress
        self.places = Places(site)
        self.liquid = liquid.Liquid(site.root, site.config, site.base_path, self.places.named)
        self.summary = Summary()
        self._warnings: dict[tuple[int, str], None] = {}
        self._tags: dict[str, Tag] = {}
        self._authors: dict[str, Author] = {}

    def run(self) -> Summary:
        """Import the folder. What is imported stays when it is stopped; the next run goes on."""
        entries = self._first_reading()
        if not self.summary.interrupted:
            self._place(entries)
        for entry in self.progress(entries, _("Importing")):
            if self.summary.interrupted:
                break
            self._count(self._guarded(entry.relative, lambda entry=entry: self._import(entry)))
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
            entry = self._guarded(relative, lambda relative=relative: self._entry(relative))
            if isinstance(entry, _Entry):
                entries.append(entry)
            elif entry is not None:
                self._count(entry)
        # Oldest first, so that ids follow dates; what has no date is new.
        return sorted(entries, key=lambda entry: (entry.date or datetime.max.replace(tzinfo=UTC), entry.relative))

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
        source = matter.read(self.site.folder / relative)
        generator = self._generator(source, relative)
        if self._is_no_post(source, relative, generator):
            return None
        read = fields.read(source, relative, self.site, generator)
        return _Entry(
            relative=relative,
            source_id=self._source_id(relative),
            wanted_slug=read.slug,
            date=read.published_at,
            old_paths=permalinks.old_paths(read, relative, self.site, generator),
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
        if source.language == "JSON" or prose.has_outside_code(source.body, _HUGO_SHORTCODE):
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

    def _place(self, entries: list[_Entry]) -> None:
        """Decide the slug of each post, and note its places for the links of the others."""
        for start in range(0, len(entries), _LOOKUP):
            batch = entries[start : start + _LOOKUP]
            known = earlier.known({entry.source_id for entry in batch})
            for entry in batch:
                entry.known = known.get(entry.source_id)
        planned = {entry.slug for entry in entries if self._keeps_slug(entry)}
        for entry in entries:
            if not entry.slug:
                entry.slug = self._free_slug(entry, planned)
                planned.add(entry.slug)
            self.places.add(entry.relative, entry.slug, entry.old_paths)

    def _keeps_slug(self, entry: _Entry) -> bool:
        known = entry.known
        if known is None:
            return False
        is_left_alone = known.is_trashed or (known.is_edited and not self.overwrite)
        if is_left_alone or re.fullmatch(re.escape(entry.wanted_slug) + r"(-\d+)?", known.slug):
            entry.slug = known.slug
        return bool(entry.slug)

    def _free_slug(self, entry: _Entry, planned: set[str]) -> str:
        in_blog = slugs.taken_among_posts(entry.known.pk if entry.known else None)
        return slugs.free_slug(entry.wanted_slug, lambda wanted: in_blog(wanted) | (planned & set(wanted)))

    # The second reading: convert and write

    def _import(self, entry: _Entry) -> Outcome:
        known = entry.known
        if known and known.is_trashed:
            self.report(Level.NOTE, self._shown(entry.relative), 1, _("is in the trash of the blog; left there"))
            return Outcome.UNCHANGED
        source = matter.read(self.site.folder / entry.relative)
        read = fields.read(source, entry.relative, self.site, self._generator(source, entry.relative))
        self._warnings = dict.fromkeys(read.oddities)
        values = self._values(entry, source, read)
        fingerprint = _fingerprint(values, read, entry)
        if known and known.fingerprint == fingerprint and not (self.overwrite and known.is_edited):
            return Outcome.UNCHANGED
        if known and known.is_edited and not self.overwrite:
            self.report(
                Level.WARNING,
                self._shown(entry.relative),
                1,
                _("has changed, but so has the post in the blog; left as it is there. --overwrite takes the file's"),
            )
            return Outcome.UNCHANGED
        try:
            outcome = self._write(entry, values, read, fingerprint)
        except ValidationError as error:
            raise _bad_values(error, source) from None
        # Only now: of a file that has not changed, all was said when it was imported.
        for line, message in sorted(self._warnings):
            self.report(Level.WARNING, self._shown(entry.relative), line, message)
        told = _("created at %s") if outcome == Outcome.CREATED else _("updated at %s")
        self.report(Level.DETAIL, self._shown(entry.relative), 1, told % addresses.post(entry.slug))
        return outcome

    def _values(self, entry: _Entry, source: Source, read: Fields) -> dict[str, Any]:
        body = self._body(entry, source, read)
        heading = prose.first_heading(body)
        title = read.title or (heading[0] if heading else "") or re.sub(r"[-_]+", " ", read.name).strip().capitalize()
        values = {
            "title": title,
            "body": prose.without_title(body, title),
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
            "translation_of": self._original(source, read),
        }
        return values | {name: value for name, value in said.items() if value is not None}

    def _original(self, source: Source, read: Fields) -> Post | None:
        """Return the post that a file names as what it is a translation of."""
        if not read.translation_of:
            return None
        found = Post.objects.filter(slug=read.translation_of).only("pk", "translation_of").first()
        if found is None:
            told = _("`translation_of`: there is no post with the slug “%s” yet. Import again once there is.")
            self._warnings[source.line_of("translation_of"), told % read.translation_of] = None
        return found

    def _body(self, entry: _Entry, source: Source, read: Fields) -> str:
        def warn(line: int, message: str) -> None:
            self._warnings[line, message] = None

        generator = self._generator(source, entry.relative)
        text = prose.plain_marks(source.body)
        if generator in ("jekyll", "eleventy") and liquid.occurs_in(text):
            page = self._page(entry, source, read)
            text = self.liquid.render(text, page, first_line=source.body_line, warn=warn)
        elif generator in ("hugo", "zola") and shortcodes.occur_in(text):

            def find(name: str) -> str | None:
                return self.places.named(name, beside=entry.relative) or self.places.named(name)

            taken = shortcodes.Shortcodes(find, first_line=source.body_line, warn=warn)
            text = taken.hugo(text) if generator == "hugo" else taken.zola(text)
        old_path = entry.old_paths[0] if entry.old_paths else ""
        text = prose.finish(
            text,
            resolve=lambda target: self.places.linked(target, beside=entry.relative, old_path=old_path),
            warn=warn,
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

    def _write(self, entry: _Entry, values: dict[str, Any], read: Fields, fingerprint: str) -> Outcome:
        with transaction.atomic() if self.dry_run else nullcontext():
            outcome = self._create_or_update(entry, values, read, earlier.reason(entry.relative, fingerprint))
            if self.dry_run:
                # What would be written was, checks and all; none of it stays.
                transaction.set_rollback(True)
                self._tags.clear()
                self._authors.clear()
        return outcome

    def _create_or_update(self, entry: _Entry, values: dict[str, Any], read: Fields, reason: str) -> Outcome:
        links = {
            "tags": self._tags_of(read.tags),
            "authors": [self._author(person) for person in read.authors],
            "aliases": self._aliases(entry),
        }
        now = timezone.now()
        if entry.known is None:
            begun = min(read.published_at or now, now)
            changed = min(read.modified_at or begun, now)
            values |= {"source_id": entry.source_id, "created_at": begun, "updated_at": changed}
            services.create_post(by=None, reason=reason, **values, **links)
            return Outcome.CREATED
        post = Post.objects.get(pk=entry.known.pk)
        if read.modified_at:
            values["updated_at"] = min(read.modified_at, now)
        services.update_post(post, by=None, expected_version=post.version, reason=reason, **values, **links)
        return Outcome.UPDATED

    def _tags_of(self, names: list[str]) -> list[Tag]:
        for name in names:
            if name.casefold() not in self._tags:
                with _as_field("tags"):
                    self._tags[name.casefold()] = services.tags_named([name])[0]
        return [self._tags[name.casefold()] for name in names]

    def _author(self, person: Person) -> Author:
        key = person.name.casefold()
        if key not in self._authors:
            found = Author.objects.filter(name__iexact=person.name).order_by("pk").first()
            with _as_field("authors"):
                self._authors[key] = found or services.create_author(name=person.name, website=person.website)
        return self._authors[key]

    def _aliases(self, entry: _Entry) -> list[str]:
        """Return the old paths that can lead to the post: not another's, and not too long to be kept."""
        own = addresses.post(entry.slug)
        pk = entry.known.pk if entry.known else None
        paths = [path for path in entry.old_paths if path != own]
        limit = PostAlias._meta.get_field("path").max_length
        others = set(PostAlias.objects.filter(path__in=paths).exclude(post_id=pk).values_list("path", flat=True))
        present = {addresses.post(path.strip("/")): path for path in paths if path.count("/") == 2}
        slugs_of = {address.strip("/") for address in present}
        others |= {
            f"/{slug}/" for slug in Post.objects.filter(slug__in=slugs_of).exclude(pk=pk).values_list("slug", flat=True)
        }
        kept = []
        for path in paths:
            if len(path) > limit:
                problem = _("the old address %(path)s is longer than %(limit)s characters; left out")
            elif path in others or self.places.owner_of(path) != entry.slug:
                problem = _("the old address %(path)s is another post's too; left to that one")
            else:
                kept.append(path)
                continue
            self._warnings[1, problem % {"path": path, "limit": limit}] = None
        return kept

    # Keeping count

    def _guarded(self, relative: str, work: Callable[[], Any]) -> Any:
        """Do `work`; report a bad file and go on."""
        try:
            return work()
        except BadFile as error:
            self.report(Level.ERROR, self._shown(relative), error.line, error.message)
            return Outcome.FAILED
        except RecursionError:
            self.report(Level.ERROR, self._shown(relative), 1, _("is nested too deeply; take it apart"))
            return Outcome.FAILED
        except services.StaleVersion:
            self.report(Level.ERROR, self._shown(relative), 1, _("was changed in the blog just now; import it again"))
            return Outcome.FAILED

    def _count(self, outcome: Outcome) -> None:
        self.summary.counts[outcome] += 1

    def _shown(self, relative: str | Path) -> str:
        return str(self.site.folder / relative)


@contextmanager
def _as_field(name: str) -> Iterator[None]:
    """Have what is wrong with a tag or an author be wrong with the post's field."""
    try:
        yield
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from None


def _fingerprint(values: dict[str, Any], read: Fields, entry: _Entry) -> str:
    """Return 12 hexadecimal digits that change with anything that is imported of a file."""
    people = [[person.name, person.website] for person in read.authors]
    original = values["translation_of"].pk if "translation_of" in values else None
    told = values | {"slug": entry.wanted_slug} | ({"translation_of": original} if original else {})
    whole = [told, read.modified_at, read.tags, people, entry.old_paths]
    return hashlib.sha256(json.dumps(whole, default=str, sort_keys=True).encode()).hexdigest()[:12]


def _bad_values(error: ValidationError, source: Source) -> BadFile:
    """Return what the blog's own checks refused, with the line of the field they refused."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {"body": error.messages}
    name, messages = next(iter(by_field.items()))
    told = " ".join(str(message) for message in messages)
    if name == "body":
        return BadFile(source.body_line, told)
    keys = _WRITTEN_AS.get(name, (name,))
    return BadFile(source.line_of(*keys), f"`{keys[0]}`: {told}")
