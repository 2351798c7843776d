"""Processes of any role, within the test's own process, and the roles' database users."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from urllib.parse import urlsplit

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from blog_project import roles, urls
from tests.roles import users as database_users


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


@pytest.fixture(scope="module")
def own_database(databases, django_db_blocker) -> Iterator[None]:
    """Have Django's connection lead to a database of the module's own, without a transaction around each test."""
    if connection.vendor != "mysql":
        pytest.skip("SQLite has no users")
    name = urlsplit(databases.new()).path.removeprefix("/")
    before = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        _connect_to(name)
        yield
        _connect_to(before)


def _connect_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    # It remembers the ids of the database it knew, and in another they may be others.
    ContentType.objects.clear_cache()


@pytest.fixture(scope="module")
def users(own_database) -> Iterator[dict[str, database_users.User]]:
    """The database user of each role, of the monolith, and of two roles in one process."""
    with database_users.made(*roles.Role, "all", "create.update") as made:
        yield made
