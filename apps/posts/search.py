"""Search in public text: titles before tags before bodies, and at a bounded cost however many posts there are.

What a word finds: SQLite (FTS5, trigrams) and MySQL (ngrams) know any part of a word of three (MySQL: two) or more
characters; MariaDB knows words and beginnings of words, and has no ngrams, so that of text without spaces (Chinese,
Japanese, Thai) it looks through the newest posts only. A query is words, never operators: whatever is typed, there is
no error. All words have to be there.

What it costs: scoring every post that has a word would take longer with every post. So

1. a sample of `SAMPLED` posts, spread evenly over all, tells which words are common: those that more than `MATCHES`
   posts have, going by it. A blog of no more than `MATCHES` posts has none, and is not sampled.
2. The full-text index is asked for the other words: of the titles and of the whole texts, at most `CANDIDATES` posts
   each, the best by the index's own measure (SQLite: the newest).
3. Where no word is left to ask the index for, because all are common or too short, the newest `SCANNED` posts are
   the candidates.
4. The candidates' texts are read (their first `READ` characters), those without one of the common or short words are
   left out, and the rest is ranked here.

So whatever is typed costs at most what `MATCHES` matches in the index and some hundred texts cost, and a page whose
results are not all that there are says so. The one thing the sample cannot see is a word of a few old posts as common
as a new one: it is then looked for in the index, which costs more and finds more.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest, Lower, NullIf, StrIndex, Substr
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from .models import Author, Post, PostAuthor, PostTag, SearchDocument, Tag

QUERY_LIMIT = 200
"""Characters of a query; the rest is not looked at."""
WORD_LIMIT = 8
"""Words of a query."""
LONGEST = 100
"""Characters of a word; the rest is not looked at. MySQL refuses one of more than 128 ngrams (error 191)."""
CANDIDATES = 200
"""The most posts that a search finds."""
MATCHES = 20_000
"""How many posts may have a word that the index is asked for."""
SAMPLED = 100
"""Posts that tell how common a word is."""
SCANNED = 400
"""How many of the newest posts are read for words that the index is not asked for."""
FILTERED = 2_000
"""How many posts are taken out of the index where only those of a tag, an author or a year are wanted."""
READ = 20_000
"""Characters of a text that are read to rank it."""
PASSAGE = 280
"""Characters of an excerpt."""
TITLE, TAGS = 20, 5
"""What a word in the title and in the tags is worth. In the body, it is the logarithm of how often it is there."""

_SQLITE = """
    SELECT rowid FROM posts_searchindex WHERE posts_searchindex MATCH %s ORDER BY rowid DESC LIMIT %s"""
# Without an ORDER BY the index gives the best first, and reads no more rows than the LIMIT.
_MYSQL = """
    SELECT post_id FROM posts_searchdocument WHERE MATCH ({columns}) AGAINST (%s IN BOOLEAN MODE) LIMIT %s"""
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
# Scripts without spaces between words, as the names of their characters in Unicode begin.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


class Within(NamedTuple):
    """Which posts are searched: those of a tag, of an author, and between two moments."""

    tag: Tag | None = None
    author: Author | None = None
    span: tuple[datetime, datetime] | None = None


EVERYWHERE = Within()


class Found(NamedTuple):
    """What a search found."""

    ids: list[int]
    """The posts, best first."""
    newest: int = 0
    """Where only the newest posts were looked through: how many. 0 where all were."""
    is_cut: bool = False
    """Whether there may be more than these, since the best were taken out of many."""


@dataclass(frozen=True)
class Hit:
    """A post that was found, with what to show of it: HTML that is safe, with `<mark>` around the words."""

    post: Post
    title: SafeString
    excerpt: SafeString


class _Word(NamedTuple):
    """A word to look for in folded texts."""

    text: str
    begins: bool
    """Whether only the beginnings of words count: where the index knows no other parts of words."""


class _Text(NamedTuple):
    pk: int
    published_at: datetime
    title: str
    tags: str
    body: str


def words_of(query: str) -> list[str]:
    """Return the words of a query in lower case, each once: letters, digits and their marks, in any script."""
    # MariaDB takes `select_related` for one word, of which it knows no other part.
    others = "_" if _knows_beginnings() else ""
    kept = (char if unicodedata.category(char)[0] in "LMN" or char in others else " " for char in query[:QUERY_LIMIT])
    return list(dict.fromkeys(word[:LONGEST] for word in "".join(kept).lower().split()))[:WORD_LIMIT]


def find(query: str, within: Within = EVERYWHERE) -> Found:
    """Return the published posts that have all words of `query`. At most six queries to the database."""
    words = words_of(query)
    indexed = [word for word in words if is_indexed(word)]
    if not indexed:
        as_typed = [part for part in query[:QUERY_LIMIT].split() if part.isprintable()][:WORD_LIMIT]
        return _in_newest(as_typed, within)
    common = _common(indexed)
    asked = [word for word in indexed if word not in common]
    if not asked:
        return _in_newest(words, within)
    return _in_index(asked, [word for word in words if word not in asked], within)


def hits(ids: Sequence[int], query: str) -> list[Hit]:
    """Return the posts of `ids` in this order with the words of `query` marked. One query."""
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


def _knows_beginnings() -> bool:
    """Tell whether the index knows words and their beginnings alone."""
    return connection.vendor == "mysql" and connection.mysql_is_mariadb


def titled(words: list[str], limit: int) -> list[int]:
    """Return at most `limit` published posts that have all `words`, which the index has to know, in their titles."""
    return _from_index(words, limit, title_only=True)


def is_indexed(word: str) -> bool:
    """Tell whether the full-text index knows words like this one: not those that are too short for it."""
    if connection.vendor == "sqlite":
        return len(word) >= 3
    if _knows_beginnings():
        return len(word) >= 3 and not any(unicodedata.name(char, "").startswith(_UNSPACED) for char in word)
    return len(word) >= 2


def _common(words: list[str]) -> set[str]:
    """Return the words that more than `MATCHES` posts have, going by the sample. Two queries, or one."""
    last = SearchDocument.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if last <= MATCHES:
        return set()
    # Where ids are missing, less of the sample is there: so it tells of how many ids, and not of how many posts.
    spread = range(last, 0, -max(1, last // SAMPLED))
    sample = _texts(Post.objects.filter(pk__in=spread))
    return {word for word in words if len(_having([word], sample)) * last > MATCHES * len(spread)}


def _in_index(asked: list[str], required: list[str], within: Within) -> Found:
    """Ask the index for the words of `asked`; of what it finds, keep what has those of `required`."""
    limit = FILTERED if any(within) else CANDIDATES
    found = [_from_index(asked, limit, title_only=title_only) for title_only in (True, False)]
    is_cut = len(found[1]) >= limit
    public = set(
        _wanted(Post.objects.published(), within).filter(pk__in={*found[0], *found[1]}).values_list("pk", flat=True)
    )
    candidates = [pk for pk in dict.fromkeys(found[0] + found[1]) if pk in public]
    # As many of the best titles as of the best texts, where there are too many of both.
    is_cut |= len(candidates) > 2 * CANDIDATES
    texts = _texts(Post.objects.filter(pk__in=candidates[: 2 * CANDIDATES]))
    # What the index found has its words, by rules of its own.
    ranked = _ranked(_having(required, texts), asked + required)
    return Found(ranked[:CANDIDATES], is_cut=is_cut or len(ranked) > CANDIDATES)


def _from_index(words: list[str], limit: int, *, title_only: bool) -> list[int]:
    if connection.vendor == "sqlite":
        # A string in FTS5 is quoted like one in SQL; the words have no quotes to double.
        phrases = " ".join(f'"{word}"' for word in words)
        statement, values = _SQLITE, [f"title : ({phrases})" if title_only else phrases, limit]
    else:
        columns = "title" if title_only else "title, tags, body"
        statement, values = _MYSQL.format(columns=columns), [" ".join(f"+{word}*" for word in words), limit]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [pk for (pk,) in cursor.fetchall()]


def _in_newest(words: list[str], within: Within) -> Found:
    """Look through the newest posts, a bounded number, for words that the index is not asked for."""
    if not words:
        return Found([])
    newest, are_all = _newest(within)
    texts = _texts(Post.objects.published().posts().filter(pk__in=newest))
    ranked = _ranked(_having(words, texts), words)
    return Found(ranked[:CANDIDATES], newest=0 if are_all else len(newest), is_cut=len(ranked) > CANDIDATES)


def _newest(within: Within) -> tuple[list[int], bool]:
    """Return the ids of the posts to look through, and whether there are no others.

    They come from the index of the tag, of the author or of all, without a join.
    """
    if within.tag is not None:
        rows, moment, pk = PostTag.objects.filter(tag=within.tag), "listed_at", "post_id"
    elif within.author is not None:
        rows, moment, pk = PostAuthor.objects.filter(author=within.author), "listed_at", "post_id"
    else:
        rows, moment, pk = Post.objects.published().posts(), "published_at", "pk"
    since, until = within.span or (None, timezone.now())
    rows = rows.filter(**{f"{moment}__lt": until}, **({f"{moment}__gte": since} if since else {}))
    ids = rows.order_by(f"-{moment}", f"-{pk}").values_list(pk, flat=True)
    if within.tag is None or within.author is None:
        found = list(ids[:SCANNED])
        return found, len(found) < SCANNED
    of_tag = list(ids[:FILTERED])
    both = PostAuthor.objects.filter(author=within.author, post__in=of_tag).order_by("-listed_at", "-post_id")
    found = list(both.values_list("post_id", flat=True)[:SCANNED])
    return found, len(of_tag) < FILTERED and len(found) < SCANNED


def _wanted(posts: QuerySet, within: Within) -> QuerySet:
    if within.tag is not None:
        posts = posts.filter(tags=within.tag)
    if within.author is not None:
        posts = posts.filter(authors=within.author)
    if within.span is not None:
        posts = posts.filter(published_at__gte=within.span[0], published_at__lt=within.span[1])
    return posts


def _texts(posts: QuerySet) -> list[_Text]:
    """Read what posts say, folded."""
    columns = ("search_document__title", "search_document__tags", Substr("search_document__body", 1, READ))
    rows = posts.values_list("pk", "published_at", *columns)
    return [_Text(pk, moment, *map(_folded, texts)) for pk, moment, *texts in rows if texts[0] is not None]


def _folded(text: str) -> str:
    """Return `text` as it is compared: without case and accents, as the databases do."""
    text = text.casefold()
    return text if text.isascii() else _NOT_ASCII.sub(_without_accents, text)


def _without_accents(part: re.Match) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", part[0]))


def _sought(words: Iterable[str]) -> list[_Word]:
    beginnings = _knows_beginnings()
    return [_Word(_folded(word), beginnings and is_indexed(word)) for word in words]


def _having(words: Iterable[str], texts: Iterable[_Text]) -> list[_Text]:
    """Return the texts that have all of `words`."""
    sought = _sought(words)
    return [
        text
        for text in texts
        if all(any(_count(word, part) for part in (text.title, text.tags, text.body)) for word in sought)
    ]


def _count(word: _Word, text: str) -> int:
    if not word.begins:
        return text.count(word.text)
    number, place = 0, text.find(word.text)
    while place >= 0:
        number += place == 0 or not (text[place - 1].isalnum() or text[place - 1] == "_")
        place = text.find(word.text, place + len(word.text))
    return number


def _ranked(texts: Iterable[_Text], words: Iterable[str]) -> list[int]:
    """Return the ids of `texts`, best first, and of equally good ones the newest first."""
    sought = _sought(words)
    scored = [(sum(_worth(word, text) for word in sought), text.published_at, text.pk) for text in texts]
    return [pk for _, _, pk in sorted(scored, reverse=True)]


def _worth(word: _Word, text: _Text) -> float:
    in_title, in_tags = bool(_count(word, text.title)), bool(_count(word, text.tags))
    return TITLE * in_title + TAGS * in_tags + math.log2(1 + _count(word, text.body))


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
