"""The rule of the Markdown parser that sets quotation marks, dashes and spaces (`apps.markdown.typography`).

Code, addresses and HTML stay as typed, and so does what an author has escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from apps.markdown.typography import OBJECT, typeset

_CODE_TAGS = re.compile(r"<(/?)(code|kbd|samp|pre|tt|var|math|script|style|svg)\b", re.IGNORECASE)


def apply(state: StateCore) -> None:
    """Set the text of all tokens; a rule of the Markdown parser. `env` has the `language`, which may be empty.

    A heading keeps its text as typed in `data-typed`, from which `markup` makes its id: addresses of sections stay.
    """
    language = state.env.get("language", "")
    if not language:
        return
    for opening, token in zip([None, *state.tokens], state.tokens, strict=False):
        if token.type != "inline" or not token.children:
            continue
        pieces = _pieces(token.children)
        typed = "".join(text for _child, text in pieces)
        made = typeset(typed, language)
        if made == [*typed]:
            continue
        if opening is not None and opening.type == "heading_open":
            opening.attrSet("data-typed", typed.replace(OBJECT, ""))
        position = 0
        for child, text in pieces:
            if child is not None:
                child.content = "".join(made[position : position + len(text)])
            position += len(text)


def _pieces(children: Sequence[Token]) -> list[tuple[Token | None, str]]:
    """Return what a paragraph reads as: text with the token whose content it is, and signs for all else."""
    pieces: list[tuple[Token | None, str]] = []
    code: list[str] = []
    is_address = False
    for child in children:
        if child.type == "html_inline" and (found := _CODE_TAGS.match(child.content)):
            name = found[2].lower()
            if not found[1]:
                code.append(name)
            elif name in code:
                del code[code.index(name) :]
        elif child.type in ("link_open", "link_close"):
            is_address = child.type == "link_open" and child.info == "auto"
        elif child.type == "text":
            pieces.append((None, OBJECT) if code or is_address else (child, child.content))
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append((None, "\n"))
        elif child.type == "text_special":
            pieces.append((None, child.content))  # Escaped by the author: a straight mark is meant.
        elif child.type in ("code_inline", "image"):
            pieces.append((None, OBJECT))
    return pieces
