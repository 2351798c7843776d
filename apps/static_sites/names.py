"""Read the names of authors and of tags from front matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.core.validators import web_address_validator
from apps.importing.report import AuthorData
from apps.posts.models import MAX_PROFILE_LINKS, Author, Tag

from .inherited_fields import as_list

_MAX_TAG_LENGTH = Tag._meta.get_field("name").max_length
_MAX_BIO = Author._meta.get_field("bio").max_length
# So that as many addresses as there may be fit into the field.
_MAX_ADDRESS = Author._meta.get_field("links").max_length // MAX_PROFILE_LINKS - 1
_AND = re.compile(r"\s*(?:,\s*|\s+)(?:and|&)\s+", re.IGNORECASE)
_PART_OF_THE_NAME_BEFORE = re.compile(
    r"(?:jr|sr|ii|iii|iv|ph\.?d|m\.?d|esq|inc|incorporated|ltd|limited|llc|llp|plc|corp|co|gmbh|ag|s\.?a|b\.?v)\.?",
    re.IGNORECASE,
)


def split_authors(text: str) -> list[str]:
    """Return the names in a text: separated by semicolons, or else by commas and a last `and`.

    A part such as `Jr.` or `Inc.` belongs to the name before it.
    """
    if ";" in text:
        parts = text.split(";")
    elif "," in text:
        *first, last = text.split(",")
        parts = [*first, *_AND.split(f" {last}")]
    else:
        parts = [text]
    names: list[str] = []
    for part in (" ".join(part.split()) for part in parts):
        if names and _PART_OF_THE_NAME_BEFORE.fullmatch(part):
            names[-1] += f", {part}"
        elif part:
            names.append(part)
    return names


def tag_names(items: Iterable[Any], warn: Callable[[str], None]) -> list[str]:
    """Return the names of tags in a list, each once, as text: of a mapping its `name`, of a list its items.

    A name that is too long is cut, and an item without a name is left out, each with a warning.
    """
    names: dict[str, str] = {}
    for item in items:
        for name in _names_in(item, warn):
            names.setdefault(name.casefold(), name)
    return list(names.values())


def _names_in(item: Any, warn: Callable[[str], None]) -> list[str]:
    if isinstance(item, list):
        return [name for one in item for name in _names_in(one, warn)]
    if isinstance(item, dict):
        found = next((item[key] for key in ("name", "title", "label", "slug") if item.get(key)), None)
        if found is None:
            warn(_("a tag has no name (%s); left out") % ", ".join(map(str, item)))
        return _names_in(found, warn)
    text = str(item).lower() if isinstance(item, bool) else "" if item is None else str(item)
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > _MAX_TAG_LENGTH:
        warn(
            _("the tag “%(name)s” is longer than %(limit)s characters; cut off")
            % {"name": name, "limit": _MAX_TAG_LENGTH}
        )
        name = name[:_MAX_TAG_LENGTH].rsplit(" ", 1)[0]
    return [name] if name else []


def described_author(row: dict[str, Any], key: str = "") -> AuthorData:
    """Return the author that a mapping of front matter describes, or a row of `_data/authors.yml` that has this key.

    The row may say nothing but the key, and its addresses count if they are those of pages.
    """
    name = next((str(row[each]).strip() for each in ("name", "title", "display_name") if row.get(each)), key)
    links = [link.get("url") if isinstance(link, dict) else link for link in as_list(row.get("links"))]
    pages = [page for link in links if (page := _page(link))]
    return AuthorData(
        name,
        next((page for each in ("website", "url", "uri", "web") if (page := _page(row.get(each)))), ""),
        bio=str(next((row[each] for each in ("bio", "description", "about") if row.get(each)), ""))[:_MAX_BIO].strip(),
        links="\n".join(dict.fromkeys(pages[:MAX_PROFILE_LINKS])),
        picture_address=str(next((row[each] for each in ("avatar", "picture", "image", "photo") if row.get(each)), "")),
    )


def _page(address: Any) -> str:
    """Return an address of a page as it is written, or nothing."""
    text = str(address or "").strip()
    try:
        web_address_validator(text)
    except ValidationError:
        return ""
    return text if len(text) <= _MAX_ADDRESS else ""
