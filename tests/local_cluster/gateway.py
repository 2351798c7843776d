"""Run the suites of the API and of the pages over HTTP: through the split's gateway, or against the monolith.

`pytest --through-gateway tests/api tests/frontend` starts the split on the tests' own database, each role under its
own database user, and has Django's test client send its requests there; `--through-monolith` starts one gunicorn with
ROLE=all instead. What the tests write is committed, so that the servers see it, and deleted after each of them.

A test takes part if it asks for `client` and has nothing to do inside the process that answers: see `IN_PROCESS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import TransactionTestCase
from django.test.client import ClientHandler

from apps.core import content_state
from tests import servers

CLIENT = "client"
IN_PROCESS = {
    "settings": "changes a setting of the process that answers",
    "monkeypatch": "replaces code of the process that answers",
    "django_assert_num_queries": "counts the queries of the process that answers",
    "django_assert_max_num_queries": "counts the queries of the process that answers",
    "caplog": "reads the log of the process that answers",
}
"""Fixtures whose tests cannot be run over HTTP, and why; the marker `in_process` says it of a test without them."""

FILLED_BY_MIGRATIONS = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "core_contentgeneration",
}
"""Tables that tests leave as they are. Processes remember ids of some of their rows."""

# All that may stand in an address, and what is percent-encoded already.
_IN_A_QUERY = "!#$%&'()*+,/:;=?@[]~"
_COUNTS = pytest.StashKey[Counter]()


class Answer(HttpResponse):
    """An answer that came over HTTP, in the shape of the test client's. What templates were given stays there."""

    wsgi_request = None

    @property
    def url(self) -> str:
        """Where a redirect leads, as Django's own has it."""
        return self["Location"]


class Transport:
    """Takes the place of Django's handler in the test client: sends a WSGI request to `url` and returns the answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent = 0
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=60)

    def __call__(self, environ: dict) -> HttpResponse:
        """Send one request, as the test client hands it to Django."""
        self.sent += 1
        self._send(environ)
        return _answer(self._connection.getresponse())

    def _send(self, environ: dict) -> None:
        target = quote(environ["PATH_INFO"].encode("latin-1"), safe="/:@!$&'()*+,;=~")
        if environ["QUERY_STRING"]:
            # What a test wrote as it is, browsers would send like this too.
            target += f"?{quote(environ['QUERY_STRING'].encode('latin-1'), safe=_IN_A_QUERY)}"
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        }
        headers.setdefault("HOST", environ["SERVER_NAME"])
        length = int(headers.get("CONTENT-LENGTH", 0))
        self._connection.putrequest(environ["REQUEST_METHOD"], target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            self._connection.putheader(name, value.encode("latin-1"))
        self._connection.endheaders(environ["wsgi.input"].read(length) if length else None)


def _answer(received: HTTPResponse) -> Answer:
    answer = Answer(received.read(), status=received.status)
    del answer["Content-Type"]
    for name, value in received.getheaders():
        if name.lower() == "set-cookie":
            answer.cookies.load(value)
        else:
            answer[name] = f"{answer[name]}, {value}" if name in answer else value
    return answer


# Which tests take part


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot be asked over HTTP; let the rest commit what they write."""
    reasons = [reason_to_skip(item) for item in items]
    config.stash[_COUNTS] = Counter(filter(None, reasons))
    config.hook.pytest_deselected(items=[item for item, reason in zip(items, reasons, strict=True) if reason])
    items[:] = [item for item, reason in zip(items, reasons, strict=True) if not reason]
    for item in items:
        item.add_marker(pytest.mark.django_db(transaction=True), append=False)


def reason_to_skip(item: pytest.Item) -> str:
    """Return why a test cannot be run over HTTP; "" where it can."""
    fixtures = _asked_for(item)
    if CLIENT not in fixtures:
        return "sends no request with the test client"
    mark = item.get_closest_marker("in_process")
    if mark:
        return mark.args[0]
    return next((reason for name, reason in IN_PROCESS.items() if name in fixtures), "")


def _asked_for(item: pytest.Item) -> set[str]:
    """Return the fixtures that a test asks for, itself or by way of others; not those that plugins give to all."""
    definitions = item._fixtureinfo.name2fixturedefs
    found, waiting = set(), [*item._fixtureinfo.argnames]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for definition in definitions.get(name, ()) for other in definition.argnames]
    return found


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """Say how many tests were left out, for each reason."""
    terminalreporter.section(f"left out of --through-{config.option.through}")
    for reason, number in config.stash.get(_COUNTS, Counter()).most_common():
        terminalreporter.write_line(f"{number:5} {reason}")


# What they are sent to, and what is left of them


@pytest.fixture(scope="session")
def transport(request, django_db_setup, tmp_path_factory) -> Iterator[Transport]:
    """The test client's way to the servers, which serve the tests' own database."""
    if connection.vendor != "mysql":
        raise pytest.UsageError("The servers need a database that they share: set TEST_DATABASE_URL=mysql://…")
    serving = {"gateway": _split, "monolith": _monolith}[request.config.option.through]
    with serving(_database_url(), tmp_path_factory.mktemp("served"), request) as url:
        yield Transport(url)


@pytest.fixture(autouse=True)
def _over_http(transport: Transport, monkeypatch_of_the_mode: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that did not send what it was to send."""
    monkeypatch_of_the_mode.setattr(ClientHandler, "__call__", lambda self, environ: transport(environ))
    monkeypatch_of_the_mode.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty())
    before = transport.sent
    yield
    assert transport.sent > before, "This test has sent nothing over HTTP; mark it in_process, or repair the mode."


@pytest.fixture(scope="session")
def monkeypatch_of_the_mode() -> Iterator[pytest.MonkeyPatch]:
    """What the mode replaces for the whole session. (A test's own `monkeypatch` leaves it out of this mode.)"""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def empty() -> None:
    """Delete what tests and servers have written: by far quicker than to empty each table and fill it anew."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0")
        for table in connection.introspection.django_table_names(only_existing=True):
            if table not in FILLED_BY_MIGRATIONS:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        content_state.bump()
        cursor.execute("SET foreign_key_checks = 1")


def _database_url() -> str:
    parts = connection.settings_dict
    login = quote(parts["USER"], safe="") + (f":{quote(parts['PASSWORD'], safe='')}" if parts["PASSWORD"] else "")
    return f"mysql://{login}@{parts['HOST'] or '127.0.0.1'}:{parts['PORT'] or 3306}/{parts['NAME']}"


# The servers


def environment() -> dict[str, str]:
    """Return what servers must have as the test process has it: bodies hold addresses, sessions are signed.

    They keep no pages: the tests write behind their backs, and what cached pages are good for is for tests/server/page_cache to say.
    """
    return {
        "PAGE_CACHE_MB": "0",
        "API_TOKEN_RATES": "",
        "API_ADDRESS_RATES": "",
        "SITE_URL": settings.SITE_URL,
        "SITE_NAME": settings.SITE_NAME,
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "SECRET_KEY": settings.SECRET_KEY,
    }


@contextmanager
def _split(database_url: str, directory: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    from tests.local_cluster.sites import running

    with running(directory, database_url, settings=environment()) as cluster:
        yield cluster.url


@contextmanager
def _monolith(database_url: str, directory: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    request.getfixturevalue("static_files")
    with servers.serving(database_url, directory, **environment()) as server:
        yield server.url
