"""Full-text search in public posts. Titles rank above tags, and tags above bodies. The cost is bounded.

Case and accents do not matter. What a word matches: SQLite (FTS5, trigrams) and MySQL (ngrams) find any part of a word from three (MySQL: two)
characters on. MariaDB finds words and their prefixes. It has no ngrams, so for scripts without spaces (Chinese,
Japanese, Thai) only the newest posts are scanned. A query has words and no operators, so no query is an error. A post
must have all words.

What a search costs: scoring all posts that have a word would take longer with every post. So:

1. A sample of `SAMPLED` posts, spread evenly over all, tells which words are common: those that by this estimate more
   than `MATCHES` posts have. A blog of at most `MATCHES` posts has no common words, and is not sampled.
2. The full-text index is queried for the other words: in titles and in whole texts, at most `CANDIDATES` public posts
   each, the best by the index's own ranking (SQLite: the newest). Scheduled posts, which are in the index too, take no
   place among them.
3. If all words are common or too short for the index, the newest `SCANNED` public posts are the candidates.
4. The texts of the candidates are read (their first `READ` characters), those without one of the common or short words
   are left out, and the rest is ranked in Python.

So any query costs at most `MATCHES` matches in the index and some hundred texts. If the results are incomplete, the
page says so. The sample cannot detect a word that is common only in a part of the posts: the index is then queried for
it, which costs more and finds more.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.text import normalized

from . import folding
from .folding import folded
from .models import Author, Post, PostAuthor, PostTag, SearchDocument, Tag

QUERY_LIMIT = 200
"""Characters of a query; the rest is ignored."""
WORD_LIMIT = 8
"""Words of a query; the rest is ignored."""
MAX_WORD_LENGTH = 100
"""Characters of a word; the rest is ignored. MySQL refuses one of more than 128 ngrams (error 191)."""
CANDIDATES = 200
"""How many posts a search finds, at most."""
MATCHES = 20_000
"""How many posts may have a word that the index is queried for."""
SAMPLED = 100
"""How many posts the sample has that tells how common a word is."""
SCANNED = 400
"""How many of the newest posts are scanned for words that the index is not queried for."""
MAX_FILTERED = 2_000
"""How many posts the index returns at most if the search is limited to a tag, an author or dates."""
READ = 20_000
"""How many characters of a text are read to rank it."""
LOOKED_THROUGH = 200_000
"""How many characters of a text on the page of results are looked through for the excerpt. This is not left to the
database: LOCATE of MySQL and MariaDB ignores accents only where they take no more bytes."""
PASSAGE = 280
"""How many characters an excerpt has."""
TITLE, TAGS = 20, 5
"""The scores of a word in the title and in the tags. In the body, it is the logarithm of the number of matches."""

_QUOTATION_MARKS = "\"'“”„«»‹›‘’‚「」『』"

# Without an ORDER BY, MySQL's index returns the best rows first if it is the first table of a join; STRAIGHT_JOIN keeps
# it the first.
_SQLITE = """
    SELECT posts_searchindex.rowid FROM posts_searchindex
    CROSS JOIN posts_post ON posts_post.id = posts_searchindex.rowid
    WHERE posts_searchindex MATCH %s {and_public} ORDER BY posts_searchindex.rowid DESC LIMIT %s"""
_MYSQL = """
    SELECT post_id FROM posts_searchdocument STRAIGHT_JOIN posts_post ON posts_post.id = post_id
    WHERE MATCH ({columns}) AGAINST (%s IN BOOLEAN MODE) {and_public} LIMIT %s"""
# The same rule as `Post.objects.published`.
_AND_PUBLIC = "AND status = %s AND trashed_at IS NULL AND published_at <= %s"
# The prefixes of Unicode character names of scripts without spaces between words.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


class Scope(NamedTuple):
    """Limits a search to the posts of a tag, of an author, and between two dates (the second is exclusive)."""

    tag: Tag | None = None
    author: Author | None = None
    span: tuple[datetime, datetime] | None = None


EVERYWHERE = Scope()


class SearchResult(NamedTuple):
    """The result of a search."""

    ids: list[int]
    """The ids of the posts, best first."""
    newest: int = 0
    """How many of the newest posts were scanned, if not all posts were searched; otherwise 0."""
    is_cut: bool = False
    """Whether more posts may match than were returned."""


@dataclass(frozen=True)
class Hit:
    """A found post with its title and excerpt as safe HTML, with `<mark>` around the words of the query."""

    post: Post
    title: SafeString
    excerpt: SafeString


class _Word(NamedTuple):
    """A word to match against folded texts."""

    text: str
    prefix_only: bool
    """Whether only the beginnings of words match, as in the index of this database."""


class _Text(NamedTuple):
    pk: int
    published_at: datetime
    title: str
    tags: str
    body: str


def words_of(query: str) -> list[str]:
    """Return the distinct words of a query in lower case: letters, digits and combining marks, in any script."""
    return [word[:MAX_WORD_LENGTH] for word in _distinct_words(query[:QUERY_LIMIT])][:WORD_LIMIT]


def is_too_long(query: str) -> bool:
    """Return whether a search would ignore a part of a query, because of QUERY_LIMIT, WORD_LIMIT or MAX_WORD_LENGTH."""
    words = _distinct_words(query)
    return len(query) > QUERY_LIMIT or len(words) > WORD_LIMIT or any(len(word) > MAX_WORD_LENGTH for word in words)


def _distinct_words(query: str) -> list[str]:
    # MariaDB indexes `select_related` as one word.
    extra = "_" if _matches_prefixes_only() else ""
    typed = normalized(query)
    chars = (char if unicodedata.category(char)[0] in "LMN" or char in extra else " " for char in typed)
    words = dict.fromkeys("".join(chars).lower().split())
    return [word for word in words if folded(word)]


def find(query: str, within: Scope = EVERYWHERE) -> SearchResult:
    """Return the published posts that have all words of `query`. It takes at most six database queries."""
    words = words_of(query)
    indexable = [word for word in words if is_indexed(word)]
    if not indexable:
        # Without quotation marks, which differ from those of the text.
        parts = (part.strip(_QUOTATION_MARKS) or part for part in query[:QUERY_LIMIT].split())
        as_typed = [part for part in parts if part.isprintable() and folded(part)][:WORD_LIMIT]
        return _search_newest(as_typed, within)
    common = _common_words(indexable)
    queried = [word for word in indexable if word not in common]
    if not queried:
        return _search_newest(words, within)
    return _search_index(queried, [word for word in words if word not in queried], within)


def find_among(query: str, posts: QuerySet, limit: int) -> list[int]:
    """Return ids of at most `limit` of `posts` that have all words of `query`, for editors, in no particular order.

    Published and scheduled posts are found by the index, as in `find`. Drafts and the trash have no search document:
    of each the newest `SCANNED` are read. It takes at most six database queries.
    """
    words = words_of(query) or [part for part in query[:QUERY_LIMIT].lower().split() if folded(part)][:WORD_LIMIT]
    if not words:
        return []
    indexable = [word for word in words if is_indexed(word)]
    common = _common_words(indexable) if indexable else set()
    queried = [word for word in indexable if word not in common]
    published = posts.filter(status=Post.Status.PUBLISHED, trashed_at__isnull=True)
    if queried:
        published = published.filter(pk__in=_from_index(queried, MAX_FILTERED, title_only=False, public_only=False))
    required = [word for word in words if word not in queried]
    if required:
        texts = _texts(published.order_by("-published_at", "-pk")[:SCANNED])
        found = [text.pk for text in _with_all(required, texts)]
    else:
        found = list(published.order_by("-pk").values_list("pk", flat=True)[:limit])
    drafts = posts.filter(status=Post.Status.DRAFT, trashed_at__isnull=True).order_by("-updated_at", "-pk")
    trash = posts.filter(trashed_at__isnull=False).order_by("-trashed_at", "-pk")
    for rows in (drafts, trash):
        columns = ("pk", "published_at", "title", "summary", Substr("body", 1, READ))
        texts = [_Text(pk, moment, *map(folded, parts)) for pk, moment, *parts in rows.values_list(*columns)[:SCANNED]]
        found += [text.pk for text in _with_all(words, texts)]
    return found[:limit]


def hits(ids: Sequence[int], query: str) -> list[Hit]:
    """Return the posts with these ids, in this order, with the words of `query` marked. It takes one query."""
    words = _folded_words_of(query)
    text = Substr("search_document__body", 1, LOOKED_THROUGH)
    posts = Post.objects.for_listing().annotate(text=text).in_bulk(ids)
    return [
        Hit(post, marked(post.title, words), marked(_passage(post.text or "", words), words))
        for post in (posts[pk] for pk in ids if pk in posts)
    ]


def excerpts(ids: Sequence[int], query: str) -> dict[int, str]:
    """Return the part of each post's text that has the first word of `query`, as plain text, by id. It takes one query.

    It is taken from what is searched. Drafts and the trash are not in there, and have no excerpt.
    """
    words = _folded_words_of(query)
    texts = SearchDocument.objects.filter(pk__in=ids).values_list("pk", Substr("body", 1, LOOKED_THROUGH))
    return {pk: _passage(text or "", words) for pk, text in texts}


def marked(text: str, words: Sequence[str]) -> SafeString:
    """Return `text` escaped for HTML, with `<mark>` around each of `words` in it, whatever its case and accents."""
    parts = folding.split(text, [folded(word) for word in words])
    pieces = (format_html("<mark>{}</mark>", part) if is_match else part for part, is_match in parts)
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _matches_prefixes_only() -> bool:
    """Return whether the index matches only whole words and their beginnings, as MariaDB's does."""
    return connection.vendor == "mysql" and connection.mysql_is_mariadb


def _folded_words_of(query: str) -> list[str]:
    """Return the words of a query that are marked, folded."""
    return [folded(word) for word in words_of(query) or query[:QUERY_LIMIT].split()[:WORD_LIMIT]]


def titled(words: list[str], limit: int) -> list[int]:
    """Return ids of at most `limit` posts with all `words` in their titles. Each word must be `is_indexed`.

    Scheduled posts are among them; drafts and the trash are not.
    """
    return _from_index(words, limit, title_only=True, public_only=False)


def is_indexed(word: str) -> bool:
    """Return whether the full-text index can find this word: it must be long enough, and in a supported script."""
    word = _indexed_form(word)
    if connection.vendor == "sqlite":
        return len(word) >= 3
    if _matches_prefixes_only():
        return len(word) >= 3 and not any(unicodedata.name(char, "").startswith(_UNSPACED) for char in word)
    return len(word) >= 2


def _common_words(words: list[str]) -> set[str]:
    """Return the words that more than `MATCHES` posts have, estimated from the sample. It takes at most two queries."""
    last = SearchDocument.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if last <= MATCHES:
        return set()
    # With gaps in the ids, the sample is smaller: its counts are scaled by the number of ids, not of posts.
    spread = range(last, 0, -max(1, last // SAMPLED))
    sample = _texts(Post.objects.filter(pk__in=spread))
    return {word for word in words if len(_with_all([word], sample)) * last > MATCHES * len(spread)}


def _search_index(queried: list[str], required: list[str], within: Scope) -> SearchResult:
    """Query the index for the words of `queried`, and filter its results by those of `required`."""
    limit = MAX_FILTERED if any(within) else CANDIDATES
    found = [_from_index(queried, limit, title_only=title_only, public_only=True) for title_only in (True, False)]
    is_cut = len(found[1]) >= limit
    public = set(
        _limit(Post.objects.published(), within).filter(pk__in={*found[0], *found[1]}).values_list("pk", flat=True)
    )
    candidates = [pk for pk in dict.fromkeys(found[0] + found[1]) if pk in public]
    # If there are too many, as many of the best titles as of the best texts are read.
    is_cut |= len(candidates) > 2 * CANDIDATES
    texts = _texts(Post.objects.filter(pk__in=candidates[: 2 * CANDIDATES]))
    # The words of `queried` need no check: the index matched them, by its own rules.
    ranked = _ranked(_with_all(required, texts), queried + required)
    return SearchResult(ranked[:CANDIDATES], is_cut=is_cut or len(ranked) > CANDIDATES)


def _indexed_form(word: str) -> str:
    """Return a word as the index is queried for it.

    MySQL's ngrams have the letters of the text: there `ß` is no `ss`. Without accents, because it takes the dot that
    lower case adds to `İ` for the end of the word.
    """
    return folded(word) if connection.vendor == "sqlite" else folding.without_accents(word, form="NFD")


def _from_index(words: list[str], limit: int, *, title_only: bool, public_only: bool) -> list[int]:
    words = [_indexed_form(word) for word in words]
    if connection.vendor == "sqlite":
        # A string in FTS5 is quoted like one in SQL; the words have no quotes to double.
        phrases = " ".join(f'"{word}"' for word in words)
        statement, query = _SQLITE, f"title : ({phrases})" if title_only else phrases
    else:
        statement, query = _MYSQL, " ".join(f"+{word}*" for word in words)
    columns = ", ".join(f"posts_searchdocument.{name}" for name in ("title", "tags", "body")[: 1 if title_only else 3])
    condition = [Post.Status.PUBLISHED.value, connection.ops.adapt_datetimefield_value(timezone.now())]
    with connection.cursor() as cursor:
        cursor.execute(
            statement.format(columns=columns, and_public=_AND_PUBLIC if public_only else ""),
            [query, *(condition if public_only else ()), limit],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _search_newest(words: list[str], within: Scope) -> SearchResult:
    """Search a bounded number of the newest posts, without the index."""
    if not words:
        return SearchResult([])
    newest, are_all = _newest_ids(within)
    texts = _texts(Post.objects.published().posts().filter(pk__in=newest))
    ranked = _ranked(_with_all(words, texts), words)
    return SearchResult(ranked[:CANDIDATES], newest=0 if are_all else len(newest), is_cut=len(ranked) > CANDIDATES)


def _newest_ids(within: Scope) -> tuple[list[int], bool]:
    """Return the ids of the posts to scan, and whether these are all posts in the scope.

    They are read from the index of the tag, of the author or of all posts, without a join.
    """
    if within.tag is not None:
        rows, moment, pk = PostTag.objects.filter(tag=within.tag), "listed_at", "post_id"
    elif within.author is not None:
        rows, moment, pk = PostAuthor.objects.filter(author=within.author), "listed_at", "post_id"
    else:
        rows, moment, pk = Post.objects.published().posts(), "published_at", "pk"
    since, until = within.span or (None, timezone.now())
    rows = rows.filter(**{f"{moment}__lt": until}, **({f"{moment}__gte": since} if since else {}))
    if pk == "post_id":
        rows = _of_public_posts(rows)
    ids = rows.order_by(f"-{moment}", f"-{pk}").values_list(pk, flat=True)
    if within.tag is None or within.author is None:
        found = list(ids[:SCANNED])
        return found, len(found) < SCANNED
    of_tag = list(ids[:MAX_FILTERED])
    both = PostAuthor.objects.filter(author=within.author, post__in=of_tag).order_by("-listed_at", "-post_id")
    found = list(both.values_list("post_id", flat=True)[:SCANNED])
    return found, len(of_tag) < MAX_FILTERED and len(found) < SCANNED


def _of_public_posts(links: QuerySet) -> QuerySet:
    """Return the links of public posts: those of drafts and of the trash have dates too.

    As in `PostQuerySet.each_in`, the database looks each post up, in the order of the index of the links.
    """
    public = Post.objects.published().posts().filter(pk=OuterRef("post_id")).order_by().values("pk")
    return links.alias(public=Subquery(public[:1])).filter(public__isnull=False)


def _limit(posts: QuerySet, within: Scope) -> QuerySet:
    if within.tag is not None:
        posts = posts.filter(tags=within.tag)
    if within.author is not None:
        posts = posts.filter(authors=within.author)
    if within.span is not None:
        posts = posts.filter(published_at__gte=within.span[0], published_at__lt=within.span[1])
    return posts


def _texts(posts: QuerySet) -> list[_Text]:
    """Return the folded texts of posts that have a search document."""
    columns = ("search_document__title", "search_document__tags", Substr("search_document__body", 1, READ))
    rows = posts.values_list("pk", "published_at", *columns)
    return [_Text(pk, moment, *map(folded, texts)) for pk, moment, *texts in rows if texts[0] is not None]


def _folded_words(words: Iterable[str]) -> list[_Word]:
    prefixes_only = _matches_prefixes_only()
    return [_Word(folded(word), prefixes_only and is_indexed(word)) for word in words]


def _with_all(words: Iterable[str], texts: Iterable[_Text]) -> list[_Text]:
    """Return the texts that have all of `words`."""
    folded = _folded_words(words)
    return [
        text
        for text in texts
        if all(any(_count(word, part) for part in (text.title, text.tags, text.body)) for word in folded)
    ]


def _count(word: _Word, text: str) -> int:
    if not word.text:
        return 0  # An accent alone is in no text.
    if not word.prefix_only:
        return text.count(word.text)
    number, position = 0, text.find(word.text)
    while position >= 0:
        number += position == 0 or not (text[position - 1].isalnum() or text[position - 1] == "_")
        position = text.find(word.text, position + len(word.text))
    return number


def _ranked(texts: Iterable[_Text], words: Iterable[str]) -> list[int]:
    """Return the ids of `texts`, best first, and the newest first among equals."""
    folded = _folded_words(words)
    scored = [(sum(_score(word, text) for word in folded), text.published_at, text.pk) for text in texts]
    return [pk for _, _, pk in sorted(scored, reverse=True)]


def _score(word: _Word, text: _Text) -> float:
    in_title, in_tags = bool(_count(word, text.title)), bool(_count(word, text.tags))
    return TITLE * in_title + TAGS * in_tags + math.log2(1 + _count(word, text.body))


def _passage(text: str, words: Sequence[str]) -> str:
    """Return the part of a text that has the first of the folded `words`; its beginning if it has none."""
    found = next((place for word in words if (place := folding.position(text, word))), 1)
    starts = max(found - PASSAGE // 4, 1)
    return _whole_words(text[starts - 1 : starts - 1 + PASSAGE], found)


def _whole_words(passage: str, starts: int) -> str:
    """Trim a passage of a text to whole words, with an ellipsis where text was left out."""
    is_cut = len(passage) >= PASSAGE
    if starts > PASSAGE // 4 + 1:
        passage = "… " + passage.partition(" ")[2] if " " in passage[: PASSAGE // 4] else "… " + passage
    if is_cut:
        head, _, _ = passage.rpartition(" ")
        passage = (head if len(head) > PASSAGE // 2 else passage) + " …"
    return passage
