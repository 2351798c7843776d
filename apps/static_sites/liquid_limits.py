"""Limits on what the Liquid of one file may do, counted in steps and characters, so that they are the same everywhere.

python-liquid limits loops and output, but not what filters and ranges make: ten `replace` filters in a row can make
gigabytes. Here every value is weighed before it is made, and every statement is counted, also those of includes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.utils.translation import gettext as _
from liquid import BoundTemplate, RenderContext
from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import ResourceLimitError
from liquid.expression import Expression

from apps.posts.models import BODY_LIMIT

MAX_STEPS = 100_000
"""Statements and items of loops of one file, with what it includes."""
MAX_VALUE = BODY_LIMIT
"""Characters of one value, with all that is in it."""
MAX_WORK = 10 * BODY_LIMIT
"""Characters that the filters of one file read and write."""
MAX_KEPT = 4 * BODY_LIMIT
"""Characters of all variables of a file together."""
MAX_ITEMS = 100_000
"""Items of a range."""
MAX_DATE_FORMAT = 200
"""Characters of the format of a date."""


class Limits:
    """What the Liquid of one file has used."""

    def __init__(self) -> None:
        self.steps = self.work = self.kept = 0
        self._sizes: dict[str, int] = {}

    def step(self, count: int = 1) -> None:
        """Count statements. Raises ResourceLimitError."""
        self.steps += count
        if self.steps > MAX_STEPS:
            raise too_much(_("it has more than %s steps") % f"{MAX_STEPS:,}")

    def handle(self, size: int) -> None:
        """Count the characters of a value that is read or made. Raises ResourceLimitError."""
        self.work += size
        if size > MAX_VALUE:
            raise too_much(_("a value has more than %s characters") % f"{MAX_VALUE:,}")
        if self.work > MAX_WORK:
            raise too_much(_("its filters handle more than %s characters") % f"{MAX_WORK:,}")

    def keep(self, name: str, value: Any) -> None:
        """Count the characters of a variable. Raises ResourceLimitError."""
        size = weight(value)
        self.handle(size)
        self.kept += size - self._sizes.get(name, 0)
        self._sizes[name] = size
        if self.kept > MAX_KEPT:
            raise too_much(_("its variables have more than %s characters") % f"{MAX_KEPT:,}")


def too_much(message: str) -> ResourceLimitError:
    """Return the error for Liquid that exceeds a limit."""
    return ResourceLimitError(message, token=None)


def weight(value: Any) -> int:
    """Return how many characters a value has, about, when it is written with all that is in it."""
    match value:
        case str():
            return len(value)
        case int() if not isinstance(value, bool):
            return value.bit_length() // 3 + 1
        case range():
            return abs(value.stop - value.start)
        case list() | tuple():
            return len(value) + sum(map(weight, value))
        case dict():
            return len(value) + sum(weight(key) + weight(one) for key, one in value.items())
    return 1


def limited(name: str, function: Callable, limits: Callable[[], Limits]) -> Callable:
    """Return a filter that counts what it reads and makes, and is not called if that would be too much."""
    estimate = _ESTIMATES.get(name)

    # It keeps the marks by which python-liquid passes the environment and the context.
    @wraps(function)
    def call(value: Any, *arguments: Any, **options: Any) -> Any:
        used = limits()
        given = [one for key, one in options.items() if key not in ("environment", "context")]
        used.handle(sum(map(weight, (value, *arguments, *given))))
        if estimate:
            used.handle(estimate(value, *arguments))
        result = function(value, *arguments, **options)
        used.handle(weight(result))
        return result

    return call


def _replaced(value: Any, old: Any = "", new: Any = "", *others: Any) -> int:
    text, old, new = str(value), str(old), str(new)
    return len(text) + text.count(old) * len(new)


def _joined(value: Any, separator: Any = " ", *others: Any) -> int:
    return len(value) * len(str(separator)) if isinstance(value, list | tuple | range) else 0


def _compared(value: Any, *others: Any) -> int:
    return len(value) ** 2 if isinstance(value, list | tuple | range) else 0


def _dated(value: Any, style: Any = "", *others: Any) -> int:
    return MAX_VALUE + 1 if len(str(style)) > MAX_DATE_FORMAT else 0


_ESTIMATES: dict[str, Callable[..., int]] = {
    "replace": _replaced,
    "join": _joined,
    "uniq": _compared,
    "date": _dated,
}
"""The characters that a filter makes, or its steps, by its arguments, where they can be many times as many."""


class _Context(RenderContext):
    def assign(self, key: str, val: Any) -> None:
        self.env.limits.keep(key, val)
        self.locals[key] = val


class LimitedTemplate(BoundTemplate):
    """A template whose variables are counted."""

    context_class = _Context


class _LimitedRange(RangeLiteral):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> range:
        found = super().evaluate(context)
        if weight(found) > MAX_ITEMS:
            raise too_much(_("a range has more than %s items") % f"{MAX_ITEMS:,}")
        return found


_BRANCHING = ("if", "unless", "case")
"""The tags whose branches have expressions of their own."""


class CountedNode(Node):
    """A statement that is counted when it is rendered."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        super().__init__(node.token)
        self.node, self.blank = node, node.blank
        _limit_ranges(node)

    def render_to_output(self, context: RenderContext, buffer) -> int:
        """Count it, and the items if it is a loop, then render it."""
        context.env.limits.step(1 + _length_of_loop(self.node, context))
        return self.node.render(context, buffer)


def _length_of_loop(node: Node, context: RenderContext) -> int:
    expression = getattr(node, "expression", None)
    if not isinstance(expression, LoopExpression):
        return 0
    items = expression.iterable.evaluate(context)
    return len(items) if isinstance(items, range | list | tuple | dict) else 0


def _limit_ranges(node: Node) -> None:
    """Limit the ranges in the expressions of a statement. Those within its blocks are statements of their own."""
    expressions: list[Expression] = list(node.expressions())
    while expressions:
        expression = expressions.pop()
        if type(expression) is RangeLiteral:
            expression.__class__ = _LimitedRange
        expressions += expression.children()
    if node.token.value in _BRANCHING:
        for part in node.children(None):
            if not isinstance(part, BlockNode | CountedNode):
                _limit_ranges(part)
