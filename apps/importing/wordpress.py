"""Read WordPress's exports (WXR 1.0 to 1.2), item by item.

Files that declare entities or a document type are refused: no export does, and entities can be an attack.
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
from .fields import parse_datetime, shorten_summary
from .file_importer import path_on_hosts
from .plain_text import to_plain_markdown
from .problems import BadFile
from .report import AuthorData, CommentData, ExportedPost, TagData
from .slug_planning import Entry

KINDS = {"post": Post.Kind.POST, "page": Post.Kind.PAGE}
_PUBLIC_STATUSES = ("publish", "future")
_IMPORTED_STATUSES = frozenset([*_PUBLIC_STATUSES, "draft", "pending", "private", "trash"])
_COMMENT_STATUSES = {"1": "approved", "0": "pending", "spam": "spam", "trash": "trash", "post-trashed": "trash"}
_LINK_TYPES = ("pingback", "trackback")
_TAXONOMIES = ("category", "post_tag", "tag")
_CONTROL_CHARACTERS = bytes(code for code in range(32) if code not in b"\t\n\r")


@dataclass(slots=True)
class Attachment:
    """A file that was uploaded to WordPress."""

    address: str
    title: str
    caption: str
    alt: str
    post_id: str
    """The id of the post that the file was uploaded to."""


class WordPress:
    """Reads one export."""

    def __init__(self, path: Path, *, source: str = "") -> None:
        """`source` is the old site's name in the source ids, by default its address."""
        self.path, self._source = path, source
        self.address = ""
        self.display_names: dict[str, str] = {}
        self.descriptions: dict[str, str] = {}
        self.attachments: dict[str, Attachment] = {}
        self._skipped: Counter[str] = Counter()

    # The two passes

    def entries(self) -> Iterator[Entry]:
        """Yield an entry for each post; collect the authors, tags and attachments meanwhile."""
        self._skipped.clear()
        for item in self._items():
            if item.kind == "attachment":
                self._add_attachment(item)
            elif (reason := self._skip_reason(item)) is not None:
                self._skipped[reason] += 1
            else:
                yield Entry(source_id=self._source_id(item.id), wanted_slug=item.slug, old_paths=self._old_paths(item))

    def posts(self) -> Iterator[ExportedPost]:
        """Yield each post."""
        for item in self._items():
            if item.kind in KINDS and self._skip_reason(item) is None:
                yield self._post(item)

    def skipped(self) -> Iterator[str]:
        """Yield how many items were left out, by reason."""
        for reason, count in sorted(self._skipped.items()):
            yield _("%(count)s × %(reason)s; left out") % {"count": count, "reason": reason}

    def soup(self, post: ExportedPost) -> BeautifulSoup:
        """Return a post's body as parsed HTML, with shortcodes and WordPress's implicit paragraphs converted."""
        return wordpress_text.soup(post, self.attachments)

    def site_path(self, address: str) -> str | None:
        """Return the path of an address on the old site, or the source id for `?p=12`; None for other sites."""
        path = path_on_hosts(address, self._hosts)
        if path is None:
            return None
        query = parse_qs(urlsplit(address).query)
        number = next((query[key][0] for key in ("p", "page_id") if key in query), "")
        return self._source_id(number) if number else path

    def image_path(self, address: str) -> str | None:
        """Return the path of an uploaded file below `wp-content/uploads`; None for an address on another site."""
        path = path_on_hosts(address, self._hosts | self._file_hosts)
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
                yield from self._parse(_CleanedFile(file))
        except DefusedXmlException:
            raise BadFile(
                0,
                _(
                    "The file declares a document type or entities. No export of WordPress does, and it could be an attack; refused."
                ),
            ) from None
        except ParseError as error:
            line = error.position[0]
            message = _("The file is no whole XML from here on (%s). Was it cut off? Export it again.")
            raise BadFile(line, message % str(error).partition(":")[0]) from None
        except (LookupError, ValueError) as error:
            raise BadFile(0, _("The file cannot be read as XML: %s.") % error) from None
        except OSError as error:
            raise BadFile(0, _("The file cannot be read (%s). Check its permissions.") % error.strerror) from None

    def _parse(self, file: _CleanedFile) -> Iterator[_Item]:
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
            name = _prefixed_name(element.tag)
            is_export = is_export or name == "wp:wxr_version"
            if name == "item":
                if not is_export:
                    raise BadFile(0, _("This is a feed, and no export of WordPress: it names no wxr_version."))
                yield _Item(element)
            else:
                self._read_header(name, element)
            channel.clear()
        if not is_export:
            raise BadFile(0, _("This is no export of WordPress: it names no wxr_version."))

    def _read_header(self, name: str, element: Element) -> None:
        """Collect the site's address, authors and descriptions of terms from an element of the channel."""
        if name in ("link", "wp:base_blog_url"):
            self.address = (element.text or "").strip() or self.address
        elif name == "wp:author":
            values = _child_texts(element)
            self.display_names[values.get("wp:author_login", "")] = values.get("wp:author_display_name", "")
        elif name in ("wp:category", "wp:tag", "wp:term"):
            values = _child_texts(element)
            slug = next(
                (values[key] for key in ("wp:category_nicename", "wp:tag_slug", "wp:term_slug") if key in values), ""
            )
            description = next((value for key, value in values.items() if key.endswith("_description")), "")
            if description:
                self.descriptions[slug] = from_html.to_text(description)

    def _add_attachment(self, item: _Item) -> None:
        address = item.values.get("wp:attachment_url", "")
        caption = from_html.to_text(item.values.get("excerpt:encoded", ""))
        alt = item.meta.get("_wp_attachment_image_alt", "")
        self.attachments[item.id] = Attachment(address, item.title, caption, alt, item.values.get("wp:post_parent", ""))

    # Conversion of items

    def _skip_reason(self, item: _Item) -> str | None:
        """Return why an item is not imported, or None for an imported one."""
        if item.kind not in KINDS:
            return item.kind or _("item without a type")
        if item.status not in _IMPORTED_STATUSES:
            return _("%(kind)s with the status “%(status)s”") % {"kind": item.kind, "status": item.status}
        return None

    def _source_id(self, number: str) -> str:
        parts = urlsplit(self.address)
        name = self._source or f"{parts.netloc}{parts.path.rstrip('/')}"
        return f"wordpress:{name[:150]}/{number}"[:190]

    def _old_paths(self, item: _Item) -> list[str]:
        parts = urlsplit(item.values.get("link", ""))
        is_path = item.status in _PUBLIC_STATUSES and not parts.query and parts.path not in ("", "/")
        return [addresses.one_slash(unquote(parts.path))] if is_path else []

    def _post(self, item: _Item) -> ExportedPost:
        values, meta = item.values, item.meta
        status, warnings = self._status(item)
        published = _date(values, "wp:post_date")
        post = ExportedPost(
            source_id=self._source_id(item.id),
            origin=f"{self.path.name}, {item.kind} {item.id}",
            label=_("%(file)s: %(kind)s %(id)s “%(title)s”")
            % {"file": self.path, "kind": item.kind, "id": item.id, "title": from_html.to_text(item.title)},
            old_id=item.id,
            title=item.title,
            html=values.get("content:encoded", ""),
            values={
                "kind": KINDS[item.kind],
                "status": status,
                "published_at": published,
                "summary": shorten_summary(from_html.to_text(values.get("excerpt:encoded", ""))),
                "comments_allowed": values.get("wp:comment_status", "open") == "open",
                "trashed_at": _trashed_at(item, published) if item.status == "trash" else None,
                "address_was_public": item.status == "trash" and status == Post.Status.PUBLISHED,
            },
            tags=self._tags(item),
            authors=self._authors(item),
            created_at=published or _date(values, "wp:post_date", gmt=False) or _date(values, "pubDate", gmt=False),
            modified_at=_date(values, "wp:post_modified"),
            warnings=warnings,
            comments=[comment for one in item.comments if (comment := self._comment(one))],
        )
        thumbnail = self.attachments.get(meta.get("_thumbnail_id", ""))
        if thumbnail:
            post.cover = (thumbnail.address, thumbnail.alt)
        if item.kind == "page" and post.comments:
            message = _("pages show no comments here; those that it has (%s) are kept, and can be read in the admin")
            post.warnings.append(message % len(post.comments))
        return post

    def _status(self, item: _Item) -> tuple[str, list[str]]:
        status = item.meta.get("_wp_trash_meta_status", "draft") if item.status == "trash" else item.status
        if item.values.get("wp:post_password"):
            return Post.Status.DRAFT, [_("was protected by a password, which posts here cannot be; taken as a draft")]
        if status == "private":
            return Post.Status.DRAFT, [_("was private; taken as a draft")]
        if status not in _PUBLIC_STATUSES:
            return Post.Status.DRAFT, []
        if _date(item.values, "wp:post_date") is None:
            return Post.Status.DRAFT, [_("is published but has no date that can be read; taken as a draft")]
        return Post.Status.PUBLISHED, []

    def _authors(self, item: _Item) -> list[AuthorData]:
        login = item.values.get("dc:creator", "")
        name = " ".join(html.unescape(self.display_names.get(login) or login).split())
        return [AuthorData(name[:150])] if name else []

    def _tags(self, item: _Item) -> list[TagData]:
        found: dict[str, TagData] = {}
        for domain, nicename, text in item.terms:
            name = " ".join(html.unescape(text).split())[:100].strip()
            if name and domain in _TAXONOMIES and nicename != "uncategorized":
                slug = slugs.slug_from(unquote(nicename), fallback="", max_length=120)
                description = self.descriptions.get(nicename, "")[:1000]
                found.setdefault(name.casefold(), TagData(name, slug, description))
        return list(found.values())

    def _comment(self, values: dict[str, str]) -> CommentData | None:
        created_at = _date(values, "wp:comment_date")
        if created_at is None or not values.get("wp:comment_id"):
            return None
        content = values.get("wp:comment_content", "")
        try:
            body = to_plain_markdown(wordpress_text.paragraphs(from_html.parse_html(content)))
        except (BadFile, RecursionError):
            body = from_html.to_text(content)
        website = values.get("wp:comment_author_url", "")
        if values.get("wp:comment_type") in _LINK_TYPES and website and website not in body:
            body = f"{body}\n\n<{website}>".strip()
        parent = values.get("wp:comment_parent", "0")
        return CommentData(
            source_id=self._source_id(f"comment/{values['wp:comment_id']}"),
            parent=self._source_id(f"comment/{parent}") if parent not in ("", "0") else "",
            name=html.unescape(values.get("wp:comment_author", "")),
            body=body,
            status=_COMMENT_STATUSES.get(values.get("wp:comment_approved", ""), "pending"),
            created_at=created_at,
            email=values.get("wp:comment_author_email", ""),
            website=website,
        )


class _Item:
    """One `<item>`; the keys of `values` are the names of its children."""

    def __init__(self, element: Element) -> None:
        self.values = _child_texts(element)
        self.terms: list[tuple[str, str, str]] = []
        self.meta: dict[str, str] = {}
        self.comments: list[dict[str, str]] = []
        for child in element:
            name = _prefixed_name(child.tag)
            if name == "category":
                self.terms.append((child.get("domain", ""), child.get("nicename", ""), child.text or ""))
            elif name == "wp:postmeta":
                values = _child_texts(child)
                self.meta.setdefault(values.get("wp:meta_key", ""), values.get("wp:meta_value", ""))
            elif name == "wp:comment":
                self.comments.append(_child_texts(child))
        self.id, self.kind = self.values.get("wp:post_id", ""), self.values.get("wp:post_type", "")
        self.status, self.title = self.values.get("wp:status", ""), self.values.get("title", "")

    @property
    def slug(self) -> str:
        """The wanted slug of the post."""
        name = unquote(self.meta.get("_wp_desired_post_slug") or self.values.get("wp:post_name", ""))
        name = name.removesuffix("__trashed") or from_html.to_text(self.title) or f"{self.kind} {self.id}"
        return slugs.slug_from(name, fallback=self.kind, max_length=200)


class _CleanedFile:
    """A file without the control characters that WordPress exports although XML forbids them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        # In UTF-16, half of the bytes of most texts are in this range.
        self._is_utf16 = file.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff")

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; empty only at the end of the file."""
        while chunk := self._file.read(size):
            if cleaned := chunk if self._is_utf16 else chunk.translate(None, _CONTROL_CHARACTERS):
                return cleaned
        return b""


_NAMESPACES = {
    re.compile(r".*/export/[\d.]+/excerpt/"): "excerpt:",
    re.compile(r".*/export/[\d.]+/"): "wp:",
    re.compile(r".*/rss/1\.0/modules/content/"): "content:",
    re.compile(r".*/dc/elements/1\.1/"): "dc:",
}


def _prefixed_name(tag: str) -> str:
    """Return an element's name with its usual prefix, for any version of the format."""
    space, _brace, local = tag.rpartition("}")
    if not space:
        return local
    return next((prefix + local for pattern, prefix in _NAMESPACES.items() if pattern.fullmatch(space[1:])), tag)


def _child_texts(element: Element) -> dict[str, str]:
    """Return the texts of an element's children by name; the first child of each name counts."""
    values: dict[str, str] = {}
    for child in element:
        values.setdefault(_prefixed_name(child.tag), child.text or "")
    return values


def _date(values: dict[str, str], name: str, *, gmt: bool = True) -> datetime | None:
    """Return a date from its value in UTC, else from its value in the blog's time zone; None if it is invalid."""
    found = parse_datetime(values.get(f"{name}_gmt", ""), UTC) if gmt else None
    given = values.get(name, "")
    # A draft has a date without a value in UTC. That is the date of its last change, not of a publication.
    if found is None and (not gmt or values.get("wp:status") in (*_PUBLIC_STATUSES, "private", None)):
        found = parse_datetime(given, timezone.get_default_timezone())
    return found.astimezone(UTC) if found and found.year in YEARS else None


def _trashed_at(item: _Item, fallback: datetime | None) -> datetime:
    try:
        return datetime.fromtimestamp(int(item.meta.get("_wp_trash_meta_time", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return _date(item.values, "wp:post_modified") or fallback or timezone.now()
