"""Ghost's exports (JSON), of any version, read post by post.

Texts are taken as the HTML that Ghost made of them, whichever of its editors they were written in. Where a file has
none, Markdown of its early editors is taken as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

import ijson
from bs4 import BeautifulSoup
from django.utils.translation import gettext as _

from apps.core.validators import YEARS, language_validator
from apps.posts import slugs
from apps.posts.models import Post

from . import from_html
from .exports import path_in
from .fields import moment, shortened
from .permalinks import filled
from .problems import BadFile
from .report import AuthorData, Draft, TagData
from .slug_planning import Entry

_ROOTS = ("db.item.data", "data")
"""Where the tables are, in newer exports and in older ones."""
_OWN = "__GHOST_URL__"
"""What newer exports write instead of the site's address."""
_STATUSES = ("published", "scheduled", "draft", "sent")
_MATTERS = ("meta_title", "meta_description", "feature_image_alt")
_DEPTHS = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}
_DEEPEST = 50
_MEDIA = "/content/images/"

Row = dict[str, Any]


class Ghost:
    """Reads one export."""

    def __init__(self, path: Path, *, address: str = "") -> None:
        """`address` is the old site's, which newer exports do not name: links to it are mapped."""
        self.path = path
        self.hosts = frozenset([urlsplit(address).netloc.lower()] if address else [])
        self.people: dict[str, AuthorData] = {}
        self.topics: dict[str, TagData] = {}
        self.matters: dict[str, Row] = {}
        self.permalink = ""
        self._root = ""
        self._links: dict[str, dict[str, list[tuple[int, str]]]] = {"posts_tags": {}, "posts_authors": {}}
        self._skipped = 0

    # The two readings

    def listed(self) -> Iterator[Entry]:
        """Yield what the first reading keeps of each post, having learned of authors and tags."""
        self._root = next((root for root in _ROOTS if self._has(root)), "")
        if not self._root:
            raise BadFile(0, _("This is no export of Ghost: it has no posts in `db` or `data`."))
        self._learn()
        for row in self._rows("posts"):
            if row.get("status") in _STATUSES:
                yield Entry(source_id=_source_id(row), wanted_slug=_slug(row), old_paths=self._old_paths(row))
            else:
                self._skipped += 1

    def drafts(self) -> Iterator[Draft]:
        """Yield each post."""
        for row in self._rows("posts"):
            if row.get("status") in _STATUSES:
                yield self._draft(row)

    def left_out(self) -> Iterator[str]:
        """Yield what of the file is no post."""
        if self._skipped:
            yield _("Posts with a status that is not known, left out: %s.") % self._skipped

    def soup(self, draft: Draft) -> BeautifulSoup:
        """Return a post's text as HTML."""
        return from_html.soup_of(draft.html)

    def path_of(self, address: str) -> str | None:
        """Return the path that an address had on the old site."""
        return path_in(address.removeprefix(_OWN), self.hosts)

    def file_of(self, address: str) -> str | None:
        """Return where a picture of the old site is below `content/images`, whole and not in one of its sizes."""
        path = self.path_of(address)
        if path is None or _MEDIA not in path:
            return None
        name = path.partition(_MEDIA)[2]
        if name.startswith("size/"):
            name = name.partition("/")[2].partition("/")[2]
        return f"/{name}"

    # JSON

    def _rows(self, table: str) -> Iterator[Row]:
        try:
            with self.path.open("rb") as file:
                for row in ijson.items(ijson.parse(_not_too_deep(file)), f"{self._root}.{table}.item"):
                    if isinstance(row, dict):
                        yield row
        except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
            told = _("The file is no whole JSON (%s). Was it cut off? Export it again.")
            raise BadFile(0, told % " ".join(str(error).split())[:200]) from None
        except OSError as error:
            raise BadFile(0, _("The file cannot be read (%s). Check its permissions.") % error.strerror) from None

    def _has(self, root: str) -> bool:
        self._root = root
        return next(self._rows("posts"), None) is not None

    def _learn(self) -> None:
        for row in self._rows("users"):
            website = str(row.get("website") or "")
            website = website if website.startswith(("http://", "https://")) and len(website) <= 200 else ""
            name = " ".join(str(row.get("name") or "").split())[:150]
            self.people[str(row.get("id"))] = AuthorData(name, website, "", str(row.get("bio") or "")[:2000])
        for row in self._rows("tags"):
            name = " ".join(str(row.get("name") or "").split())[:100]
            if row.get("visibility") == "internal" or name.startswith("#"):
                continue  # Ghost's own marks, which no reader sees.
            slug = slugs.slug_from(str(row.get("slug") or ""), fallback="", max_length=120)
            self.topics[str(row.get("id"))] = TagData(
                name, slug, from_html.to_text(str(row.get("description") or ""))[:1000]
            )
        for table, key in (("posts_tags", "tag_id"), ("posts_authors", "author_id")):
            for row in self._rows(table):
                place = (int(row.get("sort_order") or 0), str(row.get(key)))
                self._links[table].setdefault(str(row.get("post_id")), []).append(place)
        for row in self._rows("posts_meta"):
            self.matters[str(row.get("post_id"))] = {key: row[key] for key in _MATTERS if row.get(key)}
        for row in self._rows("settings"):
            if row.get("key") == "permalinks":
                self.permalink = str(row.get("value") or "")

    # What a row means here

    def _old_paths(self, row: Row) -> list[str]:
        if row.get("status") != "published":
            return []
        slug, published = str(row.get("slug") or ""), _date(row, "published_at")
        is_page = _is_page(row)
        pattern = "/:slug/" if is_page or not self.permalink else self.permalink
        path = filled(pattern, {"slug": slug, "id": str(row.get("id"))}, published)
        return [unquote(path)] if ":" not in path and slug else []

    def _draft(self, row: Row) -> Draft:
        number, matter = (
            str(row.get("id")),
            self.matters.get(str(row.get("id")), {}) | {key: row[key] for key in _MATTERS if row.get(key)},
        )
        status, warnings = self._status(row)
        title = from_html.to_text(str(row.get("title") or ""))
        language = str(row.get("locale") or row.get("language") or "")
        published = _date(row, "published_at")
        draft = Draft(
            source_id=_source_id(row),
            shown=f"{self.path.name}, {number}",
            where=_("%(file)s: post %(id)s “%(title)s”") % {"file": self.path, "id": number, "title": title},
            title=str(row.get("title") or ""),
            html=str(row.get("html") or "").replace(_OWN, ""),
            values={
                "kind": Post.Kind.PAGE if _is_page(row) else Post.Kind.POST,
                "status": status,
                "published_at": published,
                "summary": shortened(" ".join(str(row.get("custom_excerpt") or "").split())),
                "canonical_url": str(row.get("canonical_url") or "").replace(_OWN, ""),
                "seo_title": _cut(str(matter.get("meta_title", "")), "seo_title"),
                "seo_description": _cut(str(matter.get("meta_description", "")), "seo_description"),
            },
            topics=self._topics(row),
            people=self._people(row),
            created_at=_date(row, "created_at"),
            modified_at=_date(row, "updated_at"),
            cover=(
                str(row.get("feature_image") or row.get("image") or "").replace(_OWN, ""),
                str(matter.get("feature_image_alt", "")),
            ),
            warnings=warnings,
        )
        if language_validator.regex.match(language):
            draft.values["language"] = language
        if not draft.values["canonical_url"].startswith(("http://", "https://")):
            draft.values["canonical_url"] = ""
        if not draft.html:
            self._without_html(draft, row)
        return draft

    def _status(self, row: Row) -> tuple[str, list[str]]:
        status, visibility = row["status"], str(row.get("visibility") or "public")
        if status == "sent":
            return Post.Status.DRAFT, [_("was only sent by e-mail; taken as a draft")]
        if status in ("published", "scheduled") and visibility != "public":
            told = _("was for %s only, which posts here cannot be; taken as a draft")
            return Post.Status.DRAFT, [told % visibility]
        if status == "draft":
            return Post.Status.DRAFT, []
        if _date(row, "published_at") is None:
            return Post.Status.DRAFT, [_("is published but has no date that can be read; taken as a draft")]
        return Post.Status.PUBLISHED, []

    def _topics(self, row: Row) -> list[TagData]:
        places = sorted(self._links["posts_tags"].get(str(row.get("id")), []))
        found = {self.topics[key].name.casefold(): self.topics[key] for _place, key in places if key in self.topics}
        return [topic for name, topic in found.items() if name]

    def _people(self, row: Row) -> list[AuthorData]:
        places = sorted(self._links["posts_authors"].get(str(row.get("id")), [])) or [(0, str(row.get("author_id")))]
        people = [self.people[key] for _place, key in places if key in self.people]
        return list(dict.fromkeys(person for person in people if person.name))

    def _without_html(self, draft: Draft, row: Row) -> None:
        text = row.get("markdown") or _markdown_card(str(row.get("mobiledoc") or ""))
        if text:
            draft.markdown = str(text).replace(_OWN, "")
        elif row.get("plaintext"):
            draft.markdown = str(row["plaintext"])
            draft.warnings.append(_("the file has no HTML of it; its words are taken without their markup"))
        elif row.get("lexical") or row.get("mobiledoc"):
            draft.warnings.append(_("the file has no HTML of it; only its fields are taken"))


def _not_too_deep(file: BinaryIO) -> Iterator[tuple[str, Any]]:
    """Yield the events of a file. Raises BadFile for values within values that no export has."""
    depth = 0
    for event, value in ijson.basic_parse(file, use_float=True):
        depth += _DEPTHS.get(event, 0)
        if depth > _DEEPEST:
            raise BadFile(0, _("The file is nested too deeply to be an export."))
        yield event, value


def _source_id(row: Row) -> str:
    return f"ghost:{row.get('uuid') or row.get('id')}"[:190]


def _is_page(row: Row) -> bool:
    return row.get("type") == "page" or bool(row.get("page"))


def _slug(row: Row) -> str:
    name = str(row.get("slug") or "")
    # What Ghost calls a draft that has no title yet.
    name = name if name and not name.startswith("untitled") else from_html.to_text(str(row.get("title") or "")) or name
    return slugs.slug_from(name, fallback="page" if _is_page(row) else "post", max_length=200)


def _date(row: Row, key: str) -> datetime | None:
    """Return a date: ISO 8601, or in the oldest exports milliseconds of Unix time."""
    value = row.get(key)
    try:
        found = datetime.fromtimestamp(value / 1000, UTC) if isinstance(value, int | float) else moment(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found.astimezone(UTC) if found and found.year in YEARS else None


def _cut(text: str, name: str) -> str:
    return " ".join(text.split())[: Post._meta.get_field(name).max_length].strip()


def _markdown_card(mobiledoc: str) -> str:
    """Return the text of a document that is one card of Markdown, as Ghost kept what its first editors wrote."""
    try:
        cards = json.loads(mobiledoc).get("cards") or []
    except (ValueError, AttributeError, RecursionError):
        return ""
    texts = [card[1].get("markdown") for card in cards if _is_markdown(card)]
    return str(texts[0]) if len(cards) == len(texts) == 1 and texts[0] else ""


def _is_markdown(card: object) -> bool:
    named = isinstance(card, list) and len(card) == 2 and card[0] in ("markdown", "card-markdown")
    return named and isinstance(card[1], dict)
