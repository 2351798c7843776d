"""Libraries without what they import for one name.

django-simple-history imports the whole admin for one `admin.site.name`, and DRF for one function of its documentation.
A process without the admin has no use for those twenty modules; it gets them when one of the names is used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from django.conf import settings

from blog_project.roles import Role


class Late:
    """A name of a module that is imported when the name is called or asked for an attribute."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _resolve(self) -> Any:
        return getattr(import_module(self._module), self._name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._resolve()(*args, **kwargs)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._resolve(), attribute)


@contextmanager
def without_admin(module: str, name: str) -> Iterator[None]:
    """Within the block, let `name` be imported from `module` without loading it, in processes without the admin."""
    if Role.ADMIN in settings.ROLES or module in sys.modules:
        yield
        return
    package, _, last = module.rpartition(".")
    placeholder = ModuleType(module)
    setattr(placeholder, name, Late(module, name))
    sys.modules[module] = placeholder
    setattr(import_module(package), last, placeholder)
    try:
        yield
    finally:
        del sys.modules[module]
        delattr(sys.modules[package], last)
