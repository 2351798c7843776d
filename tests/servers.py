"""Real processes for tests: migrated databases, and gunicorn serving from them on loopback."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
STATIC_ROOT = ROOT / "var" / "test-static"
"""The collected static files; they are kept between test runs and collected again if a file has changed."""


def free_port() -> int:
    """Return a free TCP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(database_url: str, **extra: str) -> dict[str, str]:
    """Return a production-like environment (DEBUG off) for a process on `database_url`."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "blog_project.settings",
        "DEBUG": "0",
        "ROLE": "all",
        "DATABASE_URL": database_url,
        "STATIC_ROOT": str(STATIC_ROOT),
        "LOG_LEVEL": "INFO",
        "WEB_CONCURRENCY": "1",
        # Do not wait for idle connections when a test ends.
        "GRACEFUL_TIMEOUT": "1",
        **extra,
    }


def manage(env: dict[str, str], *arguments: str, **kwargs) -> subprocess.CompletedProcess:
    """Run a management command in a new process; raises CalledProcessError if it fails."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True, cwd=ROOT, **kwargs)


class Shell:
    """A process that runs snippets of Python code one after the other, so that it loads Django only once."""

    LOOP = """
import contextlib, gc, io, json, sys, traceback
import django
gc.disable()  # What is loaded now is no garbage, and looking for some takes a sixth of the time.
django.setup()
gc.enable()
from apps.core import content_state
from apps.accounts.passwords import Argon2Hasher
from django.db import connections
Argon2Hasher.time_cost, Argon2Hasher.memory_cost = 1, 8  # Faster for the many users of tests; servers accept the hashes.
for line in sys.stdin:
    printed, error = io.StringIO(), ""
    content_state.invalidate()
    try:
        with contextlib.redirect_stdout(printed):
            exec(json.loads(line), {"__name__": "shell"})
    except BaseException:
        error = traceback.format_exc()
    connections.close_all()
    print(json.dumps([printed.getvalue(), error]), flush=True)
"""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        command = [sys.executable, "-c", self.LOOP]
        # As `manage.py` does for its commands.
        env = {"DATABASE_STATEMENT_SECONDS": "0"} | env
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with log.open("a") as output:
            self._process = subprocess.Popen(command, env=env, cwd=ROOT, stderr=output, **pipes)

    def run(self, code: str) -> str:
        """Run Python code and return its output; raises RuntimeError with the traceback of an exception."""
        self._process.stdin.write(json.dumps(code) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the shell has ended; the server's log says why")
        printed, error = json.loads(answer)
        if error:
            raise RuntimeError(error)
        return printed

    def close(self) -> None:
        """Stop the process."""
        self._process.communicate()


class Server:
    """A running gunicorn."""

    def __init__(self, process: subprocess.Popen, port: int, env: dict[str, str], log: Path, url: str) -> None:
        self.process, self.port, self.env, self.log, self.url = process, port, env, log, url
        self._shell: Shell | None = None

    def manage(self, *arguments: str) -> str:
        """Run a management command on this server's database, in a separate process, and return its output."""
        return self.shell(f"from django.core.management import call_command\ncall_command(*{arguments!r})")

    def shell(self, code: str) -> str:
        """Run Python code on this server's database, in a separate process, and return its output."""
        self._shell = self._shell or Shell(self.env, self.log)
        return self._shell.run(code)

    def session(self, username: str) -> dict[str, str]:
        """Log a user in without the login page; return the session cookie for Playwright."""
        code = f"""
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.get(username={username!r}))
print(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
"""
        name, value = self.shell(code).split()
        return {"name": name, "value": value, "url": self.url}

    def stop(self) -> int:
        """Send SIGTERM, wait for up to a minute, and return the exit status."""
        if self._shell:
            self._shell.close()
            self._shell = None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def wait_until_ready(url: str, process: subprocess.Popen, log: Path, seconds: float = 60) -> None:
    """Wait until `url` answers 200; raises RuntimeError with the end of the log if it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if urllib.request.urlopen(url, timeout=2).status == 200:
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not become ready:\n{log.read_text()[-4000:]}")


@contextmanager
def serving(
    database_url: str,
    directory: Path,
    *,
    application: str = "blog_project.asgi:application",
    probe: str = "/readyz",
    host: str = "127.0.0.1",
    **extra: str,
) -> Iterator[Server]:
    """Run gunicorn on `database_url` in this block, and wait until `probe` succeeds; `extra` are environment variables.

    `host` is the name in the server's URL: passkeys need `localhost`, because an IP address can have none.
    """
    port = free_port()
    url = f"http://{host}:{port}"
    env = environment(database_url, **{"PORT": str(port), "SITE_URL": url} | extra)
    log = directory / f"gunicorn-{port}.log"
    command = [sys.executable, "-m", "gunicorn", "-c", "blog_project/gunicorn.conf.py", application]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=output, stderr=output)
    server = Server(process, port, env, log, url)
    try:
        wait_until_ready(server.url + probe, process, log)
        yield server
    finally:
        server.stop()


class Databases:
    """Creates migrated databases of the kind that the tests use (SQLite or a MySQL server).

    The first one is a template; the others are copies of it, which takes a tenth of the time of migrating.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.created: list[str] = []
        self._template = ""
        self.server_url = os.environ.get("TEST_DATABASE_URL", "")

    def new(self) -> str:
        """Create a database and return its URL."""
        if not self._template:
            self._template = self._new_name()
            manage(environment(self._url(self._template)), "migrate", "-v0")
        name = self._new_name()
        if self.server_url.startswith("mysql"):
            self._copy(self._template, name)
        else:
            shutil.copy(self.directory / self._template, self.directory / name)
        return self._url(name)

    def drop_all(self) -> None:
        """Drop the databases on a server. SQLite files are deleted with their directory."""
        for name in self.created:
            self._execute(f"DROP DATABASE {name}")

    def _new_name(self) -> str:
        name = f"broadsheet_live_{uuid4().hex[:12]}"
        if self.server_url.startswith("mysql"):
            self._execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            self.created.append(name)
        return name

    def _url(self, name: str) -> str:
        if self.server_url.startswith("mysql"):
            return urlunsplit(urlsplit(self.server_url)._replace(path=f"/{name}"))
        return f"sqlite:///{self.directory / name}"

    def _copy(self, source: str, target: str) -> None:
        tables = [table for (table,) in self._execute(f"SHOW TABLES FROM {source}")]
        definitions = [self._execute(f"SHOW CREATE TABLE {source}.{table}")[0][1] for table in tables]
        rows = [f"INSERT INTO {table} SELECT * FROM {source}.{table}" for table in tables]
        self._execute(f"USE {target}", "SET foreign_key_checks = 0", *definitions, *rows)

    def _execute(self, *statements: str) -> tuple:
        """Run statements on the server and return the rows of the last one."""
        import MySQLdb

        parts = urlsplit(self.server_url)
        connection = MySQLdb.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=parts.username or "",
            password=parts.password or "",
            autocommit=True,
        )
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall()
        finally:
            connection.close()


@cache
def collect_static_files() -> Path:
    """Collect the static files for servers in production mode, if they have changed; return the folder.

    One process does that once; no test changes them.
    """
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    code = "import sys; sys.path.insert(0, 'tools'); import run, django; django.setup(); run.collect_static_files()"
    with (STATIC_ROOT.parent / "test-static.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([sys.executable, "-c", code], env=environment("sqlite://:memory:"), check=True, cwd=ROOT)
    return STATIC_ROOT
