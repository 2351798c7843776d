"""Processes of any role, within the test's own process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import ModuleType

import pytest

from blog_project import roles, urls


@pytest.fixture
def become(settings) -> Callable[[Iterable[roles.Role]], None]:
    """Make the URLconf and the middleware those of a process of these roles (loaded modules stay as they are)."""
    everything = list(settings.MIDDLEWARE)
    optional = roles.gather(roles.Role, "middleware")

    def change(chosen: Iterable[roles.Role]) -> None:
        chosen = frozenset(chosen)
        name = "tests.roles.urlconf_" + "_".join(sorted(chosen))
        urlconf = ModuleType(name)
        urlconf.urlpatterns = urls.urlpatterns_for(chosen)
        urlconf.handler400, urlconf.handler403 = urls.handler400, urls.handler403
        urlconf.handler404, urlconf.handler500 = urls.handler404, urls.handler500
        sys.modules[name] = urlconf
        settings.ROOT_URLCONF = name
        settings.ROLES = chosen
        wanted = roles.gather(chosen, "middleware")
        settings.MIDDLEWARE = [item for item in everything if item not in optional or item in wanted]

    return change
