"""Convert what WordPress's block editor keeps outside of a post's HTML: footnotes, reusable blocks, dynamic blocks."""

from __future__ import annotations

import json
import re
from collections import Counter
from html import escape
from io import StringIO

from bs4 import BeautifulSoup, Comment, Tag
from django.utils.translation import gettext as _

from .report import ExportedPost, Subject

EDITOR = "<!-- wp:"
"""What every text of the block editor contains."""

_REUSED = re.compile(r"<!--\s+wp:block\s+(\{[^>]*?\})\s*/?-->")
_BLOCK = re.compile(r"(?P<end>/)?wp:(?P<name>[a-z][\w/-]*)(?:\s+(?P<given>\{.*?\}))?\s*(?P<alone>/)?", re.DOTALL)
_MAX_DEPTH = 5
_WITHOUT_CONTENT = frozenset(
    ["more", "nextpage", "spacer", "separator", "footnotes", "list-item", "paragraph", "heading"]
)
"""Blocks that may be empty: nothing is lost."""


def reused_ids(html: str) -> list[str]:
    """Return the ids of the reusable blocks that a text shows."""
    return [number for found in _REUSED.finditer(html) if (number := str(_given(found[1]).get("ref") or ""))]


def insert_reused(html: str, post: ExportedPost, reusable: dict[str, str], depth: int = 0) -> str:
    """Return the text with the reusable blocks that it shows; `reusable` are their texts by id."""

    def insert(found: re.Match) -> str:
        number = str(_given(found[1]).get("ref") or "")
        if number not in reusable or depth == _MAX_DEPTH:
            post.warn(_("the reusable block %s is not in the file; left out") % number, Subject.CONTENT)
            return ""
        return insert_reused(reusable[number], post, reusable, depth + 1)

    return _REUSED.sub(insert, html)


def insert_footnotes(parsed: BeautifulSoup, post: ExportedPost, notes: str) -> None:
    """Mark the footnotes of the text, and add theirs; `notes` is the JSON of the custom field that has them."""
    try:
        rows = json.loads(notes or "[]")
    except ValueError:
        rows = []
    texts = {str(row.get("id")): str(row.get("content") or "") for row in rows if isinstance(row, dict)}
    numbers: dict[str, int] = {}
    for reference in parsed("sup", attrs={"data-fn": True}):
        key = str(reference["data-fn"])
        if key not in texts:
            post.warn(_("the text of the footnote %s is not in the file") % key, Subject.CONTENT)
            continue
        number = numbers.setdefault(key, len(numbers) + 1)
        reference.replace_with(parsed.new_tag("x-note", id=str(number)))
    for key, number in numbers.items():
        note = parsed.new_tag("x-note-text", id=str(number))
        note.append(BeautifulSoup(StringIO(texts[key]), "html.parser"))
        parsed.append(note)
    for key in [key for key in texts if key not in numbers]:
        post.warn(_("no place of the text refers to the footnote “%s”; left out") % texts[key][:60], Subject.CONTENT)


def replace_dynamic(parsed: BeautifulSoup, post: ExportedPost) -> None:
    """Replace blocks that WordPress fills in on the server by links, where they have an address; tell of the others."""
    lost: Counter[str] = Counter()
    opened: list[tuple[str, Comment]] = []
    for comment in parsed(string=lambda one: isinstance(one, Comment)):
        block = _BLOCK.fullmatch(comment.strip())
        if block is None:
            continue
        if block["alone"]:
            lost[_replace_alone(parsed, comment, block["name"], _given(block["given"] or "{}"))] += 1
        elif not block["end"]:
            opened.append((block["name"], comment))
        elif opened and opened[-1][0] == block["name"]:
            name, beginning = opened.pop()
            lost[name if _is_empty(beginning, comment) and name not in _WITHOUT_CONTENT else ""] += 1
    for name, count in sorted(lost.items()):
        if name:
            said = {"count": count, "name": name}
            post.warn(
                _("%(count)s × the block %(name)s: WordPress fills it in; does not come along") % said, Subject.CONTENT
            )


def _replace_alone(parsed: BeautifulSoup, comment: Comment, name: str, given: dict) -> str:
    """Replace a block without HTML by a link if it has an address. Return its name if it is lost."""
    address = str(given.get("url") or "")
    if name in _WITHOUT_CONTENT:
        return ""
    if not address.startswith(("http://", "https://")):
        return name
    comment.insert_after(BeautifulSoup(f'<p><a href="{escape(address)}">{escape(address)}</a></p>', "html.parser"))
    return ""


def _is_empty(beginning: Comment, end: Comment) -> bool:
    """Return whether there are neither words nor pictures nor other blocks between two comments."""
    for one in beginning.next_elements:
        if one is end:
            return True
        if isinstance(one, Tag):
            if one.name in ("img", "video", "audio", "iframe", "script", "hr", "svg", "embed", "object"):
                return False
        elif isinstance(one, Comment) or one.strip():
            return False
    return True


def _given(text: str) -> dict:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
