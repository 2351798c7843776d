"""Code with CSS classes from Pygments (https://pygments.org/docs/), so that one stylesheet does light and dark."""

from __future__ import annotations

from django.utils.html import escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

BLOCK_LIMIT = 50_000
"""Characters of one block of code that is highlighted; a longer one is shown plain."""
TOTAL_LIMIT = 200_000
"""Characters of all highlighted code of a text."""
LINE_LIMIT = 1_000
"""Characters of a line of highlighted code: regular expressions of lexers go astray in long ones."""

_FORMATTER = HtmlFormatter(nowrap=True)


class Highlighter:
    """Highlights the code of one text, as long as that stays within bounds."""

    def __init__(self) -> None:
        self.left = TOTAL_LIMIT

    def block(self, code: str, language: str) -> str:
        """Return the HTML of a block of code; plain where the language is unknown or the code too long."""
        name = f' data-language="{escape(language.lower())}"' if language else ""
        return f'<div class="highlight"{name}><pre><code>{self._lines(code, language)}</code></pre></div>\n'

    def _lines(self, code: str, language: str) -> str:
        size = len(code)
        if not language or size > min(BLOCK_LIMIT, self.left) or max(map(len, code.split("\n"))) > LINE_LIMIT:
            return escape(code)
        try:
            lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        except ClassNotFound:
            return escape(code)
        self.left -= size
        return highlight(code, lexer, _FORMATTER)
