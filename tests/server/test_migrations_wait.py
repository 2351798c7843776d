"""The migration Job waits for a server that is not there yet, and for another migration of the same database."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests import servers
from tests.database_servers import PrivateServer, private_server

pytestmark = [pytest.mark.slow, pytest.mark.any_database]


@pytest.fixture
def server(tmp_path_factory):
    """A database server that only these tests use, with a migrated database."""
    with private_server(tmp_path_factory.mktemp("database")) as running:
        yield running


def start(url: str, *arguments: str) -> subprocess.Popen:
    """Start a management command on the database at `url`."""
    command = [sys.executable, "manage.py", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=servers.environment(url), cwd=servers.ROOT, **pipes)


def first_line_about(word: str, process: subprocess.Popen) -> str:
    """Return the first line of the error output with a word; before it, the checks may warn of the tests' settings."""
    return next(line for line in process.stderr if word in line and not line.startswith("?"))


@pytest.mark.heavy
def test_a_server_that_starts_later_is_waited_for(server: PrivateServer):
    server.stop()
    process = start(server.url, "wait_for_database")
    line = first_line_about("database", process)
    port = urlsplit(server.url).port
    assert line.startswith(f"The database server at 127.0.0.1:{port} is not there yet; waiting 300 s more: (200")
    server.start()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output == f"The database server at 127.0.0.1:{port} accepts connections.\n"


def test_a_server_that_does_not_start_fails_the_command_when_the_time_is_over(server: PrivateServer):
    server.stop()
    process = start(server.url, "wait_for_database", "--seconds=0.5")
    _, errors = process.communicate(timeout=60)
    server.start()
    assert process.returncode
    assert f":{urlsplit(server.url).port} did not accept connections for 0.5 seconds: (200" in errors
    assert "Traceback" not in errors


def test_a_wrong_password_is_told_at_once(server: PrivateServer):
    parts = urlsplit(server.url)
    url = parts._replace(netloc=f"root:wrong@127.0.0.1:{parts.port}").geturl()
    process = start(url, "wait_for_database")
    _, errors = process.communicate(timeout=60)
    assert process.returncode
    assert "refuses the connection: (1045" in errors
    assert "not there yet" not in errors
    assert "wrong" not in errors


def test_a_second_migration_waits_for_the_first(server: PrivateServer):
    import MySQLdb

    parts = urlsplit(server.url)
    login = {"host": "127.0.0.1", "port": parts.port, "user": parts.username, "password": parts.password}
    with closing(MySQLdb.connect(**login)) as first, first.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", [f"migrate {parts.path.strip('/')}"])
        assert cursor.fetchone() == (1,)
        # The pods of a release ask whether the migrations are done, which nobody has to wait for.
        checking = start(server.url, "migrate", "--check")
        second = start(server.url, "migrate", "--noinput")
        assert checking.wait(timeout=60) == 0
        assert (
            first_line_about("process", second)
            == "Another process migrates this database; waiting until it has ended.\n"
        )
        assert second.poll() is None
    output, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert "No migrations to apply." in output


def test_a_database_in_a_file_needs_no_waiting(tmp_path):
    output, errors = start(f"sqlite:///{tmp_path / 'blog.sqlite3'}", "wait_for_database").communicate(timeout=60)
    assert output == f"The database {tmp_path / 'blog.sqlite3'} accepts connections.\n", errors
