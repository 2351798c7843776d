"""Code with CSS classes from Pygments (https://pygments.org/docs/), so that one stylesheet does light and dark."""

from __future__ import annotations

import time

from django.utils.html import escape
from pygments import format as format_tokens
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

BLOCK_LIMIT = 50_000
"""Characters of one block of code that is highlighted; a longer one is shown plain."""
TOTAL_LIMIT = 100_000
"""Characters of all highlighted code of a text."""
LINE_LIMIT = 500
"""Characters of a line of highlighted code."""
SECONDS = 2.0
"""Processor time for all highlighted code of a text. Honest code up to TOTAL_LIMIT takes a quarter of it; many lexers
take quadratic time for such things as a thousand empty lines, which no count of characters tells from honest code."""

_FORMATTER = HtmlFormatter(nowrap=True)


class Highlighter:
    """Highlights the code of one text, as long as that stays within bounds; beyond them it has no colours."""

    def __init__(self) -> None:
        self.characters_left = TOTAL_LIMIT
        self.seconds_left = SECONDS

    def block(self, code: str, language: str) -> str:
        """Return the HTML of a block of code; plain where the language is unknown or the code too long."""
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
        tokens = self._tokens(lexer, code)
        return escape(code) if tokens is None else format_tokens(tokens, _FORMATTER)

    def _tokens(self, lexer, code: str) -> list | None:
        """Return the tokens of some code, or None when the time is up."""
        tokens, start = [], time.thread_time()
        for token in lexer.get_tokens(code):
            tokens.append(token)
            if time.thread_time() - start > self.seconds_left:
                self.seconds_left = 0.0
                return None
        self.seconds_left -= time.thread_time() - start
        return tokens
