"""Read WordPress's exports (WXR): which items are imported, and what becomes of their fields."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, unquote, urljoin
from xml.etree.ElementTree import Element

from bs4 import BeautifulSoup
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.validators import YEARS
from apps.markdown.conversion import from_html, web_addresses
from apps.posts import slugs
from apps.posts.models import Post
from blog_project import addresses

from . import wordpress_blocks, wordpress_comments, wordpress_text
from .dates import parse_datetime
from .file_importer import path_on_hosts
from .report import AuthorData, ExportedItem, ExportedPost, Subject, TagData
from .slug_planning import Entry
from .summaries import shorten_summary
from .wxr_items import Item, WxrReader, child_texts

KINDS = {"post": Post.Kind.POST, "page": Post.Kind.PAGE}
_PUBLIC_STATUSES = ("publish", "future")
_IMPORTED_STATUSES = frozenset([*_PUBLIC_STATUSES, "draft", "pending", "private", "trash"])
_TAXONOMIES = ("category", "post_tag", "tag")
_READ_MEANWHILE = ("attachment", "wp_block", "guest-author")
"""The kinds of items that are no posts of their own, and that posts refer to."""
_PHOTON = re.compile(r"(?:https?:)?//i[0-3]\.wp\.com/")
"""The image service of Jetpack, which has the old address as its path."""


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

    def __init__(self, *paths: Path, source: str = "") -> None:
        """`paths` are the parts of one export. `source` is the old site's name in the source ids, by default its address."""
        self._source = source
        self._reader = WxrReader(list(paths), self._read_header)
        self.address = ""
        self.display_names: dict[str, str] = {}
        self.guest_names: dict[str, str] = {}
        self.descriptions: dict[str, str] = {}
        self.attachments: dict[str, Attachment] = {}
        self.uploads: dict[str, list[Attachment]] = {}
        self.reusable: dict[str, str] = {}
        self._skipped: Counter[str] = Counter()

    # The two passes

    def entries(self) -> Iterator[Entry]:
        """Yield an entry for each post; collect what posts refer to meanwhile: authors, tags, files, reusable blocks."""
        self._skipped.clear()
        seen: set[str] = set()
        for item in self._reader.items():
            if (key := f"{item.kind} {item.id}") in seen:
                self._skipped[_("%s that is in the files twice") % (item.kind or _("item"))] += 1
                continue
            seen.add(key)
            if item.kind in _READ_MEANWHILE:
                self._add(item)
            elif (reason := self._skip_reason(item)) is not None:
                self._skipped[reason] += 1
            else:
                yield Entry(source_id=self._source_id(item.id), wanted_slug=item.slug, old_paths=self._old_paths(item))

    def items(self) -> Iterator[ExportedItem]:
        """Yield each post."""
        seen: set[str] = set()
        for item in self._reader.items():
            if item.kind in KINDS and self._skip_reason(item) is None and item.id not in seen:
                seen.add(item.id)
                yield self._exported_item(item)

    def skipped(self) -> Iterator[str]:
        """Yield how many items were left out, by reason."""
        for reason, count in sorted(self._skipped.items()):
            yield _("%(count)s × %(reason)s; left out") % {"count": count, "reason": reason}

    def soup(self, post: ExportedPost) -> BeautifulSoup:
        """Return a post's body as parsed HTML, with shortcodes, blocks and WordPress's implicit paragraphs converted."""
        return wordpress_text.soup(
            post,
            self.attachments,
            uploads=self.uploads.get(post.old_id, ()),
            reusable=self.reusable,
            footnotes=post.footnotes,
        )

    def site_path(self, address: str) -> str | None:
        """Return the path of an address on the old site, or the source id for `?p=12`; None for other sites."""
        path = path_on_hosts(address, self._hosts)
        if path is None:
            return None
        query = parse_qs(web_addresses.split(address).query)
        number = next((query[key][0] for key in addresses.POST_NUMBERS if key in query), "")
        return self._source_id(number) if number else path

    def image_path(self, address: str) -> str | None:
        """Return the path of an uploaded file below `wp-content/uploads`; None for any other address."""
        address = _PHOTON.sub("//", address)
        path = path_on_hosts(address, self._hosts | self._file_hosts)
        if path is None:
            return None
        if "/wp-content/uploads/" in path:
            return path.rpartition("/wp-content/uploads")[2]
        # WordPress.com keeps files on a host of their own.
        return path if web_addresses.split(address).netloc.lower() in self._file_hosts - self._hosts else None

    def old_address(self, address: str) -> str | None:
        """Return the whole address of a file of the old site that is written without its host."""
        is_file = self.image_path(address) is not None and not web_addresses.split(address).netloc
        return urljoin(self.address, address) if is_file and self.address else None

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return frozenset([web_addresses.split(self.address).netloc.lower()])

    @cached_property
    def _file_hosts(self) -> frozenset[str]:
        return frozenset(web_addresses.split(file.address).netloc.lower() for file in self.attachments.values()) - {""}

    @cached_property
    def _own_address(self) -> re.Pattern[str]:
        hosts = "|".join(re.escape(host) for host in sorted(self._hosts | self._file_hosts | {"i0.wp.com"}) if host)
        return re.compile(rf"(?:(?:https?:)?//(?:{hosts})|(?<=[\"'=])/(?!/))[^\s\"'<>\[\]]*", re.IGNORECASE)

    # What posts refer to

    def _read_header(self, name: str, element: Element) -> None:
        """Collect the site's address, authors and descriptions of terms from an element of the channel."""
        if name in ("link", "wp:base_blog_url"):
            address = (element.text or "").strip()
            self.address = address if any(web_addresses.split(address)) else self.address
        elif name == "wp:author":
            values = child_texts(element)
            self.display_names[values.get("wp:author_login", "")] = values.get("wp:author_display_name", "")
        elif name in ("wp:category", "wp:tag", "wp:term"):
            values = child_texts(element)
            slug = next(
                (values[key] for key in ("wp:category_nicename", "wp:tag_slug", "wp:term_slug") if key in values), ""
            )
            description = next((value for key, value in values.items() if key.endswith("_description")), "")
            if description:
                self.descriptions[slug] = from_html.to_text(description)

    def _add(self, item: Item) -> None:
        if item.kind == "wp_block":
            self.reusable[item.id] = item.html
        elif item.kind == "guest-author":
            name = item.meta.get("cap-display_name") or from_html.to_text(item.title)
            self.guest_names[item.values.get("wp:post_name", "").removeprefix("cap-")] = name
        else:
            caption = from_html.to_text(item.values.get("excerpt:encoded", ""))
            alt, parent = item.meta.get("_wp_attachment_image_alt", ""), item.values.get("wp:post_parent", "")
            file = Attachment(item.values.get("wp:attachment_url", ""), item.title, caption, alt, parent)
            self.attachments[item.id] = file
            self.uploads.setdefault(parent, []).append(file)

    def _referred_to(self, item: Item) -> Iterator[object]:
        """Yield what a post takes from other items."""
        numbers = {item.meta.get("_thumbnail_id", ""), *re.findall(r"\d+", " ".join(_NUMBERS.findall(item.html)))}
        yield sorted(astuple(self.attachments[number]) for number in numbers if number in self.attachments)
        yield [astuple(file) for file in self.uploads.get(item.id, ()) if "[" in item.html]
        yield [self.reusable.get(number) for number in wordpress_blocks.reused_ids(item.html)]
        yield [author.name for author in self._authors(item)]
        yield str(timezone.get_default_timezone())

    # Conversion of items

    def _skip_reason(self, item: Item) -> str | None:
        """Return why an item is not imported, or None for an imported one."""
        if item.kind not in KINDS:
            return item.kind or _("item without a type")
        if item.status not in _IMPORTED_STATUSES:
            return _("%(kind)s with the status “%(status)s”") % {"kind": item.kind, "status": item.status}
        return None

    def _source_id(self, number: str) -> str:
        parts = web_addresses.split(self.address)
        name = self._source or f"{parts.netloc}{parts.path.rstrip('/')}"
        return f"wordpress:{name[:150]}/{number}"[:190]

    def _old_paths(self, item: Item) -> list[str]:
        status = item.meta.get("_wp_trash_meta_status") if item.status == "trash" else item.status
        if status not in _PUBLIC_STATUSES:
            return []
        parts, site = (
            web_addresses.split(item.values.get("link", "")),
            web_addresses.split(self.address).path.rstrip("/"),
        )
        # Every post has this address too, whatever the site's permalinks are.
        paths = [addresses.numbered(f"{site}/", item.id)] if item.id.isdecimal() else []
        if item.status == "trash" or parts.query or parts.path in ("", "/") or "//" in parts.path:
            return paths
        return [unquote(parts.path), *paths]

    def _exported_item(self, item: Item) -> ExportedItem:
        name = _("%(kind)s %(id)s “%(title)s”")
        return ExportedItem(
            source_id=self._source_id(item.id),
            file=str(item.source),
            line=item.line,
            name=name % {"kind": item.kind, "id": item.id, "title": from_html.to_text(item.title)},
            raw=repr((item.raw(), *self._referred_to(item))),
            addresses=sorted({one.rstrip("\\") for one in self._own_address.findall(item.html)}),
            read=lambda: self._post(item),
            comment_count=wordpress_comments.count(item),
        )

    def _post(self, item: Item) -> ExportedPost:
        values = item.values
        status, warning = self._status(item)
        published = _date(values, "wp:post_date")
        post = ExportedPost(
            source_id=self._source_id(item.id),
            origin=f"{item.source.path.name}, {item.kind} {item.id}",
            old_id=item.id,
            title=item.title,
            html=item.html,
            values={
                "kind": KINDS[item.kind],
                "status": status,
                "published_at": published,
                "summary": shorten_summary(from_html.to_text(values.get("excerpt:encoded", ""))),
                "is_featured": values.get("wp:is_sticky") == "1",
                "comments_allowed": values.get("wp:comment_status", "open") == "open",
                "trashed_at": _trashed_at(item, published) if item.status == "trash" else None,
                "address_was_public": item.status == "trash" and status == Post.Status.PUBLISHED,
            },
            tags=self._tags(item),
            authors=self._authors(item),
            created_at=published or _date(values, "wp:post_date", gmt=False) or _date(values, "pubDate", gmt=False),
            modified_at=_date(values, "wp:post_modified"),
            feed_id=values.get("guid", "").strip(),
            footnotes=item.meta.get("footnotes", ""),
            comments=list(wordpress_comments.read(item, self._source_id)),
        )
        if warning:
            post.warn(warning)
        if published and parse_datetime(values.get("wp:post_date_gmt", ""), UTC) is None:
            said = {"date": values.get("wp:post_date", ""), "zone": timezone.get_default_timezone()}
            post.warn(_("its date %(date)s has no time zone; taken as %(zone)s") % said, Subject.DATE)
        thumbnail = self.attachments.get(item.meta.get("_thumbnail_id", ""))
        if thumbnail:
            post.cover = (thumbnail.address, thumbnail.alt)
        elif item.meta.get("_thumbnail_id", "") not in ("", "0", "-1"):
            post.warn(_("its featured image is not in the file; left out"), Subject.CONTENT)
        if item.kind == "page" and post.comments:
            message = _("pages show no comments here; those that it has (%s) are kept, and can be read in the admin")
            post.warn(message % len(post.comments))
        return post

    def _status(self, item: Item) -> tuple[str, str]:
        """Return the status of the post, and a warning if it is another than the old one."""
        status = item.meta.get("_wp_trash_meta_status", "draft") if item.status == "trash" else item.status
        if item.values.get("wp:post_password"):
            return Post.Status.DRAFT, _("was protected by a password, which posts here cannot be; taken as a draft")
        if status == "private":
            return Post.Status.DRAFT, _("was private; taken as a draft")
        if status not in _PUBLIC_STATUSES:
            return Post.Status.DRAFT, ""
        if _date(item.values, "wp:post_date") is None:
            return Post.Status.DRAFT, _("is published but has no date that can be read; taken as a draft")
        return Post.Status.PUBLISHED, ""

    def _authors(self, item: Item) -> list[AuthorData]:
        """Return the authors: those of Co-Authors Plus, which are terms, else the one whom WordPress knows."""
        names = [self._co_author(nicename, text) for domain, nicename, text in item.terms if domain == "author"]
        if not any(names):
            login = item.values.get("dc:creator", "")
            names = [self.display_names.get(login) or login]
        return [AuthorData(name) for name in dict.fromkeys(map(_one_line, names)) if name]

    def _co_author(self, nicename: str, text: str) -> str:
        login = unquote(nicename).removeprefix("cap-")
        names = (self.guest_names.get(login), self.display_names.get(text), self.display_names.get(login))
        return next((name for name in names if name), text or login)

    def _tags(self, item: Item) -> list[TagData]:
        found: dict[str, TagData] = {}
        for domain, nicename, text in item.terms:
            name = " ".join(html.unescape(text).split())
            if name and domain in _TAXONOMIES and nicename != "uncategorized":
                slug = slugs.slug_from(unquote(nicename), fallback="", max_length=120)
                description = self.descriptions.get(nicename, "")[:1000]
                found.setdefault(name.lower(), TagData(name, slug, description))
        return list(found.values())


_NUMBERS = re.compile(r"\[(?:gallery|playlist)\b[^\]]*\]")


def _one_line(name: str) -> str:
    return " ".join(html.unescape(name).split())[:150]


def _date(values: dict[str, str], name: str, *, gmt: bool = True) -> datetime | None:
    """Return a date from its value in UTC, else from its value in the blog's time zone; None if it is invalid."""
    found = parse_datetime(values.get(f"{name}_gmt", ""), UTC) if gmt else None
    given = values.get(name, "")
    # A draft has a date without a value in UTC. That is the date of its last change, not of a publication.
    if found is None and (not gmt or values.get("wp:status") in (*_PUBLIC_STATUSES, "private", None)):
        found = parse_datetime(given, timezone.get_default_timezone())
    return found.astimezone(UTC) if found and found.year in YEARS else None


def _trashed_at(item: Item, fallback: datetime | None) -> datetime:
    try:
        return datetime.fromtimestamp(int(item.meta.get("_wp_trash_meta_time", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return _date(item.values, "wp:post_modified") or fallback or timezone.now()
