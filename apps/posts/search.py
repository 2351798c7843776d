"""Search in public text: ranked by the database's full-text index, titles before tags before bodies.

SQLite (FTS5, trigrams) and MySQL (ngrams) find any part of a word of three or more characters; MariaDB finds words
and beginnings of words. Words of one or two characters, which no index has, are looked for in the newest posts only.
A query is words, never operators: whatever is typed, there is no error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Greatest, Lower, NullIf, StrIndex, Substr
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from .models import Post, SearchDocument

QUERY_LIMIT = 200
"""Characters of a query; the rest is not looked at."""
WORD_LIMIT = 8
"""Words of a query."""
CANDIDATES = 200
"""The most posts that a search finds: the best ones."""
SCANNED = 500
"""How many of the newest posts are read for words that no index has."""
PASSAGE = 280
"""Characters of an excerpt."""

_SQLITE = """
    SELECT rowid FROM posts_searchindex WHERE posts_searchindex MATCH %s
    ORDER BY bm25(posts_searchindex, 20.0, 5.0, 1.0), rowid DESC LIMIT %s"""
_MYSQL = """
    SELECT post_id FROM posts_searchdocument WHERE MATCH (title, tags, body) AGAINST (%s IN BOOLEAN MODE)
    ORDER BY 20 * (MATCH (title) AGAINST (%s IN BOOLEAN MODE)) + (MATCH (title, tags, body) AGAINST (%s IN BOOLEAN MODE))
    DESC, post_id DESC LIMIT %s"""


@dataclass(frozen=True)
class Hit:
    """A post that was found, with what to show of it: HTML that is safe, with `<mark>` around the words."""

    post: Post
    title: SafeString
    excerpt: SafeString


def words_of(query: str) -> list[str]:
    """Return the words of a query in lower case, each once: letters, digits and their marks, in any script."""
    kept = (char if unicodedata.category(char)[0] in "LMN" else " " for char in query[:QUERY_LIMIT])
    return list(dict.fromkeys("".join(kept).lower().split()))[:WORD_LIMIT]


def matching_ids(query: str, *, limit: int = CANDIDATES) -> list[int]:
    """Return the ids of the published posts that have all words of `query`, best first, at most `limit`.

    Two queries to the database; none where the query has nothing to look for.
    """
    words = words_of(query)
    indexed = [word for word in words if len(word) >= 3]
    as_typed = [part for part in query[:QUERY_LIMIT].split() if part.isprintable()][:WORD_LIMIT]
    found = _from_index(indexed, limit) if indexed else _from_newest(as_typed, limit)
    public = set(Post.objects.published().filter(pk__in=found).values_list("pk", flat=True)) if found else ()
    return [pk for pk in found if pk in public]


def hits(ids: Sequence[int], query: str) -> list[Hit]:
    """Return the posts of `ids` in this order with the words of `query` marked. Three queries."""
    words = words_of(query) or query[:QUERY_LIMIT].lower().split()[:WORD_LIMIT]
    passage = Substr("search_document__body", Greatest(_first_place(words) - PASSAGE // 4, Value(1)), PASSAGE)
    posts = Post.objects.for_listing().annotate(passage=passage, starts=_first_place(words)).in_bulk(ids)
    return [
        Hit(post, marked(post.title, words), marked(_whole_words(post.passage or "", post.starts), words))
        for post in (posts[pk] for pk in ids if pk in posts)
    ]


def marked(text: str, words: Sequence[str]) -> SafeString:
    """Return `text` escaped for HTML, with `<mark>` around each of `words` in it."""
    if not words:
        return escape(text)
    longest_first = sorted(words, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text, flags=re.IGNORECASE)
    # re.split with one group alternates: text, match, text, …
    pieces = (format_html("<mark>{}</mark>", part) if number % 2 else part for number, part in enumerate(parts))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _from_index(words: list[str], limit: int) -> list[int]:
    if connection.vendor == "sqlite":
        # A string in FTS5 is quoted like one in SQL; the words have no quotes to double.
        statement, values = _SQLITE, [" ".join(f'"{word}"' for word in words), limit]
    else:
        required = " ".join(f"+{word}*" for word in words)
        statement, values = _MYSQL, [required, required, required, limit]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [pk for (pk,) in cursor.fetchall()]


def _from_newest(words: list[str], limit: int) -> list[int]:
    """Look through the newest posts, a bounded number, for words that the index does not have."""
    if not words:
        return []
    newest = list(Post.objects.published().posts().newest_first().values_list("pk", flat=True)[:SCANNED])
    everywhere = Q()
    for word in words:
        everywhere &= Q(title__icontains=word) | Q(tags__icontains=word) | Q(body__icontains=word)
    documents = SearchDocument.objects.filter(everywhere, pk__in=newest)
    return list(documents.order_by("-pk").values_list("pk", flat=True)[:limit])


def _first_place(words: Sequence[str]):
    """Return an expression for where in the body the first word stands that is there; 1 where none is."""
    # MySQL compares without case; SQLite's LOWER knows ASCII only, and then the passage is the beginning.
    body = Lower("search_document__body") if connection.vendor == "sqlite" else F("search_document__body")
    return Coalesce(*(NullIf(StrIndex(body, Value(word)), 0) for word in words), Value(1), Value(1))


def _whole_words(passage: str, starts: int) -> str:
    """Trim a passage cut out of a text to whole words, with an ellipsis where text is missing."""
    is_cut = len(passage) >= PASSAGE
    if starts > PASSAGE // 4 + 1:
        passage = "… " + passage.partition(" ")[2] if " " in passage[: PASSAGE // 4] else "… " + passage
    if is_cut:
        head, _, _ = passage.rpartition(" ")
        passage = (head if len(head) > PASSAGE // 2 else passage) + " …"
    return passage
