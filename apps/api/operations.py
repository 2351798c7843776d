"""Which operation an action of a viewset is: create, read, update or delete.

Declared on the methods that carry them out, once: permissions, scopes, rates and the audit trail go by it, wherever the
action is served. Whoever overrides such a method overrides how it is done, and not what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from blog_project.roles import Operation

Method = TypeVar("Method", bound=Callable[..., Any])

OPTIONS = "metadata"
"""What DRF calls the action of OPTIONS."""


def performs(operation: Operation) -> Callable[[Method], Method]:
    """Declare the operation of a method of a viewset."""

    def declare(method: Method) -> Method:
        method.operation = operation
        return method

    return declare


def operation_of(view: Any) -> Operation | None:
    """Return the operation of the action that a view is asked for, or None for one that declares none."""
    action = getattr(view, "action", None)
    return _declared(type(view), "options" if action == OPTIONS else action or "")


def actions_of(viewset: type, operation: Operation) -> list[str]:
    """Return the names of the methods of a viewset that carry out an operation."""
    return [name for name in dir(viewset) if _declared(viewset, name) is operation]


def _declared(viewset: type, name: str) -> Operation | None:
    found = (vars(cls).get(name) for cls in viewset.__mro__)
    return next((method.operation for method in found if hasattr(method, "operation")), None)
