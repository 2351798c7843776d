"""Selects and orders tests: on a second database, only those whose result can depend on the database.

`make test` runs all tests on SQLite and then, with `--where-the-database-matters`, on MariaDB. The second run skips tests
without a database, browser tests (the browser gets the same page from every database), tests marked `any_database`, and
tests that run on MariaDB through the split. `.ci/long` runs all tests on all databases and so finds wrong marks.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.local_cluster import over_http

_RANKS = {"browser": 3, "server": 2, "slow": 1}
_DATABASES = {"db", "transactional_db", "databases"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that skips tests whose result does not depend on the database."""
    option = "--where-the-database-matters"
    parser.getgroup("broadsheet").addoption(
        option, action="store_true", help="leave out what any database answers alike"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that need no second database; run files with slow tests (browser, server) first."""
    ranks = Counter()
    for item in items:
        ranks[item.path] = max(ranks[item.path], _rank(item))
    items.sort(key=lambda item: ranks[item.path], reverse=True)
    if not config.option.where_the_database_matters:
        return
    deselected = [item for item in items if not _database_matters(item)]
    config.hook.pytest_deselected(items=deselected)
    items[:] = [item for item in items if _database_matters(item)]


def runs_through_the_split(item: pytest.Item) -> bool:
    """Return whether `--through-gateway tests/api tests/frontend` runs a test."""
    return item.nodeid.startswith(("tests/api/", "tests/frontend/")) and not over_http.reason_to_skip(item)


def _rank(item: pytest.Item) -> int:
    return max((rank for name, rank in _RANKS.items() if item.get_closest_marker(name)), default=0)


def _database_matters(item: pytest.Item) -> bool:
    if item.get_closest_marker("any_database") or item.get_closest_marker("browser") or runs_through_the_split(item):
        return False
    return bool(item.get_closest_marker("django_db") or _DATABASES & {*item.fixturenames})
