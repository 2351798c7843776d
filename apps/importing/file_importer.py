"""Import a file that another program exported; each post is written through the services in its own transaction.

The file is streamed twice and never held in memory as a whole. The first pass collects the id and the slug of each
post, so that links between posts can be mapped. The second pass converts and writes. `writer` describes how later runs
treat posts that were imported before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.media.models import Image
from apps.posts.models import BODY_LIMIT, Post
from blog_project import addresses

from . import from_html
from .pictures import Pictures
from .problems import BadFile
from .report import Article, ExportedPost, Level, Outcome, Progress, Report, Summary, WriteComments
from .slug_planning import Entry, plan_slugs
from .writer import Writer

_MAX_TITLE_LENGTH = Post._meta.get_field("title").max_length


class Reader(Protocol):
    """Reads the exports of one program. `entries` and `posts` raise BadFile."""

    def entries(self) -> Iterable[Entry]:
        """Yield an entry for each post (the first pass)."""

    def posts(self) -> Iterable[ExportedPost]:
        """Yield each post, in the order of `entries` (the second pass)."""

    def soup(self, post: ExportedPost) -> BeautifulSoup:
        """Return a post's body as parsed HTML, with the program's own markup converted."""

    def site_path(self, address: str) -> str | None:
        """Return the path of an address on the old site, or the source id in its query; None for other sites."""

    def image_path(self, address: str) -> str | None:
        """Return the path of an image of the old site below its folder of images; None for any other address."""

    def skipped(self) -> Iterable[str]:
        """Yield a sentence for each kind of content that was not imported."""


class FileImporter:
    """Imports one file."""

    def __init__(
        self,
        reader: Reader,
        *,
        images: Path | None = None,
        overwrite: bool = False,
        dry_run: bool = False,
        write_comments: WriteComments | None = None,
        report: Report = lambda *problem: None,
        progress: Progress = lambda items, description: items,
    ) -> None:
        """`images` is a copy of the old site's folder of images. `write_comments` is None to leave comments out."""
        self.reader, self.write_comments, self.report, self.progress = reader, write_comments, report, progress
        self._by_path: dict[str, str] = {}
        self.writer = Writer(overwrite=overwrite, dry_run=dry_run, report=report, owner_of=self._by_path.get)
        self.pictures = Pictures([images] if images else [], dry_run=dry_run)
        self._entries: dict[str, Entry] = {}
        self._missing_images: set[str] = set()

    @property
    def summary(self) -> Summary:
        """The counts so far."""
        return self.writer.summary

    def stop(self) -> None:
        """Stop after the current post."""
        self.summary.interrupted = True

    def run(self) -> Summary:
        """Import the file. After a stop, imported posts stay and the next run continues. Raises BadFile."""
        entries = list(self._until_stopped(self.reader.entries(), _("Reading")))
        if not self.summary.interrupted:
            plan_slugs(entries, overwrite=self.writer.overwrite)
        for entry in entries:
            self._entries[entry.source_id] = entry
            for path in [*entry.old_paths, entry.source_id]:
                self._by_path.setdefault(path, entry.slug)
        posts = () if self.summary.interrupted else self.reader.posts()
        for post in self._until_stopped(posts, _("Importing")):
            self.summary.count(self.writer.attempt(post.label, lambda post=post: self._import(post)))
        if not self.summary.interrupted:
            self._report_skipped()
        return self.summary

    def _until_stopped(self, items: Iterable, description: str) -> Iterator:
        try:
            for item in self.progress(items, description):
                if self.summary.interrupted:
                    break
                yield item
        except RecursionError:
            raise BadFile(0, _("The file is nested too deeply to be an export.")) from None

    def _report_skipped(self) -> None:
        notes = list(self.reader.skipped())
        if self._missing_images:
            notes.append(
                _(
                    "Pictures that stay at their addresses on the old site: %s. --images FOLDER takes them from a copy of its files."
                )
                % len(self._missing_images)
            )
        for note in notes:
            self.report(Level.NOTE, "", 0, note)

    def _import(self, post: ExportedPost) -> Outcome:
        entry = self._entries[post.source_id]
        article = self._article(post, entry)
        outcomes: list[Outcome] = []

        def import_comments(pk: int) -> None:
            outcomes.extend(self.write_comments(pk, post.comments) if self.write_comments and post.comments else ())

        try:
            outcome = self.writer.write(article, entry.previous, after_write=import_comments)
        except ValidationError as error:
            by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            message = "; ".join(
                f"{name}: {' '.join(messages)}" if name else " ".join(messages) for name, messages in by_field.items()
            )
            raise BadFile(0, message) from None
        for one in outcomes:
            self.summary.count(one, "comments")
        return outcome

    def _article(self, post: ExportedPost, entry: Entry) -> Article:
        article = Article(post.source_id, post.origin, post.label, entry.wanted_slug, {}, post.tags, post.authors)
        article.old_paths = entry.old_paths
        article.created_at, article.modified_at = post.created_at, post.modified_at
        article.warnings = {(0, message): None for message in post.warnings}
        cover = self._image(post.cover[0], article, post.cover[1]) if post.cover[0] else None
        body = self._body(post, article)
        if post.cover[0] and cover is None:
            picture = BeautifulSoup("", "html.parser").new_tag("img", src=post.cover[0], alt=post.cover[1])
            soup = from_html.parse_html(str(picture))
            body = f"{from_html.to_markdown(soup, lambda address: self._new_address(address, article))}\n\n{body}"
        article.values = post.values | {
            "title": self._title(post, entry, article),
            "body": body,
            "slug": entry.slug,
            "cover_image": cover,
        }
        return article

    def _title(self, post: ExportedPost, entry: Entry, article: Article) -> str:
        title = from_html.to_text(post.title) or re.sub(r"[-_]+", " ", entry.wanted_slug).capitalize()
        if len(title) <= _MAX_TITLE_LENGTH:
            return title
        article.warn(0, _("the title is longer than %s characters; cut off") % _MAX_TITLE_LENGTH)
        return title[: _MAX_TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"

    def _body(self, post: ExportedPost, article: Article) -> str:
        if post.markdown is not None:
            return post.markdown.strip("\n")
        if len(post.html) > 2 * BODY_LIMIT:
            # Refuse the text before converting it: the services would refuse the result.
            raise BadFile(0, _("The text is longer than a post can be (1 MB). Split it into several posts."))
        soup = self.reader.soup(post)
        article.warnings |= {(0, message): None for message in post.warnings}
        return from_html.to_markdown(soup, lambda address: self._new_address(address, article))

    def _new_address(self, address: str, article: Article) -> str | None:
        """Return the new address for an address of the old site, or None to leave it."""
        if image := self._image(address, article):
            return image.address
        if (path := self.reader.site_path(address)) is None:
            return None
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        slug = next((self._by_path[one] for one in (path, f"{path}/", path.rstrip("/")) if one in self._by_path), None)
        return addresses.post(slug) + (f"#{parts.fragment}" if parts.fragment else "") if slug else None

    def _image(self, address: str, article: Article, alt: str = "") -> Image | None:
        if (name := self.reader.image_path(address)) is None:
            return None
        # Prefer the original to a resized copy: the blog makes renditions itself.
        for one in dict.fromkeys([re.sub(r"-\d+x\d+(?=\.\w+$)", "", name), name]):
            if path := self.pictures.find(one):
                return self.pictures.store(path, article.warn, **({"alt": alt[:500]} if alt else {}))
        self._missing_images.add(name)
        return None


def path_on_hosts(address: str, hosts: frozenset[str]) -> str | None:
    """Return the path (unquoted) of an address on one of `hosts` or without a host; None for any other address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("", "http", "https") or (parts.netloc and parts.netloc.lower() not in hosts):
        return None
    path = unquote(parts.path)
    return path if path.startswith("/") or parts.netloc else None
