"""What a site's own stylesheet may have. It is parsed, so that nothing hides behind escapes and comments.

The pages' content security policy is the second line: it loads fonts and styles from this site alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from blog_project import addresses

BYTES_LIMIT = 50 * 1024
MAX_LISTED = 10
"""How many errors are listed at once."""

_FORBIDDEN_RULES = frozenset(["import", "namespace", "charset"])
_FORBIDDEN_FUNCTIONS = frozenset(["expression", "element", "image-set", "-webkit-image-set", "src"])
_FORBIDDEN_PROPERTIES = frozenset(["behavior", "-moz-binding"])


def check(css: str) -> None:
    """Raise ValidationError with the lines of what is wrong, or not allowed, in a stylesheet."""
    if len(css.encode()) > BYTES_LIMIT:
        message = _("It has %(size)s KB; a stylesheet has at most %(most)s KB.")
        raise ValidationError(message % {"size": -(-len(css.encode()) // 1024), "most": BYTES_LIMIT // 1024})
    # Imported here because only processes with the admin need it, when a stylesheet is saved.
    import tinycss2

    try:
        errors = list(_errors_of(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)))
    except RecursionError:
        raise ValidationError(_("It is nested too deeply.")) from None
    if errors:
        lines = [
            _("Line %(line)s: %(problem)s") % {"line": line, "problem": text} for line, text in errors[:MAX_LISTED]
        ]
        raise ValidationError(lines)


def _errors_of(nodes: Iterable[Any]) -> Iterator[tuple[int, str]]:
    """Yield line and text of each error in parsed rules, or in the values within them."""
    for node in nodes:
        if text := _error_of(node):
            yield node.source_line, text
        elif node.type == "qualified-rule":
            yield from _errors_of(node.prelude)
            yield from _block_errors(node.content)
        elif node.type == "at-rule":
            yield from _errors_of(node.prelude)
            yield from _block_errors(node.content or [])
        elif node.type == "declaration":
            yield from _errors_of(node.value)
        elif node.type == "function":
            yield from _errors_of(node.arguments)
        elif node.type in ("() block", "[] block", "{} block"):
            yield from _errors_of(node.content)


def _block_errors(content: list[Any]) -> Iterator[tuple[int, str]]:
    import tinycss2

    # A block of an at-rule such as @media has rules, any other has declarations and rules.
    return _errors_of(tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True))


def _error_of(node: Any) -> str:
    """Return what is wrong with a node itself, or an empty string."""
    name = getattr(node, "lower_at_keyword", "") or getattr(node, "lower_name", "")
    if node.type == "error":
        return _("it cannot be read (%s).") % node.message
    if node.type == "at-rule" and name in _FORBIDDEN_RULES:
        return _("@%s is not allowed: write the rules here.") % name
    if node.type == "declaration" and name in _FORBIDDEN_PROPERTIES:
        return _("“%s” is not allowed.") % name
    if node.type == "url":
        return _address_error(node.value)
    if node.type == "function" and name == "url":
        return _address_error("".join(token.value for token in node.arguments if token.type == "string"))
    if node.type == "function" and name in _FORBIDDEN_FUNCTIONS:
        return _("%s() is not allowed.") % name
    return ""


def _address_error(address: str) -> str:
    address = address.strip()
    if address.startswith(("#", addresses.MEDIA, "/static/")):
        return ""
    return _("the address “%(address)s” is not one of this site's files: they begin with /media/ or /static/.") % {
        "address": address[:80]
    }
