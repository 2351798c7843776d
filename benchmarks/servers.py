"""Databases and processes of a benchmark, all of them gone afterwards."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

import MySQLdb

from . import machine

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 8


class Database:
    """A server of databases, and the URL it is known by."""

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)
        self.made: list[str] = []

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return urlunsplit(self.parts._replace(path=f"/{name}"))

    def login(self) -> dict[str, str | int]:
        """Return how a client of the server is told where it is and who asks."""
        parts = self.parts
        return {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 3306,
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
        }

    def execute(self, statement: str, name: str = "") -> list[tuple]:
        """Run a statement, in a database or in none, and return its rows. Raises MySQLdb.Error."""
        connection = MySQLdb.connect(**self.login(), database=name, charset="utf8mb4", autocommit=True)
        try:
            cursor = connection.cursor()
            cursor.execute(statement)
            return list(cursor.fetchall())
        finally:
            connection.close()

    def version(self) -> str:
        """Return what it says it is."""
        return self.execute("SELECT VERSION()")[0][0]

    @contextmanager
    def made_for(self, purpose: str) -> Iterator[str]:
        """Make an empty database, whose name this gives, and drop it afterwards."""
        name = f"broadsheet_bench_{purpose}_{secrets.token_hex(4)}"
        self.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            yield name
        finally:
            self.execute(f"DROP DATABASE {name}")


class Server:
    """A process that listens, with those `behind` it."""

    def __init__(self, process: subprocess.Popen, port: int, behind: tuple[Server, ...] = ()) -> None:
        self.process, self.behind = process, behind
        self.url = f"http://127.0.0.1:{port}"

    def cpu_seconds(self) -> float:
        """Return the processor time that it has taken so far, with those behind it."""
        return machine.cpu_seconds(self.process.pid) + sum(server.cpu_seconds() for server in self.behind)

    @property
    def worker(self) -> int:
        """The pid of its first child, which is the one that answers."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


class Answer(NamedTuple):
    """A response that was read."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a header, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def manage(env: dict[str, str], *arguments: str, **given: str) -> str:
    """Run a management command and return what it printed; raises CalledProcessError when it fails."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, **given).stdout


@contextmanager
def running(
    command: list[str],
    port: int,
    directory: Path,
    *,
    env: dict[str, str] | None = None,
    probe: str = "/",
    behind: tuple[Server, ...] = (),
) -> Iterator[Server]:
    """Run a server on the servers' core until the end of the block. Without a probe it need not speak HTTP.

    Raises RuntimeError with its log where it does not serve.
    """
    log = directory / f"{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            machine.on_core(machine.SERVER_CORE) + command, env=env, cwd=ROOT, stdout=output, stderr=output
        )
    server = Server(process, port, behind)
    try:
        _wait(server, port, probe, log)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, port: int, probe: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if not probe:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            if ask(server.url, probe).status < 500:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{server.process.args} does not serve:\n{log.read_text(errors='replace')[-4000:]}")


def environment(database_url: str, directory: Path, port: int, **extra: str) -> dict[str, str]:
    """Return what Broadsheet is told in production, without HTTPS."""
    return os.environ | {
        "DATABASE_URL": database_url,
        "DEBUG": "0",
        "ROLE": "all",
        "HTTPS": "0",
        "SECRET_KEY": "of-a-benchmark-alone-" * 4,
        "SITE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        # One address asks for all that a site's readers would.
        "API_TOKEN_RATES": "",
        "API_ADDRESS_RATES": "",
        "STATIC_ROOT": str(directory / "static"),
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "json",
        "WEB_CONCURRENCY": "1",
        "METRICS_PORT": str(free_port()),
        "PORT": str(port),
        **extra,
    }


@contextmanager
def broadsheet(database_url: str, directory: Path, **extra: str) -> Iterator[Server]:
    """Serve Broadsheet as a pod does: one worker, with metrics and, unless told otherwise, with access lines."""
    port = int(extra.pop("PORT", 0)) or free_port()
    env = environment(database_url, directory, port, **extra)
    with running(_gunicorn("blog_project.asgi:application"), port, directory, env=env, probe="/readyz") as server:
        yield server


@contextmanager
def bare(answer: Answer, database_url: str, directory: Path) -> Iterator[Server]:
    """Serve one constant answer with Broadsheet's settings of gunicorn."""
    port = free_port()
    file = directory / f"answer-{port}.json"
    said = {"status": answer.status, "headers": _sendable(answer), "body": answer.body.decode("latin-1")}
    file.write_text(json.dumps(said))
    env = environment(database_url, directory, port, BARE_ANSWER=str(file), METRICS_PORT="0")
    with running(_gunicorn("benchmarks.bare:application"), port, directory, env=env) as server:
        yield server


@contextmanager
def plain(database_url: str, directory: Path, cache: str = "") -> Iterator[Server]:
    """Serve the plain Django blog: uncached, with Django's cache middleware ("django") or one of WSGI ("wsgi")."""
    port = free_port()
    env = os.environ | {"DATABASE_URL": database_url, "PLAIN_CACHE": cache}
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "8", "--keep-alive", "75"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", "benchmarks.plain.wsgi:application"]
    with running(command, port, directory, env=env, probe="/about/") as server:
        yield server


def _gunicorn(application: str) -> list[str]:
    return [sys.executable, "-m", "gunicorn", "-c", "blog_project/gunicorn.conf.py", application]


def _sendable(answer: Answer) -> list[tuple[str, str]]:
    # gunicorn says these itself.
    return [(name, value) for name, value in answer.headers if name.lower() not in ("date", "server", "connection")]


def ask(url: str, path: str, headers: dict[str, str] | None = None) -> Answer:
    """Ask once, on a connection for it. Raises OSError."""
    return _Client(url, headers or {}).ask(path)


def ask_all(url: str, paths: list[str], headers: dict[str, str] | None = None, status: int = 200) -> list[str]:
    """Ask for every path, some at a time, and return their ETags. Raises RuntimeError for another status."""
    local = threading.local()

    def one(path: str) -> str:
        if not hasattr(local, "client"):
            local.client = _Client(url, headers or {})
        answer = local.client.ask(path)
        if answer.status != status:
            raise RuntimeError(f"{url}{path}: {answer.status} {answer.body[:500]!r}")
        return answer.header("ETag")

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(one, paths))


class _Client:
    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        self.headers = headers

    def ask(self, path: str) -> Answer:
        self.connection.request("GET", path, headers=self.headers)
        response = self.connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())
