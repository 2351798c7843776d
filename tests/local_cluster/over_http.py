"""Runs the test suites of the API and of the pages over HTTP: through the split's gateway, or against the monolith.

`pytest --through-gateway tests/api tests/frontend` starts the split on the tests' own database, each role with its own
database user, and makes Django's test client send its requests there; `--through-monolith` starts one gunicorn with
ROLE=all instead. Tests commit their writes, so that the servers see them; the rows are deleted after each test.

A test is run over HTTP if it uses `client` and does not interact with the serving process: see `IN_PROCESS`.
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

from apps.audit.models import AuditChain
from apps.core import content_state
from apps.core.models import ContentGeneration
from tests import servers

CLIENT = "client"
IN_PROCESS = {
    "settings": "changes a setting of the serving process",
    "monkeypatch": "replaces code of the serving process",
    "django_assert_num_queries": "counts the queries of the serving process",
    "django_assert_max_num_queries": "counts the queries of the serving process",
    "caplog": "reads the log of the serving process",
}
"""Fixtures whose tests cannot be run over HTTP, with the reason. The marker `in_process` excludes other tests."""

FILLED_BY_MIGRATIONS = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "core_contentgeneration",
}
"""Tables that are not emptied after a test; processes cache ids of some of their rows."""

# Characters that are valid in a query, including those of percent-encoding.
_IN_A_QUERY = "!#$%&'()*+,/:;=?@[]~"
_COUNTS = pytest.StashKey[Counter]()


class Answer(HttpResponse):
    """A response received over HTTP, like one of the test client but without template contexts."""

    wsgi_request = None

    @property
    def url(self) -> str:
        """The target of a redirect, like Django's `HttpResponseRedirect.url`."""
        return self["Location"]


class Transport:
    """Replaces Django's handler in the test client: sends a WSGI request to `url` and returns the response."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent = 0
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=60)

    def __call__(self, environ: dict) -> HttpResponse:
        """Send one request, given as a WSGI environ, and return the response."""
        self.sent += 1
        self._send(environ)
        return _answer(self._connection.getresponse())

    def _send(self, environ: dict) -> None:
        target = quote(environ["PATH_INFO"].encode("latin-1"), safe="/:@!$&'()*+,;=~")
        if environ["QUERY_STRING"]:
            # Browsers would encode characters that a test has left unencoded in the same way.
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


# Selecting the tests


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that cannot be run over HTTP; make the others commit their writes."""
    reasons = [reason_to_skip(item) for item in items]
    config.stash[_COUNTS] = Counter(filter(None, reasons))
    config.hook.pytest_deselected(items=[item for item, reason in zip(items, reasons, strict=True) if reason])
    items[:] = [item for item, reason in zip(items, reasons, strict=True) if not reason]
    for item in items:
        item.add_marker(pytest.mark.django_db(transaction=True), append=False)


def reason_to_skip(item: pytest.Item) -> str:
    """Return why a test cannot be run over HTTP; "" if it can."""
    fixtures = _requested_fixtures(item)
    if CLIENT not in fixtures:
        return "sends no request with the test client"
    mark = item.get_closest_marker("in_process")
    if mark:
        return mark.args[0]
    return next((reason for name, reason in IN_PROCESS.items() if name in fixtures), "")


def _requested_fixtures(item: pytest.Item) -> set[str]:
    """Return the fixtures that a test requests directly or indirectly, without autouse fixtures."""
    definitions = item._fixtureinfo.name2fixturedefs
    found, waiting = set(), [*item._fixtureinfo.argnames]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for definition in definitions.get(name, ()) for other in definition.argnames]
    return found


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """Print the number of deselected tests for each reason."""
    terminalreporter.section(f"deselected by --through-{config.option.through}")
    for reason, number in config.stash.get(_COUNTS, Counter()).most_common():
        terminalreporter.write_line(f"{number:5} {reason}")


# Sending requests and cleaning up


@pytest.fixture(scope="session")
def transport(request, django_db_setup, tmp_path_factory) -> Iterator[Transport]:
    """The transport to the servers, which use the tests' own database."""
    if connection.vendor != "mysql":
        raise pytest.UsageError("The servers need a database that they share: set TEST_DATABASE_URL=mysql://…")
    serving = {"gateway": _split, "monolith": _monolith}[request.config.option.through]
    with serving(_database_url(), tmp_path_factory.mktemp("served"), request) as url:
        yield Transport(url)


@pytest.fixture(autouse=True)
def _over_http(transport: Transport, session_monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Send the test client's requests over HTTP; fail a test that has sent none."""
    session_monkeypatch.setattr(ClientHandler, "__call__", lambda self, environ: transport(environ))
    session_monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty())
    before = transport.sent
    yield
    assert transport.sent > before, (
        "This test has sent nothing over HTTP; mark it in_process, or fix tests/local_cluster/over_http.py."
    )


@pytest.fixture(scope="session")
def session_monkeypatch() -> Iterator[pytest.MonkeyPatch]:
    """A `monkeypatch` for the whole session. (The function-scoped one would deselect every test.)"""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def empty() -> None:
    """Delete the rows that tests and servers have written; much faster than truncating and refilling each table."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0")
        for table in connection.introspection.django_table_names(only_existing=True):
            if table not in FILLED_BY_MIGRATIONS:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        # The end of the deleted trail; without it nothing could be recorded.
        AuditChain.objects.create(pk=1)
        # No test knows what another one has trimmed of the change feed.
        ContentGeneration.objects.update(trimmed=0, trimmed_at=None)
        content_state.bump()
        cursor.execute("SET foreign_key_checks = 1")


def _database_url() -> str:
    parts = connection.settings_dict
    login = quote(parts["USER"], safe="") + (f":{quote(parts['PASSWORD'], safe='')}" if parts["PASSWORD"] else "")
    return f"mysql://{login}@{parts['HOST'] or '127.0.0.1'}:{parts['PORT'] or 3306}/{parts['NAME']}"


# The servers


def environment() -> dict[str, str]:
    """Return variables with which servers send the same URLs and signatures as the test process.

    The page cache is off, and no token is kept for a second, because the tests write from another process;
    tests/server/page_cache and tests/api/test_recent_tokens.py test them.
    """
    return {
        "PAGE_CACHE_MB": "0",
        "API_TOKEN_CACHE_SECONDS": "0",
        "API_TOKEN_RATES": "",
        "API_ADDRESS_RATES": "",
        "SITE_URL": settings.SITE_URL,
        "SITE_NAME": settings.SITE_NAME,
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "SECRET_KEY": settings.SECRET_KEY,
        "SIGNING_KEY": settings.SIGNING_KEY,
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
