"""Import what another program exported into one file, written through the services, one transaction for each post.

The file is read twice, and never as a whole. The first time tells which post each is and where it will be, so that links
between them can be mapped; only that is kept. The second time converts and writes. What a later run does with a
post that is here already, `writing` says.
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
from .report import Article, Draft, Level, Outcome, Progress, Remarks, Report, Summary
from .slug_planning import Entry, place
from .writer import Writer

_TITLE = Post._meta.get_field("title").max_length


class Reader(Protocol):
    """Reads one program's exports. Both readings raise BadFile."""

    def listed(self) -> Iterable[Entry]:
        """Yield what the first reading keeps of each post."""

    def drafts(self) -> Iterable[Draft]:
        """Yield each post, in the same order."""

    def soup(self, draft: Draft) -> BeautifulSoup:
        """Return a post's text as HTML, with what was this program's own made plain."""

    def path_of(self, address: str) -> str | None:
        """Return the path that an address had on the old site (with the query where that tells); None for others."""

    def file_of(self, address: str) -> str | None:
        """Return where an address of the old site's pictures is below the folder of these; None for others."""

    def left_out(self) -> Iterable[str]:
        """Yield sentences: what of the file is no post, and was not taken."""


class ExportImporter:
    """One import of one file."""

    def __init__(
        self,
        reader: Reader,
        *,
        images: Path | None = None,
        overwrite: bool = False,
        dry_run: bool = False,
        remarks: Remarks | None = None,
        report: Report = lambda *problem: None,
        progress: Progress = lambda items, doing: items,
    ) -> None:
        """`images` is a copy of the folder of the old site's pictures; `remarks` writes comments."""
        self.reader, self.remarks, self.report, self.progress = reader, remarks, report, progress
        self._by_path: dict[str, str] = {}
        self.writer = Writer(overwrite=overwrite, dry_run=dry_run, report=report, owner_of=self._by_path.get)
        self.pictures = Pictures([images] if images else [], dry_run=dry_run)
        self._entries: dict[str, Entry] = {}
        self._elsewhere: set[str] = set()

    @property
    def summary(self) -> Summary:
        """How many posts came to what so far."""
        return self.writer.summary

    def stop(self) -> None:
        """Stop after the post that is being worked on."""
        self.summary.interrupted = True

    def run(self) -> Summary:
        """Import the file. What is imported stays when it is stopped; the next run goes on. Raises BadFile."""
        entries = list(self._until_stopped(self.reader.listed(), _("Reading")))
        if not self.summary.interrupted:
            place(entries, overwrite=self.writer.overwrite)
        for entry in entries:
            self._entries[entry.source_id] = entry
            for path in [*entry.old_paths, entry.source_id]:
                self._by_path.setdefault(path, entry.slug)
        drafts = () if self.summary.interrupted else self.reader.drafts()
        for draft in self._until_stopped(drafts, _("Importing")):
            self.summary.count(self.writer.guarded(draft.where, lambda draft=draft: self._import(draft)))
        if not self.summary.interrupted:
            self._tell_the_rest()
        return self.summary

    def _until_stopped(self, items: Iterable, doing: str) -> Iterator:
        try:
            for item in self.progress(items, doing):
                if self.summary.interrupted:
                    break
                yield item
        except RecursionError:
            raise BadFile(0, _("The file is nested too deeply to be an export.")) from None

    def _tell_the_rest(self) -> None:
        told = list(self.reader.left_out())
        if self._elsewhere:
            told.append(
                _(
                    "Pictures that stay at their addresses on the old site: %s. --images FOLDER takes them from a copy of its files."
                )
                % len(self._elsewhere)
            )
        for sentence in told:
            self.report(Level.NOTE, "", 0, sentence)

    def _import(self, draft: Draft) -> Outcome:
        entry = self._entries[draft.source_id]
        article = self._article(draft, entry)
        taken: list[Outcome] = []

        def then(pk: int) -> None:
            taken.extend(self.remarks(pk, draft.remarks) if self.remarks and draft.remarks else ())

        try:
            outcome = self.writer.put(article, entry.known, then=then)
        except ValidationError as error:
            by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            told = "; ".join(
                f"{name}: {' '.join(messages)}" if name else " ".join(messages) for name, messages in by_field.items()
            )
            raise BadFile(0, told) from None
        for one in taken:
            self.summary.count(one, "comments")
        return outcome

    def _article(self, draft: Draft, entry: Entry) -> Article:
        article = Article(draft.source_id, draft.shown, draft.where, entry.wanted_slug, {}, draft.topics, draft.people)
        article.old_paths = entry.old_paths
        article.created_at, article.modified_at = draft.created_at, draft.modified_at
        article.warnings = {(0, told): None for told in draft.warnings}
        cover = self._picture(draft.cover[0], article, draft.cover[1]) if draft.cover[0] else None
        body = self._body(draft, article)
        if draft.cover[0] and cover is None:
            picture = BeautifulSoup("", "html.parser").new_tag("img", src=draft.cover[0], alt=draft.cover[1])
            soup = from_html.soup_of(str(picture))
            body = f"{from_html.to_markdown(soup, lambda address: self._resolved(address, article))}\n\n{body}"
        article.values = draft.values | {
            "title": self._title(draft, entry, article),
            "body": body,
            "slug": entry.slug,
            "cover_image": cover,
        }
        return article

    def _title(self, draft: Draft, entry: Entry, article: Article) -> str:
        title = from_html.to_text(draft.title) or re.sub(r"[-_]+", " ", entry.wanted_slug).capitalize()
        if len(title) <= _TITLE:
            return title
        article.warn(0, _("the title is longer than %s characters; cut off") % _TITLE)
        return title[: _TITLE - 1].rsplit(" ", 1)[0] + "…"

    def _body(self, draft: Draft, article: Article) -> str:
        if draft.markdown is not None:
            return draft.markdown.strip("\n")
        if len(draft.html) > 2 * BODY_LIMIT:
            # Before any work on what the blog would refuse anyway.
            raise BadFile(0, _("The text is longer than a post can be (1 MB). Split it into several posts."))
        soup = self.reader.soup(draft)
        article.warnings |= {(0, told): None for told in draft.warnings}
        return from_html.to_markdown(soup, lambda address: self._resolved(address, article))

    def _resolved(self, address: str, article: Article) -> str | None:
        """Return what an address of the old site is now."""
        if image := self._picture(address, article):
            return image.address
        if (path := self.reader.path_of(address)) is None:
            return None
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        slug = next((self._by_path[one] for one in (path, f"{path}/", path.rstrip("/")) if one in self._by_path), None)
        return addresses.post(slug) + (f"#{parts.fragment}" if parts.fragment else "") if slug else None

    def _picture(self, address: str, article: Article, alt: str = "") -> Image | None:
        if (name := self.reader.file_of(address)) is None:
            return None
        # Of a picture that was made smaller, the whole one is kept: the blog makes sizes itself.
        for one in dict.fromkeys([re.sub(r"-\d+x\d+(?=\.\w+$)", "", name), name]):
            if path := self.pictures.find(one):
                return self.pictures.take(path, article.warn, **({"alt": alt[:500]} if alt else {}))
        self._elsewhere.add(name)
        return None


def path_in(address: str, hosts: frozenset[str]) -> str | None:
    """Return the path (unquoted) of an address on one of these hosts, or of one without a host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("", "http", "https") or (parts.netloc and parts.netloc.lower() not in hosts):
        return None
    path = unquote(parts.path)
    return path if path.startswith("/") or parts.netloc else None
