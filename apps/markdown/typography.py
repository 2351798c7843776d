"""Sets quotation marks, apostrophes, dashes, ellipses and spaces that do not break as the language of a text has them.

Authors type `"`, `'`, `--`, `---`, `...` and ordinary spaces, and what is stored keeps them. The
quotation marks are those of the Unicode CLDR (https://cldr.unicode.org/, `delimiters`).

The time is linear in the length of a text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

NARROW, FIXED = "\u202f", "\u00a0"
"""The narrow and the ordinary space at which no line ends."""


class Typography(NamedTuple):
    """What a language does."""

    quotes: tuple[str, str, str, str]
    """The marks around a quotation, and around one within it."""
    binding: str = ""
    """Words of one letter at which no line ends."""
    before: tuple[tuple[str, str], ...] = ()
    """Signs, and the space that replaces a space typed before them."""
    ellipsis: str = "…"


_COMMAS = ("„", "“", "‚", "‘")
_HIGH = ("“", "”", "‘", "’")
_RIGHT = ("”", "”", "’", "’")
_GUILLEMETS = ("«", "»", "“", "”")
_CORNERS = ("「", "」", "『", "』")
_POLISH = ("„", "”", "«", "»")
_FRENCH = (f"«{NARROW}", f"{NARROW}»", "“", "”")
_FRENCH_SIGNS = ((";!?", NARROW), (":»", FIXED))
_SLAVIC_QUOTES = ("«", "»", "„", "“")

LANGUAGES = {
    "en": Typography(_HIGH),
    "af": Typography(_HIGH),
    "ar": Typography(("”", "“", "’", "‘")),
    "bg": Typography(_COMMAS),
    "ca": Typography(_GUILLEMETS),
    "cs": Typography(_COMMAS, binding="kosuvzai"),
    "da": Typography(_HIGH),
    "de": Typography(_COMMAS),
    # As the Swiss write it; the CLDR has no marks of its own for them.
    "de-ch": Typography(("«", "»", "‹", "›")),
    "el": Typography(_GUILLEMETS),
    "es": Typography(_GUILLEMETS),
    "es-mx": Typography(_HIGH),
    "et": Typography(("„", "“", "«", "»")),
    "fa": Typography(("«", "»", "‹", "›")),
    "fi": Typography(_RIGHT),
    "fr": Typography(_FRENCH, before=_FRENCH_SIGNS),
    "fr-ca": Typography((f"«{FIXED}", f"{FIXED}»", "“", "”"), before=((":»", FIXED),)),
    "fr-ch": Typography((f"«{NARROW}", f"{NARROW}»", "‹", "›"), before=((";!?:»", NARROW),)),
    "ga": Typography(_HIGH),
    "he": Typography(_RIGHT),
    "hr": Typography(("„", "”", "‘", "’")),
    "hu": Typography(("„", "”", "»", "«")),
    "id": Typography(_HIGH),
    "is": Typography(_COMMAS),
    "it": Typography(_GUILLEMETS),
    "ja": Typography(_CORNERS),
    "ko": Typography(_HIGH),
    "lt": Typography(("„", "“", "„", "“")),
    "lv": Typography(_HIGH),
    "nb": Typography(("«", "»", "‘", "’")),
    "nl": Typography(_HIGH),
    "nn": Typography(("«", "»", "‘", "’")),
    "no": Typography(("«", "»", "‘", "’")),
    "pl": Typography(_POLISH, binding="aiouwz"),
    "pt": Typography(_HIGH),
    "pt-pt": Typography(_GUILLEMETS),
    "ro": Typography(("„", "”", "«", "»")),
    "ru": Typography(_SLAVIC_QUOTES, binding="авикосуя"),
    "sk": Typography(_COMMAS, binding="kosuvzai"),
    "sl": Typography(_COMMAS),
    "sr": Typography(("„", "“", "‘", "’")),
    "sv": Typography(_RIGHT),
    "tr": Typography(_HIGH),
    "uk": Typography(_SLAVIC_QUOTES, binding="авзійоуя"),
    "ur": Typography(("”", "“", "’", "‘")),
    "vi": Typography(_HIGH),
    "zh": Typography(_HIGH, ellipsis="……"),
    "zh-hant": Typography(_CORNERS, ellipsis="……"),
    "zh-tw": Typography(_CORNERS, ellipsis="……"),
    "zh-hk": Typography(_CORNERS, ellipsis="……"),
}
"""What each language does, by its tag in small letters. A language that is not here changes nothing but dashes and spaces."""

OBJECT = "\ufffc"
"""Stands for code, a picture or an address: a word of which nothing is known."""


@lru_cache(100)
def of_language(language: str) -> Typography | None:
    """Return what a language does (`de` for `de-AT`), or None if that is not known."""
    parts = language.lower().split("-")
    tags = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((LANGUAGES[tag] for tag in tags if tag in LANGUAGES), None)


def typeset_text(text: str, language: str) -> str:
    """Return plain text, such as a title, as its language sets it."""
    return "".join(typeset(text, language))


def typeset(text: str, language: str) -> list[str]:
    """Return what stands for each character of `text` in this language: itself, other characters, or nothing."""
    found = of_language(language)
    made = [*text]
    if found is not None:
        _set_quotes(text, made, found.quotes)
        _replace(_ELLIPSES, text, made, found.ellipsis)
        for signs, space in found.before:
            _replace(_space_before(signs), text, made, space)
        if found.binding:
            _replace(_bound(found.binding), text, made, FIXED)
    _replace(_EM_DASHES, text, made, "—")
    _replace(_EN_DASHES, text, made, "–")
    _replace(_SPACES_BEFORE_DASHES, text, made, FIXED)
    _replace(_SPACES_OF_NUMBERS, text, made, FIXED)
    _replace(_SPACES_OF_INITIALS, text, made, NARROW)
    return made


_ELLIPSES = re.compile(r"(?<![./])\.\.\.(?![./])")
_EM_DASHES = re.compile(r"(?<![-<!])---(?![->])")
# Two hyphens between words or between spaces, not those of an option or an arrow: `--all`, `-->`.
_EN_DASHES = re.compile(r"(?<=[^\s<!-])--(?=[^\s>-])|(?<!\S)--(?!\S)")
_SPACES_BEFORE_DASHES = re.compile(r"(?<=\S) (?=(?:–|—|---?)\s)")
_SPACES_OF_NUMBERS = re.compile(r"(?<=\d) (?=[%‰€°](?!\w))|(?<=[§№]) (?=\d)")
_SPACES_OF_INITIALS = re.compile(r"(?<=\b[^\W\d_]\.) (?=[^\W\d_]\.)")


@lru_cache(20)
def _space_before(signs: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=\S) (?=[{re.escape(signs)}])")


@lru_cache(20)
def _bound(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=(?<![\w'’])[{words}]) (?=\w)", re.IGNORECASE)


def _replace(pattern: re.Pattern[str], text: str, made: list[str], new: str) -> None:
    for found in pattern.finditer(text):
        made[found.start()] = new
        for index in range(found.start() + 1, found.end()):
            made[index] = ""


# Quotation marks and apostrophes

_QUOTES = re.compile("[\"']")
_DECADE = re.compile(r"'\d\ds?\b")


def _set_quotes(text: str, made: list[str], quotes: tuple[str, str, str, str]) -> None:
    """Pair quotation marks from left to right. One that remains alone is an apostrophe, or stays: an inch, a foot."""
    opened: dict[str, int | None] = {'"': None, "'": None}
    for found in _QUOTES.finditer(text):
        index, sign = found.start(), found[0]
        before, after = _kind(text[index - 1 : index] if index else ""), _kind(text[index + 1 : index + 2])
        if sign == "'" and (_DECADE.match(text, index) or before == after == "letter"):
            made[index] = sign if text[index - 1 : index].isdigit() else "’"
            continue
        start = opened[sign]
        if start is not None and before not in ("space", "opening") and after != "letter":
            made[start], made[index] = quotes[:2] if sign == '"' else quotes[2:]
            opened[sign] = None
        elif before != "letter" and after != "space" and (before in ("space", "opening") or after != "closing"):
            opened[sign] = index
            if sign == "'" and start is not None:
                made[start] = "’"
        elif sign == "'" and before == "letter" and not text[index - 1].isdigit():
            made[index] = "’"
    if (start := opened["'"]) is not None and text[start + 1 : start + 2].isalpha():
        made[start] = "’"
    # A quotation of several paragraphs: each begins with a mark, and only the last ends with one.
    if opened['"'] == 0:
        made[0] = quotes[0]


def _kind(character: str) -> str:
    """Return what a character is to a quotation mark beside it."""
    if not character or character.isspace():
        return "space"
    if unicodedata.east_asian_width(character) in "WF":
        return "wide"  # Written without spaces: a quotation begins and ends anywhere.
    if character.isalnum() or character == OBJECT:
        return "letter"
    if unicodedata.category(character) in ("Ps", "Pi", "Pd"):
        return "opening"
    return "closing" if character in ".,;:!?…)]}»”’" else "other"
