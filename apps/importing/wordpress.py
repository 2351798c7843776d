"""WordPress's exports (WXR 1.0 to 1.2), read item by item.

No export declares entities or a document type, so a file that does is refused before anything in it is believed.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

from bs4 import BeautifulSoup
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.validators import YEARS
from apps.posts import slugs
from apps.posts.models import Post
from blog_project import addresses

from . import from_html, wordpress_text
from .exports import path_in
from .fields import moment, shortened
from .plain_text import to_plain_markdown
from .problems import BadFile
from .report import AuthorData, CommentData, Draft, TagData
from .slug_planning import Entry

KINDS = {"post": Post.Kind.POST, "page": Post.Kind.PAGE}
_PUBLIC = ("publish", "future")
_TAKEN = frozenset([*_PUBLIC, "draft", "pending", "private", "trash"])
_COMMENTS = {"1": "approved", "0": "pending", "spam": "spam", "trash": "trash", "post-trashed": "trash"}
_LINKS = ("pingback", "trackback")
_TAXONOMIES = ("category", "post_tag", "tag")
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\r")


@dataclass(slots=True)
class Attachment:
    """A file that was uploaded to WordPress."""

    address: str
    title: str
    caption: str
    alt: str
    post: str
    """The id of the post it was uploaded for."""


class WordPress:
    """Reads one export."""

    def __init__(self, path: Path, *, source: str = "") -> None:
        """`source` names the old site, so that a later run knows the posts again; its address unless given."""
        self.path, self._source = path, source
        self.address = ""
        self.authors: dict[str, str] = {}
        self.descriptions: dict[str, str] = {}
        self.attachments: dict[str, Attachment] = {}
        self._skipped: Counter[str] = Counter()

    # The two readings

    def listed(self) -> Iterator[Entry]:
        """Yield what the first reading keeps of each post, having learned of authors, tags and files."""
        self._skipped.clear()
        for item in self._items():
            if item.kind == "attachment":
                self._keep(item)
            elif (reason := self._why_not(item)) is not None:
                self._skipped[reason] += 1
            else:
                yield Entry(source_id=self._source_id(item.id), wanted_slug=item.slug, old_paths=self._old_paths(item))

    def drafts(self) -> Iterator[Draft]:
        """Yield each post."""
        for item in self._items():
            if item.kind in KINDS and self._why_not(item) is None:
                yield self._draft(item)

    def left_out(self) -> Iterator[str]:
        """Yield what of the file is no post."""
        for reason, count in sorted(self._skipped.items()):
            yield _("%(count)s × %(reason)s; left out") % {"count": count, "reason": reason}

    def soup(self, draft: Draft) -> BeautifulSoup:
        """Return a post's text as HTML: shortcodes and WordPress's own paragraphs made plain."""
        return wordpress_text.soup(draft, self.attachments)

    def path_of(self, address: str) -> str | None:
        """Return the path that an address had on the old site; of `?p=12`, what is known as that."""
        path = path_in(address, self._hosts)
        if path is None:
            return None
        query = parse_qs(urlsplit(address).query)
        number = next((query[key][0] for key in ("p", "page_id") if key in query), "")
        return self._source_id(number) if number else path

    def file_of(self, address: str) -> str | None:
        """Return where a file of the old site is below `wp-content/uploads`."""
        path = path_in(address, self._hosts | self._file_hosts)
        return path and (path.rpartition("/wp-content/uploads")[2] if "/wp-content/uploads/" in path else path)

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return frozenset([urlsplit(self.address).netloc.lower()])

    @cached_property
    def _file_hosts(self) -> frozenset[str]:
        return frozenset(urlsplit(file.address).netloc.lower() for file in self.attachments.values())

    # XML

    def _items(self) -> Iterator[_Item]:
        try:
            with self.path.open("rb") as file:
                yield from self._parsed(_Cleaned(file))
        except DefusedXmlException:
            raise BadFile(
                0,
                _(
                    "The file declares a document type or entities. No export of WordPress does, and it could be an attack; refused."
                ),
            ) from None
        except ParseError as error:
            line = error.position[0]
            told = _("The file is no whole XML from here on (%s). Was it cut off? Export it again.")
            raise BadFile(line, told % str(error).partition(":")[0]) from None
        except (LookupError, ValueError) as error:
            raise BadFile(0, _("The file cannot be read as XML: %s.") % error) from None
        except OSError as error:
            raise BadFile(0, _("The file cannot be read (%s). Check its permissions.") % error.strerror) from None

    def _parsed(self, file: _Cleaned) -> Iterator[_Item]:
        channel, depth, is_export = None, 0, False
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if event == "start":
                if depth == 1 and element.tag != "rss":
                    raise BadFile(
                        0, _("This is no export of WordPress: it begins with <%s>, not with <rss>.") % element.tag
                    )
                channel = element if depth == 2 else channel
                continue
            if depth != 2:
                continue
            name = _name(element.tag)
            is_export = is_export or name == "wp:wxr_version"
            if name == "item":
                if not is_export:
                    raise BadFile(0, _("This is a feed, and no export of WordPress: it names no wxr_version."))
                yield _Item(element)
            else:
                self._learn(name, element)
            channel.clear()
        if not is_export:
            raise BadFile(0, _("This is no export of WordPress: it names no wxr_version."))

    def _learn(self, name: str, element: Element) -> None:
        """Keep what the head of the file says of the site, its authors, categories and tags."""
        if name in ("link", "wp:base_blog_url"):
            self.address = (element.text or "").strip() or self.address
        elif name == "wp:author":
            values = _values(element)
            self.authors[values.get("wp:author_login", "")] = values.get("wp:author_display_name", "")
        elif name in ("wp:category", "wp:tag", "wp:term"):
            values = _values(element)
            slug = next(
                (values[key] for key in ("wp:category_nicename", "wp:tag_slug", "wp:term_slug") if key in values), ""
            )
            told = next((value for key, value in values.items() if key.endswith("_description")), "")
            if told:
                self.descriptions[slug] = from_html.to_text(told)

    def _keep(self, item: _Item) -> None:
        address = item.values.get("wp:attachment_url", "")
        caption = from_html.to_text(item.values.get("excerpt:encoded", ""))
        alt = item.meta.get("_wp_attachment_image_alt", "")
        self.attachments[item.id] = Attachment(address, item.title, caption, alt, item.values.get("wp:post_parent", ""))

    # What an item means here

    def _why_not(self, item: _Item) -> str | None:
        """Return why an item is not taken, None for one that is."""
        if item.kind not in KINDS:
            return item.kind or _("item without a type")
        if item.status not in _TAKEN:
            return _("%(kind)s with the status “%(status)s”") % {"kind": item.kind, "status": item.status}
        return None

    def _source_id(self, number: str) -> str:
        parts = urlsplit(self.address)
        name = self._source or f"{parts.netloc}{parts.path.rstrip('/')}"
        return f"wordpress:{name[:150]}/{number}"[:190]

    def _old_paths(self, item: _Item) -> list[str]:
        parts = urlsplit(item.values.get("link", ""))
        is_path = item.status in _PUBLIC and not parts.query and parts.path not in ("", "/")
        return [addresses.one_slash(unquote(parts.path))] if is_path else []

    def _draft(self, item: _Item) -> Draft:
        values, meta = item.values, item.meta
        status, warnings = self._status(item)
        published = _date(values, "wp:post_date")
        draft = Draft(
            source_id=self._source_id(item.id),
            shown=f"{self.path.name}, {item.kind} {item.id}",
            where=_("%(file)s: %(kind)s %(id)s “%(title)s”")
            % {"file": self.path, "kind": item.kind, "id": item.id, "title": from_html.to_text(item.title)},
            name=item.id,
            title=item.title,
            html=values.get("content:encoded", ""),
            values={
                "kind": KINDS[item.kind],
                "status": status,
                "published_at": published,
                "summary": shortened(from_html.to_text(values.get("excerpt:encoded", ""))),
                "comments_allowed": values.get("wp:comment_status", "open") == "open",
                "trashed_at": _trashed_at(item, published) if item.status == "trash" else None,
                "address_was_public": item.status == "trash" and status == Post.Status.PUBLISHED,
            },
            topics=self._topics(item),
            people=self._people(item),
            created_at=published or _date(values, "wp:post_date", gmt=False) or _date(values, "pubDate", gmt=False),
            modified_at=_date(values, "wp:post_modified"),
            warnings=warnings,
            remarks=[remark for one in item.comments if (remark := self._remark(one))],
        )
        thumbnail = self.attachments.get(meta.get("_thumbnail_id", ""))
        if thumbnail:
            draft.cover = (thumbnail.address, thumbnail.alt)
        if item.kind == "page" and draft.remarks:
            told = _("pages show no comments here; those that it has (%s) are kept, and can be read in the admin")
            draft.warnings.append(told % len(draft.remarks))
        return draft

    def _status(self, item: _Item) -> tuple[str, list[str]]:
        status = item.meta.get("_wp_trash_meta_status", "draft") if item.status == "trash" else item.status
        if item.values.get("wp:post_password"):
            return Post.Status.DRAFT, [_("was protected by a password, which posts here cannot be; taken as a draft")]
        if status == "private":
            return Post.Status.DRAFT, [_("was private; taken as a draft")]
        if status not in _PUBLIC:
            return Post.Status.DRAFT, []
        if _date(item.values, "wp:post_date") is None:
            return Post.Status.DRAFT, [_("is published but has no date that can be read; taken as a draft")]
        return Post.Status.PUBLISHED, []

    def _people(self, item: _Item) -> list[AuthorData]:
        login = item.values.get("dc:creator", "")
        name = " ".join(html.unescape(self.authors.get(login) or login).split())
        return [AuthorData(name[:150])] if name else []

    def _topics(self, item: _Item) -> list[TagData]:
        found: dict[str, TagData] = {}
        for domain, nicename, text in item.terms:
            name = " ".join(html.unescape(text).split())[:100].strip()
            if name and domain in _TAXONOMIES and nicename != "uncategorized":
                slug = slugs.slug_from(unquote(nicename), fallback="", max_length=120)
                told = self.descriptions.get(nicename, "")[:1000]
                found.setdefault(name.casefold(), TagData(name, slug, told))
        return list(found.values())

    def _remark(self, values: dict[str, str]) -> CommentData | None:
        made = _date(values, "wp:comment_date")
        if made is None or not values.get("wp:comment_id"):
            return None
        content = values.get("wp:comment_content", "")
        try:
            body = to_plain_markdown(wordpress_text.paragraphs(from_html.soup_of(content)))
        except (BadFile, RecursionError):
            body = from_html.to_text(content)
        website = values.get("wp:comment_author_url", "")
        if values.get("wp:comment_type") in _LINKS and website and website not in body:
            body = f"{body}\n\n<{website}>".strip()
        parent = values.get("wp:comment_parent", "0")
        return CommentData(
            source_id=self._source_id(f"comment/{values['wp:comment_id']}"),
            parent=self._source_id(f"comment/{parent}") if parent not in ("", "0") else "",
            name=html.unescape(values.get("wp:comment_author", "")),
            body=body,
            status=_COMMENTS.get(values.get("wp:comment_approved", ""), "pending"),
            created_at=made,
            email=values.get("wp:comment_author_email", ""),
            website=website,
        )


class _Item:
    """One `<item>`, by the names that its parts have in the file."""

    def __init__(self, element: Element) -> None:
        self.values = _values(element)
        self.terms: list[tuple[str, str, str]] = []
        self.meta: dict[str, str] = {}
        self.comments: list[dict[str, str]] = []
        for child in element:
            name = _name(child.tag)
            if name == "category":
                self.terms.append((child.get("domain", ""), child.get("nicename", ""), child.text or ""))
            elif name == "wp:postmeta":
                values = _values(child)
                self.meta.setdefault(values.get("wp:meta_key", ""), values.get("wp:meta_value", ""))
            elif name == "wp:comment":
                self.comments.append(_values(child))
        self.id, self.kind = self.values.get("wp:post_id", ""), self.values.get("wp:post_type", "")
        self.status, self.title = self.values.get("wp:status", ""), self.values.get("title", "")

    @property
    def slug(self) -> str:
        """What it should be called in its address."""
        name = unquote(self.meta.get("_wp_desired_post_slug") or self.values.get("wp:post_name", ""))
        name = name.removesuffix("__trashed") or from_html.to_text(self.title) or f"{self.kind} {self.id}"
        return slugs.slug_from(name, fallback=self.kind, max_length=200)


class _Cleaned:
    """A file without the control characters that XML forbids, and that WordPress exports all the same."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        # In UTF-16 half of all bytes look like some.
        self._is_utf16 = file.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff")

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none only at the end."""
        while chunk := self._file.read(size):
            if kept := chunk if self._is_utf16 else chunk.translate(None, _CONTROL):
                return kept
        return b""


_SPACES = {
    re.compile(r".*/export/[\d.]+/excerpt/"): "excerpt:",
    re.compile(r".*/export/[\d.]+/"): "wp:",
    re.compile(r".*/rss/1\.0/modules/content/"): "content:",
    re.compile(r".*/dc/elements/1\.1/"): "dc:",
}


def _name(tag: str) -> str:
    """Return an element's name with the prefix that it usually has, whichever version of the format it is of."""
    space, _brace, local = tag.rpartition("}")
    if not space:
        return local
    return next((prefix + local for pattern, prefix in _SPACES.items() if pattern.fullmatch(space[1:])), tag)


def _values(element: Element) -> dict[str, str]:
    """Return the texts of an element's children, the first of each name."""
    values: dict[str, str] = {}
    for child in element:
        values.setdefault(_name(child.tag), child.text or "")
    return values


def _date(values: dict[str, str], name: str, *, gmt: bool = True) -> datetime | None:
    """Return a date: as it is given in UTC, else in the blog's own time zone."""
    found = moment(values.get(f"{name}_gmt", ""), UTC) if gmt else None
    given = values.get(name, "")
    # A draft has a date, but none in UTC: it is the date of its last change, not of a publication.
    if found is None and (not gmt or values.get("wp:status") in (*_PUBLIC, "private", None)):
        found = moment(given, timezone.get_default_timezone())
    return found.astimezone(UTC) if found and found.year in YEARS else None


def _trashed_at(item: _Item, fallback: datetime | None) -> datetime:
    try:
        return datetime.fromtimestamp(int(item.meta.get("_wp_trash_meta_time", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return _date(item.values, "wp:post_modified") or fallback or timezone.now()
