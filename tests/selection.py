"""Which tests a run needs, and in which order: on a second database those for which the database can matter.

`make test` runs everything on SQLite and then, with `--where-the-database-matters`, on MariaDB. Left out there are tests
without a database, those of a browser (a page is the same for it, whatever it was read from), those that are marked
`any_database`, and those that run on MariaDB through the split. `.ci/long` runs everything everywhere, and so finds a
mark that is wrong.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.local_cluster import gateway

_RANKS = {"browser": 3, "server": 2, "slow": 1}
_DATABASES = {"db", "transactional_db", "databases"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that leaves out what another database has answered."""
    option = "--where-the-database-matters"
    parser.getgroup("broadsheet").addoption(
        option, action="store_true", help="leave out what any database answers alike"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what does not matter. What takes long (a browser, a server) begins first, or it would be waited for last."""
    waiting = Counter()
    for item in items:
        waiting[item.path] = max(waiting[item.path], _waits(item))
    items.sort(key=lambda item: waiting[item.path], reverse=True)
    if not config.option.where_the_database_matters:
        return
    left_out = [item for item in items if not _database_matters(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if _database_matters(item)]


def runs_through_the_split(item: pytest.Item) -> bool:
    """Whether `--through-gateway tests/api tests/frontend` runs a test."""
    return item.nodeid.startswith(("tests/api/", "tests/frontend/")) and not gateway.reason_to_skip(item)


def _waits(item: pytest.Item) -> int:
    return max((rank for name, rank in _RANKS.items() if item.get_closest_marker(name)), default=0)


def _database_matters(item: pytest.Item) -> bool:
    if item.get_closest_marker("any_database") or item.get_closest_marker("browser") or runs_through_the_split(item):
        return False
    return bool(item.get_closest_marker("django_db") or _DATABASES & {*item.fixturenames})
