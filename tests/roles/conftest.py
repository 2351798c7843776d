"""Fixtures that give the test process the routes of any roles, and create the roles' database users."""

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
    """Return a function that sets the URLconf and the middleware of given roles. Loaded modules stay loaded."""
    all_middleware = list(settings.MIDDLEWARE)
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
        included = roles.gather(chosen, "middleware")
        settings.MIDDLEWARE = [item for item in all_middleware if item not in optional or item in included]

    return change


@pytest.fixture(scope="module")
def own_database(databases, django_db_blocker) -> Iterator[None]:
    """Connect Django to a separate database for the module, without a transaction around each test."""
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
    # The cache holds ids of the previous database.
    ContentType.objects.clear_cache()


@pytest.fixture(scope="module")
def users(own_database) -> Iterator[dict[str, database_users.User]]:
    """The database users of each role, of the monolith, and of a process of two roles."""
    with database_users.created_users(*roles.Role, "all", "create.update") as created:
        yield created
