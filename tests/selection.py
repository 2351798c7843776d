"""Selects and orders tests: on a second database, only those whose result can depend on the database.

`make test` runs all tests on SQLite and then, with `--where-the-database-matters`, on MariaDB. The second run skips tests
without a database, browser tests (the browser gets the same page from every database), tests marked `any_database`, and
tests that run on MariaDB through the split. `.ci/long` runs all tests on all databases and so finds wrong marks.
"""

from __future__ import annotations

from itertools import chain, zip_longest
from pathlib import Path

import pytest

from tests.local_cluster import over_http

_DATABASES = {"db", "transactional_db", "databases"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that skips tests whose result does not depend on the database."""
    option = "--where-the-database-matters"
    parser.getgroup("broadsheet").addoption(
        option, action="store_true", help="leave out what any database answers alike"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that need no second database, and order the files."""
    items[:] = _ordered(items)
    if not config.option.where_the_database_matters:
        return
    deselected = [item for item in items if not _database_matters(item)]
    config.hook.pytest_deselected(items=deselected)
    items[:] = [item for item in items if _database_matters(item)]


def runs_through_the_split(item: pytest.Item) -> bool:
    """Return whether `--through-gateway tests/api tests/frontend` runs a test."""
    return item.nodeid.startswith(("tests/api/", "tests/frontend/")) and not over_http.reason_to_skip(item)


def _ordered(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests of long files first, alternating between files that compute and files that wait for a server.

    So the processors have work while some tests wait, and no long file is left over at the end.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    browser, server, slow = (_marked(files, name) for name in ("browser", "server", "slow"))
    waiting = [path for path in server if path not in browser]
    waiting.sort(key=lambda path: path not in slow)
    computing = [*browser, *(path for path in slow if path not in waiting and path not in browser)]
    first = [path for pair in zip_longest(computing, waiting) for path in pair if path]
    return list(chain.from_iterable(files[path] for path in dict.fromkeys([*first, *files])))


def _marked(files: dict[Path, list[pytest.Item]], name: str) -> list[Path]:
    """Return the files in which a test has a marker."""
    return [path for path, items in files.items() if any(item.get_closest_marker(name) for item in items)]


def _database_matters(item: pytest.Item) -> bool:
    if item.get_closest_marker("any_database") or item.get_closest_marker("browser") or runs_through_the_split(item):
        return False
    return bool(item.get_closest_marker("django_db") or _DATABASES & {*item.fixturenames})
