"""Highlights code with the CSS classes of Pygments (https://pygments.org/docs/), for light and dark stylesheets."""

from __future__ import annotations

import time

from django.utils.html import escape
from pygments import format as format_tokens
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

BLOCK_LIMIT = 50_000
"""Characters of a highlighted block of code; a longer one is not highlighted."""
TOTAL_LIMIT = 100_000
"""Characters of all highlighted code of a text."""
LINE_LIMIT = 500
"""Characters of a line of highlighted code."""
SECONDS = 2.0
"""Processor time for all highlighted code of a text. Ordinary code of TOTAL_LIMIT characters takes a quarter of it.
Limits on characters are not enough: for input such as a thousand empty lines, many lexers take quadratic time."""

SECONDS_PER_CHARACTER = 20e-6
"""Processor time for each character of it, four times what ordinary code takes; so a short text cannot take SECONDS."""

_FORMATTER = HtmlFormatter(nowrap=True)


class Highlighter:
    """Highlights the code of one text up to the limits above; code beyond them is only escaped."""

    def __init__(self) -> None:
        self.characters_left = TOTAL_LIMIT
        self.seconds_left = 0.1
        self.seconds_more = SECONDS - self.seconds_left

    def block(self, code: str, language: str) -> str:
        """Return the HTML of a block of code, not highlighted if the language is unknown or a limit is exceeded."""
        name = f' data-language="{escape(language.lower())}"' if language else ""
        return f'<div class="highlight"{name}><pre><code>{self._lines(code, language)}</code></pre></div>\n'

    def _lines(self, code: str, language: str) -> str:
        too_long = len(code) > min(BLOCK_LIMIT, self.characters_left)
        if not language or too_long or max(map(len, code.split("\n"))) > LINE_LIMIT:
            return escape(code)
        try:
            lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        except ClassNotFound:
            return escape(code)
        self.characters_left -= len(code)
        more = min(self.seconds_more, len(code) * SECONDS_PER_CHARACTER)
        self.seconds_left, self.seconds_more = self.seconds_left + more, self.seconds_more - more
        tokens = self._tokens(lexer, code)
        return escape(code) if tokens is None else format_tokens(tokens, _FORMATTER)

    def _tokens(self, lexer, code: str) -> list | None:
        """Return the tokens of a block of code, or None if the time limit is reached."""
        tokens, start = [], time.thread_time()
        for token in lexer.get_tokens(code):
            tokens.append(token)
            if time.thread_time() - start > self.seconds_left:
                self.seconds_left = 0.0
                return None
        self.seconds_left -= time.thread_time() - start
        return tokens
