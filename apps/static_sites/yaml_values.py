"""Load YAML of untrusted files: bounded, and with one kind of error."""

from __future__ import annotations

from typing import Any

import yaml
from django.utils.translation import gettext as _

MAX_NODES = 1_000_000
"""Values that a text can stand for when each alias is written out."""


class TooLarge(yaml.YAMLError):
    """A text whose aliases stand for more than MAX_NODES values, or for themselves."""


def load(text: str, loader_class: type) -> Any:
    """Return the value of a text. Raises yaml.YAMLError; RecursionError if it is nested too deeply."""
    loader = loader_class(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        # Before values are made: joining mappings (`<<`) writes aliases out.
        _check_size(node)
        return loader.construct_document(node)
    except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
        # PyYAML lets through what its conversions raise, for `!!bool foo`, `!!timestamp foo` or the 30th of February.
        detail = str(error) if isinstance(error, ValueError) else _("a value is not of the type that its tag names")
        raise yaml.YAMLError(detail) from None
    finally:
        loader.dispose()


def _check_size(root: yaml.Node) -> None:
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node) -> int:
        if isinstance(node, yaml.ScalarNode):
            return 1
        if id(node) in sizes:
            return sizes[id(node)]
        if id(node) in open_nodes:
            raise TooLarge(_("an alias (*name) stands for what it is itself in. Write the value out"))
        open_nodes.add(id(node))
        total = 1
        for part in node.value:
            total += sum(map(size, part)) if isinstance(part, tuple) else size(part)
        if total > MAX_NODES:
            message = _("its aliases (*name) stand for more than %s values. Write out those that are needed")
            raise TooLarge(message % f"{MAX_NODES:,}")
        open_nodes.remove(id(node))
        sizes[id(node)] = total
        return total

    size(root)
