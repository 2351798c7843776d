"""Texts as they are stored and compared: one Unicode form, and which characters nobody sees."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

# Characters without a glyph that are neither white space, controls nor format characters: fillers, joiners and
# variation selectors (Default_Ignorable_Code_Point, https://www.unicode.org/reports/tr44/), and the blank Braille cell.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
# Format characters that are shown, before numbers (Prepended_Concatenation_Mark).
_MARKS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")


def normalized(text: str) -> str:
    """Return a text in Unicode's composed form (NFC), in which all texts are stored and compared."""
    return unicodedata.normalize("NFC", text)


def is_blank(text: str) -> bool:
    """Return whether nothing of a text can be seen: it has only white space and invisible characters, or none."""
    return not any(_is_visible(char) and not char.isspace() for char in text)


def comparison_key(text: str) -> str:
    """Return a form that is equal for texts that look alike: without case, width and invisible characters.

    Accents do matter. White space counts as one space. (NFKC_Casefold, https://www.unicode.org/reports/tr31/#NFKC_CF)
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(_visible(unicodedata.normalize("NFKC", folded.casefold())).split())


def key_digest(text: str) -> str:
    """Return the SHA-256 of `comparison_key` in hexadecimal digits, which every database compares alike."""
    return sha256(comparison_key(text).encode("utf-8", "surrogatepass")).hexdigest()


def _visible(text: str) -> str:
    """Return a text without its invisible characters; white space stays."""
    return text if text.isascii() and text.isprintable() else "".join(filter(_is_visible, text))


def _is_visible(char: str) -> bool:
    if (char.isascii() and char.isprintable()) or char.isspace() or char in _MARKS:
        return True
    return unicodedata.category(char) not in ("Cc", "Cf") and not _UNSEEN.match(char)
