"""Import a file that another program exported; each post is written through the services in its own transaction.

The file is streamed twice and never held in memory as a whole. The first pass collects the id and the slug of each
post, so that links between posts can be mapped. The second pass converts and writes. `writer` describes how later runs
treat posts that were imported before. What was imported before and has not changed in the file is not converted again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.markdown.conversion import from_html, html_embeds, web_addresses
from apps.media.models import Image
from apps.posts.models import BODY_LIMIT, Post
from blog_project import addresses

from .pictures import SUFFIXES, Pictures
from .problems import BadFile
from .report import (
    Article,
    ExportedItem,
    ExportedPost,
    Level,
    Outcome,
    Progress,
    Report,
    Subject,
    Summary,
    WriteComments,
)
from .slug_planning import Entry, plan_slugs
from .source_folders import SourceFolders
from .writer import Writer

_CONVERSION = "1"
"""The version of the conversion. Increase it when the same export gives other posts: the next import then converts
the posts again that have not changed in the file."""
_PICTURE_SUFFIXES = (*SUFFIXES, ".svg", ".bmp", ".ico", ".tif", ".tiff", ".heic")
_MAX_TITLE_LENGTH = Post._meta.get_field("title").max_length


class Reader(Protocol):
    """Reads the exports of one program. `entries` and `posts` raise BadFile."""

    def entries(self) -> Iterable[Entry]:
        """Yield an entry for each post (the first pass)."""

    def items(self) -> Iterable[ExportedItem]:
        """Yield each post, in the order of `entries` (the second pass)."""

    def soup(self, post: ExportedPost) -> BeautifulSoup:
        """Return a post's body as parsed HTML, with the program's own markup converted."""

    def site_path(self, address: str) -> str | None:
        """Return the path of an address on the old site, or the source id in its query; None for other sites."""

    def image_path(self, address: str) -> str | None:
        """Return the path of a file of the old site below its folder of images; None for any other address."""

    def old_address(self, address: str) -> str | None:
        """Return the whole address, on the old site, of a file that is not at hand; None if it is not known."""

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
        progress: Progress = lambda items, description, total=None: items,
    ) -> None:
        """`images` is a copy of the old site's folder of images. `write_comments` is None to leave comments out."""
        self.reader, self.progress = reader, progress
        self._report = report
        self._has_images = images is not None
        self._by_path: dict[str, str] = {}
        self.writer = Writer(
            overwrite=overwrite,
            dry_run=dry_run,
            report=self.report,
            owner_of=self._by_path.get,
            write_comments=write_comments,
        )
        folders = [images] if images else []
        self.sources = SourceFolders(*folders)
        self.pictures = Pictures(folders, self.sources, dry_run=dry_run)
        self._entries: dict[str, Entry] = {}
        self._place: ExportedItem | None = None
        self._pictures_left: Counter[bool] = Counter()
        """How many pictures are left at a whole address (of the old site), and how many at a path of this one."""

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
        for entry in entries:
            self._by_path.setdefault(addresses.post(entry.slug), entry.slug)
        items = () if self.summary.interrupted else self.reader.items()
        for item in self._until_stopped(items, _("Importing"), len(entries)):
            self._place = item
            self._count(item, self.writer.attempt(item.name, lambda item=item: self._import(item)))
        self._place = None
        self.sources.report_links(self.report)
        if not self.summary.interrupted:
            self._report_skipped()
        return self.summary

    def _until_stopped(self, items: Iterable, description: str, total: int | None = None) -> Iterator:
        try:
            for item in self.progress(items, description, total):
                if self.summary.interrupted:
                    break
                yield item
        except RecursionError:
            raise BadFile(0, _("The file is nested too deeply to be an export.")) from None

    def report(self, level: Level, label: str, line: int, message: str, *subject: Subject) -> None:
        """Report on the current post, named by `label`, with its file and line; or on the whole import (empty)."""
        if self._place is not None and label == self._place.name:
            self._report(level, self._place.file, self._place.line, f"{label}: {message}", *subject)
        else:
            self._report(level, label, line, message, *subject)

    def _report_skipped(self) -> None:
        for note in self.reader.skipped():
            self.report(Level.NOTE, "", 0, note)
        if count := self._pictures_left[True]:
            note = _(
                "Pictures that stay at their addresses on the old site: %s. --images FOLDER takes them from a copy of its files."
            )
            self.report(Level.NOTE, "", 0, note % count)
        if count := self._pictures_left[False]:
            note = _("Pictures that show nothing: %s. --images FOLDER takes them from a copy of the old site's files.")
            self.report(Level.NOTE, "", 0, note % count)

    def _count(self, item: ExportedItem, outcome: Outcome | None) -> None:
        if outcome is not None:
            self.summary.count(outcome)
            return
        self.summary.count(Outcome.UNCHANGED)
        for _comment in range(item.comment_count if self.writer.write_comments else 0):
            self.summary.count(Outcome.UNCHANGED, "comments")

    def _import(self, item: ExportedItem) -> Outcome | None:
        """Import a post; return None if it has not changed since it was imported."""
        entry = self._entries[item.source_id]
        state, previous = self._state(item, entry), entry.previous
        is_wanted = previous and (previous.is_trashed or (self.writer.overwrite and previous.is_edited))
        if previous and previous.source_state == state and not is_wanted:
            return None
        post = item.read()
        article = self._article(post, entry)
        try:
            return self.writer.write(article, previous, comments=post.comments, source_state=state)
        except ValidationError as error:
            by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            message = "; ".join(
                f"{name}: {' '.join(messages)}" if name else " ".join(messages) for name, messages in by_field.items()
            )
            raise BadFile(0, message) from None

    def _state(self, item: ExportedItem, entry: Entry) -> str:
        """Return a digest of all that the post is made of: its part of the file, and what its addresses lead to."""
        found = [self._found_at(address) for address in item.addresses]
        whole = (_CONVERSION, item.raw, entry.slug, entry.wanted_slug, entry.old_paths, found)
        return sha256(repr(whole).encode("utf-8", "surrogatepass")).hexdigest()

    def _found_at(self, address: str) -> str | None:
        if path := self._image_file(address):
            stat = path.stat()
            return f"{path} {stat.st_size} {stat.st_mtime_ns}"
        return self._slug_at(address)

    def _article(self, post: ExportedPost, entry: Entry) -> Article:
        name = self._place.name if self._place else ""
        article = Article(post.source_id, post.origin, name, entry.wanted_slug, {}, post.tags, post.authors)
        article.old_paths, article.feed_id = entry.old_paths, post.feed_id
        article.created_at, article.modified_at = post.created_at, post.modified_at
        self._take_warnings(post, article)
        cover = self._image(post.cover[0], article, post.cover[1]) if post.cover[0] else None
        body = self._body(post, article)
        if post.cover[0] and (cover is None or post.cover_caption):
            body = f"{self._cover_in_text(post, article, is_stored=cover is not None)}\n\n{body}".strip("\n")
        article.values = post.values | {
            "title": self._title(post, entry, article),
            "body": body,
            "slug": entry.slug,
            "cover_image": cover,
        }
        return article

    def _take_warnings(self, post: ExportedPost, article: Article) -> None:
        for one in post.warnings:
            article.warn(0, one.message, one.subject)

    def _cover_in_text(self, post: ExportedPost, article: Article, *, is_stored: bool) -> str:
        """Return the cover for the top of the text, or only its caption if the picture is the post's cover here."""
        soup = BeautifulSoup("", "html.parser")
        if is_stored:
            soup.append(soup.new_tag("p"))
            soup.p.append(from_html.parse_html(post.cover_caption))
        else:
            soup.append(soup.new_tag("figure"))
            soup.figure.append(soup.new_tag("img", src=post.cover[0], alt=post.cover[1]))
            soup.figure.append(soup.new_tag("figcaption"))
            soup.figcaption.append(from_html.parse_html(post.cover_caption))
        return from_html.to_markdown(soup, lambda address: self._new_address(address, article))

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
        html_embeds.replace(soup, partial(post.warn, subject=Subject.CONTENT))
        self._take_warnings(post, article)
        return from_html.to_markdown(soup, lambda address: self._new_address(address, article))

    def _new_address(self, address: str, article: Article) -> str | None:
        """Return the new address for an address of the old site, or None to leave it. Tells where it leads to nothing."""
        if image := self._image(address, article):
            return image.address
        if slug := self._slug_at(address):
            fragment = web_addresses.split(address).fragment
            return addresses.post(slug) + (f"#{fragment}" if fragment else "")
        if self.reader.site_path(address) is None and self.reader.image_path(address) is None:
            return None
        old = self.reader.old_address(address)
        if address.startswith("#") or web_addresses.split(old or address).path in ("", "/"):
            return old
        left, is_picture = old or address, web_addresses.split(address).path.lower().endswith(_PICTURE_SUFFIXES)
        if is_picture and (0, left) not in article.warnings:
            self._pictures_left[bool(web_addresses.split(left).netloc)] += 1
        article.warn(0, left, Subject.PICTURE if is_picture else Subject.LINK)
        return old

    def _slug_at(self, address: str) -> str | None:
        """Return the slug of the post that an address of the old site leads to."""
        path = self.reader.site_path(address)
        if path is None:
            return None
        return next((self._by_path[one] for one in (path, f"{path}/", path.rstrip("/")) if one in self._by_path), None)

    def _image_file(self, address: str) -> Path | None:
        """Return the file of a picture of the old site; its original rather than a smaller copy."""
        if not self._has_images or (name := self.reader.image_path(address)) is None:
            return None
        # The blog makes renditions itself.
        names = dict.fromkeys([re.sub(r"-\d+x\d+(?=\.\w+$)", "", name), name])
        return next((path for one in names if (path := self.pictures.find(one))), None)

    def _image(self, address: str, article: Article, alt: str = "") -> Image | None:
        if path := self._image_file(address):
            return self.pictures.store(path, article.warn, **({"alt": alt[:500]} if alt else {}))
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
