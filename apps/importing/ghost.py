"""Read Ghost's exports (JSON) of any version, post by post.

Bodies are read from the HTML that Ghost rendered, whichever editor wrote them. If an export has no HTML, Markdown of
Ghost's early editors is used unchanged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

import ijson
from bs4 import BeautifulSoup
from django.utils.translation import gettext as _

from apps.core.validators import YEARS, language_validator
from apps.markdown.conversion import from_html, web_addresses
from apps.posts import slugs
from apps.posts.models import Post

from . import ghost_cards
from .address_patterns import expand
from .dates import parse_datetime
from .file_importer import path_on_hosts
from .problems import BadFile
from .report import AuthorData, ExportedItem, ExportedPost, Subject, TagData
from .slug_planning import Entry
from .summaries import shorten_summary

_ROOTS = ("db.item.data", "data")
"""The JSON paths of the tables in newer and in older exports."""
_SITE_URL = "__GHOST_URL__"
"""The placeholder for the site's address in newer exports."""
_STATUSES = ("published", "scheduled", "draft", "sent")
_META_FIELDS = ("meta_title", "meta_description", "feature_image_alt", "feature_image_caption")
_DEPTHS = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}
_MAX_DEPTH = 50
_IMAGES_PATH = "/content/images/"
_OWN_ADDRESS = re.compile(rf"(?:{_SITE_URL}|https?:/|(?<=[\"'])(?=/))/?[^\s\"'<>]*")

Row = dict[str, Any]


class Ghost:
    """Reads one export."""

    def __init__(self, path: Path, *, address: str = "") -> None:
        """`address` is the old site's, which newer exports do not contain. Links to it are mapped."""
        self.path = path
        self.address = address.rstrip("/")
        self.hosts = frozenset([web_addresses.split(address).netloc.lower()] if address else [])
        self.authors: dict[str, AuthorData] = {}
        self.tags: dict[str, TagData] = {}
        self.metas: dict[str, Row] = {}
        self.permalink = ""
        self._root = ""
        self._links: dict[str, dict[str, list[tuple[int, str]]]] = {"posts_tags": {}, "posts_authors": {}}
        self._skipped = 0

    # The two passes

    def entries(self) -> Iterator[Entry]:
        """Read the authors, tags and settings, then yield an entry for each post."""
        self._root = next((root for root in _ROOTS if self._has_posts(root)), "")
        if not self._root:
            raise BadFile(0, _("This is no export of Ghost: it has no posts in `db` or `data`."))
        self._read_metadata()
        for row in self._rows("posts"):
            if row.get("status") in _STATUSES:
                yield Entry(source_id=_source_id(row), wanted_slug=_slug(row), old_paths=self._old_paths(row))
            else:
                self._skipped += 1

    def items(self) -> Iterator[ExportedItem]:
        """Yield each post."""
        for row in self._rows("posts"):
            if row.get("status") in _STATUSES:
                yield self._item(row)

    def skipped(self) -> Iterator[str]:
        """Yield how many posts with an unknown status were left out."""
        if self._skipped:
            yield _("Posts with a status that is not known, left out: %s.") % self._skipped

    def soup(self, post: ExportedPost) -> BeautifulSoup:
        """Return a post's body as parsed HTML, without the part for members of a post that is public."""
        soup = from_html.parse_html(post.html)
        if post.values["status"] == Post.Status.PUBLISHED and (words := ghost_cards.remove_members_part(soup)):
            post.warn(_("the part for members only (%s words) is left out") % words, Subject.CONTENT)
        ghost_cards.convert(soup, post)
        return soup

    def site_path(self, address: str) -> str | None:
        """Return the path of an address on the old site; None for an address on another site."""
        return path_on_hosts(address.removeprefix(_SITE_URL), self.hosts)

    def image_path(self, address: str) -> str | None:
        """Return the path of an image below `content/images` (of the original for a resized copy); None for others."""
        path = self.site_path(address)
        if path is None or _IMAGES_PATH not in path:
            return None
        name = path.partition(_IMAGES_PATH)[2]
        if name.startswith("size/"):
            name = name.partition("/")[2].partition("/")[2]
        return f"/{name}"

    def old_address(self, address: str) -> str | None:
        """Return the whole address of a file of the old site; its path if the old site's address was not given."""
        path = address.removeprefix(_SITE_URL)
        is_file = web_addresses.split(path).path.startswith("/content/")
        if is_file and self.address:
            return f"{self.address}{path}"
        return path if path != address else None

    # JSON

    def _rows(self, table: str) -> Iterator[Row]:
        try:
            with self.path.open("rb") as file:
                for row in ijson.items(ijson.parse(_parse_events(file)), f"{self._root}.{table}.item"):
                    if isinstance(row, dict):
                        yield row
        except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
            message = _("The file is no whole JSON (%s). Was it cut off? Export it again.")
            raise BadFile(0, message % " ".join(str(error).split())[:200]) from None
        except OSError as error:
            raise BadFile(0, _("The file cannot be read (%s). Check its permissions.") % error.strerror) from None

    def _has_posts(self, root: str) -> bool:
        self._root = root
        return next(self._rows("posts"), None) is not None

    def _read_metadata(self) -> None:
        for row in self._rows("users"):
            website = str(row.get("website") or "")
            website = website if website.startswith(("http://", "https://")) and len(website) <= 200 else ""
            name = " ".join(str(row.get("name") or "").split())[:150]
            self.authors[str(row.get("id"))] = AuthorData(name, website, "", str(row.get("bio") or "")[:2000])
        for row in self._rows("tags"):
            name = " ".join(str(row.get("name") or "").split())
            if row.get("visibility") == "internal" or name.startswith("#"):
                continue  # Ghost's internal tags, which readers do not see.
            slug = slugs.slug_from(str(row.get("slug") or ""), fallback="", max_length=120)
            self.tags[str(row.get("id"))] = TagData(
                name, slug, from_html.to_text(str(row.get("description") or ""))[:1000]
            )
        for table, key in (("posts_tags", "tag_id"), ("posts_authors", "author_id")):
            for row in self._rows(table):
                link = (int(row.get("sort_order") or 0), str(row.get(key)))
                self._links[table].setdefault(str(row.get("post_id")), []).append(link)
        for row in self._rows("posts_meta"):
            self.metas[str(row.get("post_id"))] = {key: row[key] for key in _META_FIELDS if row.get(key)}
        for row in self._rows("settings"):
            if row.get("key") == "permalinks":
                self.permalink = str(row.get("value") or "")

    # Conversion of rows

    def _old_paths(self, row: Row) -> list[str]:
        if row.get("status") != "published":
            return []
        slug, published = str(row.get("slug") or ""), _date(row, "published_at")
        is_page = _is_page(row)
        pattern = "/:slug/" if is_page or not self.permalink else self.permalink
        path = expand(pattern, {"slug": slug, "id": str(row.get("id"))}, published)
        return [unquote(path)] if ":" not in path and slug else []

    def _item(self, row: Row) -> ExportedItem:
        key, html = str(row.get("id")), str(row.get("html") or "")
        links = [sorted(self._links[table].get(key, [])) for table in ("posts_tags", "posts_authors")]
        others = (self.metas.get(key), self._tags(row), self._authors(row), links, self.permalink, self.address)
        name = _("post %(id)s “%(title)s”") % {"id": key, "title": from_html.to_text(str(row.get("title") or ""))}
        return ExportedItem(
            source_id=_source_id(row),
            file=str(self.path),
            line=0,
            name=name,
            raw=repr((sorted(row.items()), others)),
            addresses=sorted(set(_OWN_ADDRESS.findall(html))),
            read=lambda: self._post(row),
        )

    def _post(self, row: Row) -> ExportedPost:
        row_id, meta = (
            str(row.get("id")),
            self.metas.get(str(row.get("id")), {}) | {key: row[key] for key in _META_FIELDS if row.get(key)},
        )
        status, warning = self._status(row)
        language = str(row.get("locale") or row.get("language") or "")
        published = _date(row, "published_at")
        post = ExportedPost(
            source_id=_source_id(row),
            origin=f"{self.path.name}, {row_id}",
            title=str(row.get("title") or ""),
            html=str(row.get("html") or ""),
            values={
                "kind": Post.Kind.PAGE if _is_page(row) else Post.Kind.POST,
                "status": status,
                "published_at": published,
                "summary": shorten_summary(" ".join(str(row.get("custom_excerpt") or "").split())),
                "is_featured": row.get("featured") in (1, True),
                "canonical_url": str(row.get("canonical_url") or "").replace(_SITE_URL, ""),
                "seo_title": _truncate(str(meta.get("meta_title", "")), "seo_title"),
                "seo_description": _truncate(str(meta.get("meta_description", "")), "seo_description"),
            },
            tags=self._tags(row),
            authors=self._authors(row),
            created_at=_date(row, "created_at"),
            modified_at=_date(row, "updated_at"),
            cover=(
                str(row.get("feature_image") or row.get("image") or ""),
                str(meta.get("feature_image_alt", "")),
            ),
            cover_caption=str(meta.get("feature_image_caption", "")),
            feed_id=row_id,
        )
        if warning:
            post.warn(warning)
        if row.get("codeinjection_head") or row.get("codeinjection_foot"):
            post.warn(_("the code that was injected into its page is left out"), Subject.CONTENT)
        if language_validator.regex.match(language):
            post.values["language"] = language
        if not post.values["canonical_url"].startswith(("http://", "https://")):
            post.values["canonical_url"] = ""
        if not post.html:  # Of the first editors, and where the export was made without it.
            self._use_other_text(post, row)
        return post

    def _status(self, row: Row) -> tuple[str, str]:
        """Return the status of the post, and a warning if it is another than the old one."""
        status, visibility = row["status"], str(row.get("visibility") or "public")
        if status == "sent":
            return Post.Status.DRAFT, _("was only sent by e-mail; taken as a draft")
        if status in ("published", "scheduled") and visibility != "public":
            message = _("was for %s only, which posts here cannot be; taken as a draft")
            return Post.Status.DRAFT, message % visibility
        if status == "draft":
            return Post.Status.DRAFT, ""
        if _date(row, "published_at") is None:
            return Post.Status.DRAFT, _("is published but has no date that can be read; taken as a draft")
        return Post.Status.PUBLISHED, ""

    def _tags(self, row: Row) -> list[TagData]:
        links = sorted(self._links["posts_tags"].get(str(row.get("id")), []))
        found = {self.tags[key].name.lower(): self.tags[key] for _order, key in links if key in self.tags}
        return [tag for name, tag in found.items() if name]

    def _authors(self, row: Row) -> list[AuthorData]:
        links = sorted(self._links["posts_authors"].get(str(row.get("id")), [])) or [(0, str(row.get("author_id")))]
        authors = [self.authors[key] for _order, key in links if key in self.authors]
        return list(dict.fromkeys(author for author in authors if author.name))

    def _use_other_text(self, post: ExportedPost, row: Row) -> None:
        text = row.get("markdown") or _markdown_card(str(row.get("mobiledoc") or ""))
        if text:
            post.markdown = str(text).replace(_SITE_URL, "")
        elif row.get("plaintext"):
            post.markdown = str(row["plaintext"])
            post.warn(_("the file has no HTML of it; its words are taken without their markup"), Subject.CONTENT)
        elif row.get("lexical") or row.get("mobiledoc"):
            post.warn(_("the file has no HTML of it; only its fields are taken"), Subject.CONTENT)


def _parse_events(file: BinaryIO) -> Iterator[tuple[str, Any]]:
    """Yield the JSON events of a file. Raises BadFile if values are nested deeper than in any export."""
    depth = 0
    for event, value in ijson.basic_parse(file, use_float=True):
        depth += _DEPTHS.get(event, 0)
        if depth > _MAX_DEPTH:
            raise BadFile(0, _("The file is nested too deeply to be an export."))
        yield event, value


def _source_id(row: Row) -> str:
    return f"ghost:{row.get('uuid') or row.get('id')}"[:190]


def _is_page(row: Row) -> bool:
    return row.get("type") == "page" or bool(row.get("page"))


def _slug(row: Row) -> str:
    name = str(row.get("slug") or "")
    # Ghost's slug for a draft without a title.
    name = name if name and not name.startswith("untitled") else from_html.to_text(str(row.get("title") or "")) or name
    return slugs.slug_from(name, fallback="page" if _is_page(row) else "post", max_length=200)


def _date(row: Row, key: str) -> datetime | None:
    """Return a date from ISO 8601, or from Unix time in milliseconds (the oldest exports); None if it is invalid."""
    value = row.get(key)
    try:
        found = (
            datetime.fromtimestamp(value / 1000, UTC) if isinstance(value, int | float) else parse_datetime(value, UTC)
        )
    except (ValueError, OverflowError, OSError):
        return None
    return found.astimezone(UTC) if found and found.year in YEARS else None


def _truncate(text: str, name: str) -> str:
    return " ".join(text.split())[: Post._meta.get_field(name).max_length].strip()


def _markdown_card(mobiledoc: str) -> str:
    """Return the text of a document that is a single Markdown card, Ghost's format of posts from its first editor."""
    try:
        cards = json.loads(mobiledoc).get("cards") or []
    except (ValueError, AttributeError, RecursionError):
        return ""
    texts = [card[1].get("markdown") for card in cards if _is_markdown_card(card)]
    return str(texts[0]) if len(cards) == len(texts) == 1 and texts[0] else ""


def _is_markdown_card(card: object) -> bool:
    named = isinstance(card, list) and len(card) == 2 and card[0] in ("markdown", "card-markdown")
    return named and isinstance(card[1], dict)
