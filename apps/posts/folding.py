"""Texts without case and accents, as a search compares them, and where a word of such a text is in the original.

The search uses it for the texts it reads, and SQLite for its index (`register_function`), so that `cafe` finds `café`
and `lodz` finds `Łódź` there too. The collations of MySQL and MariaDB ignore case and accents themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

SQL_FUNCTION = "broadsheet_folded"
"""The name of `folded` in SQL, for SQLite. Triggers of a migration use it."""

# Marks on letters: those of Latin, Greek and Cyrillic, and the optional vowels of Hebrew and Arabic. The vowels of
# Indic scripts and of Thai are marks too, but no accents.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
# Letters with a stroke and ligatures, which Unicode does not decompose; and apostrophes, which the renderer sets.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "’": "'"})
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_JOINERS = "\u200c\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAGS = range(0x1F1E6, 0x1F200)


def folded(text: str) -> str:
    """Return `text` without case and accents."""
    text = text.casefold()
    return text if text.isascii() else _NOT_ASCII.sub(lambda part: without_accents(part[0]), text).translate(_LETTERS)


def without_accents(text: str, form: str = "NFKD") -> str:
    """Return `text` without accents; other marks stay, such as that of が.

    With the `form` NFKD, compatibility forms such as `ﬁ` become plain letters too; with NFD they stay.
    """
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize(form, text)))


def position(text: str, word: str) -> int:
    """Return the position in `text` (from 1) of the first occurrence of `word`, which is folded; 0 if it has none."""
    found = folded(text).find(word)
    if found < 0 or text.isascii():
        return found + 1
    # Folding may change the length: find where the original has that many folded characters.
    start = length = 0
    for cluster in clusters(text):
        if (length := length + len(folded(cluster))) > found:
            break
        start += len(cluster)
    return start + 1


def split(text: str, words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield the parts of `text` in order, each with whether it is an occurrence of one of the folded `words`.

    No part begins or ends between a letter and its accent, or within an emoji.
    """
    parts = list(clusters(text))
    ends, whole = {}, ""
    starts = {}
    for number, cluster in enumerate(parts):
        starts.setdefault(len(whole), number)
        whole += folded(cluster)
        ends[len(whole)] = number + 1
    longest_first = "|".join(map(re.escape, sorted(filter(None, words), key=len, reverse=True)))
    done = 0
    for found in re.finditer(longest_first, whole) if longest_first else ():
        first = next(starts[place] for place in range(found.start(), -1, -1) if place in starts)
        last = next(ends[place] for place in range(found.end(), len(whole) + 1) if place in ends)
        if (first := max(first, done)) < last:
            yield "".join(parts[done:first]), False
            yield "".join(parts[first:last]), True
            done = last
    yield "".join(parts[done:]), False


def clusters(text: str) -> Iterator[str]:
    """Yield the characters of `text` as readers see them: a letter with its accents, an emoji of several code points.

    This is the part of the rules for grapheme clusters (Unicode Standard Annex 29) that a mark can split.
    """
    if text.isascii():
        yield from text
        return
    cluster = ""
    for char in text:
        if cluster and not _continues(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    code = ord(char)
    if code < 0x300:
        return False
    is_second_of_flag = code in _FLAGS and len(cluster) == 1 and ord(cluster) in _FLAGS
    return (
        char in _JOINERS
        or cluster[-1] == "\u200d"
        or code in _SKIN_TONES
        or is_second_of_flag
        or unicodedata.category(char)[0] == "M"
        or _is_jamo(char)
    )


def _is_jamo(char: str) -> bool:
    """Return whether a character is a medial vowel or a final consonant of a Korean syllable that is written apart."""
    return "\u1160" <= char <= "\u11ff"


def register_function(connection: BaseDatabaseWrapper, **kwargs) -> None:
    """Give a new connection to SQLite the function `SQL_FUNCTION(text)`."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(SQL_FUNCTION, 1, folded, deterministic=True)
