"""The operation of a viewset's action: create, read, update or delete.

Each action's method declares its operation once. Permissions, scopes, rates and the audit trail depend on it, in every
role. A method that overrides an action inherits its operation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from blog_project.roles import Operation

Method = TypeVar("Method", bound=Callable[..., Any])

OPTIONS = "metadata"
"""DRF's name for the action of OPTIONS."""


def performs(operation: Operation) -> Callable[[Method], Method]:
    """Return a decorator that declares the operation of a viewset's method."""

    def declare(method: Method) -> Method:
        method.operation = operation
        return method

    return declare


def operation_of(view: Any) -> Operation | None:
    """Return the operation of the view's current action, or None if the action declares none."""
    action = getattr(view, "action", None)
    return _declared(type(view), "options" if action == OPTIONS else action or "")


def actions_of(viewset: type, operation: Operation) -> list[str]:
    """Return the names of a viewset's methods that declare an operation."""
    return [name for name in dir(viewset) if _declared(viewset, name) is operation]


def _declared(viewset: type, name: str) -> Operation | None:
    found = (vars(cls).get(name) for cls in viewset.__mro__)
    return next((method.operation for method in found if hasattr(method, "operation")), None)
