"""Load YAML of untrusted files: bounded, and with one kind of error."""

from __future__ import annotations

from typing import Any

import yaml
from django.utils.translation import gettext as _

MAX_ALIASED = 100_000
"""The characters by which a text may grow when each alias is written out."""


MAX_DEPTH = 100
"""Levels of lists and mappings."""


class TooLarge(yaml.YAMLError):
    """A text that is nested too deeply, or whose aliases stand for more than MAX_ALIASED characters or for themselves."""


def load(text: str, loader_class: type) -> Any:
    """Return the value of a text. Raises yaml.YAMLError."""
    _check_depth(text, loader_class)
    loader = loader_class(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        # Before values are made: joining mappings (`<<`) writes aliases out.
        _check_size(node, 2 * len(text) + MAX_ALIASED)
        return loader.construct_document(node)
    except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
        # PyYAML lets through what its conversions raise, for `!!bool foo`, `!!timestamp foo` or the 30th of February.
        detail = str(error) if isinstance(error, ValueError) else _("a value is not of the type that its tag names")
        raise yaml.YAMLError(detail) from None
    finally:
        loader.dispose()


def _check_depth(text: str, loader_class: type) -> None:
    """Raise TooLarge for more than MAX_DEPTH levels, at which the library in C would end the process."""
    depth = 0
    for event in yaml.parse(text, loader_class):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise TooLarge(_("it is nested too deeply"))


def _check_size(root: yaml.Node, limit: int) -> None:
    """Raise TooLarge if all values below a node have more than `limit` characters and values together."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node) -> int:
        if isinstance(node, yaml.ScalarNode):
            return 1 + len(node.value)
        if id(node) in sizes:
            return sizes[id(node)]
        if id(node) in open_nodes:
            raise TooLarge(_("an alias (*name) stands for what it is itself in. Write the value out"))
        open_nodes.add(id(node))
        total = 1
        for part in node.value:
            total += sum(map(size, part)) if isinstance(part, tuple) else size(part)
        if total > limit:
            message = _("its aliases (*name) stand for more than %s characters. Write out those that are needed")
            raise TooLarge(message % f"{MAX_ALIASED:,}")
        open_nodes.remove(id(node))
        sizes[id(node)] = total
        return total

    size(root)
