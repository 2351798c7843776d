"""JSON of strangers: a text of many small values takes thirty times its size in memory, so their number is bounded."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

MAX_TOKENS = 250_000
"""Strings, numbers, words and marks: more than any form or request needs, and some 12 MB of values at most."""

# A string that does not end is one token, so that no character is read twice.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[^\s",:\[\]{}]++|\S', re.DOTALL)


class TooManyValues(ValueError):
    """A text with more than MAX_TOKENS."""


def loads(text: str, **options: Any) -> Any:
    """Return the value of a JSON text; `options` are those of `json.loads`.

    Raises ValueError, also as TooManyValues, and RecursionError for deep nesting.
    """
    if next(islice(_TOKEN.finditer(text), MAX_TOKENS, None), None):
        raise TooManyValues(f"It has more than {MAX_TOKENS} tokens.")
    return json.loads(text, **options)
