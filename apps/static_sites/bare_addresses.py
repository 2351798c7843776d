"""Make links of the bare addresses in a text, as GitHub and Hugo show them. https://github.github.com/gfm/#autolinks"""

from __future__ import annotations

import re

from . import code_in_markdown

_PASSED_OVER = (
    r"<[^<>\n]*>"  # tags and autolinks
    r"|\]\((?:[^()\n]|\([^()\n]*\))*+\)"  # targets of links
    r"|!?\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*+\](?:\((?:[^()\n]|\([^()\n]*\))*+\)|\[[^\[\]\n]*\])"  # links
    r"|^ {0,3}\[[^\]\n]+\]:.*$"  # definitions
)
_BARE = re.compile(
    rf"(?P<other>{_PASSED_OVER})|(?<![\w/@.+=&?-])(?:(?P<address>https?://[^\s<>\[\]\"`\\{code_in_markdown.CODE}]+)"
    rf"|(?P<www>www\.[^\s<>\[\]\"`\\{code_in_markdown.CODE}]+\.[^\s<>\[\]\"`\\{code_in_markdown.CODE}]+)"
    r"|(?P<mail>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}))",
    re.MULTILINE,
)
_TRAILING = re.compile(r"[?!.,:;*_~'\"|]+$")


def link(text: str) -> str:
    """Return the Markdown (its code masked) with bare addresses as links."""
    if "://" not in text and "www." not in text and "@" not in text:
        return text
    parts, position = [], 0
    for start, end in code_in_markdown.paragraphs(text):
        parts += [text[position:start], _BARE.sub(_linked, text[start:end])]
        position = end
    return "".join([*parts, text[position:]])


def _linked(found: re.Match) -> str:
    if found["other"]:
        return found["other"]
    address = _TRAILING.sub("", found[0])
    while address.endswith(")") and address.count(")") > address.count("("):
        address = _TRAILING.sub("", address[:-1])
    rest = found[0][len(address) :]
    if found["www"]:
        return f"[{address}](http://{address}){rest}"
    return f"<{address}>{rest}"
