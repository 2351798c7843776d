"""Temporary databases and server processes of a benchmark, and an HTTP client."""

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
    """A database server, given by its URL."""

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)

    def url(self, name: str) -> str:
        """Return the URL of the database `name`."""
        return urlunsplit(self.parts._replace(path=f"/{name}"))

    def login(self) -> dict[str, str | int]:
        """Return host, port, user and password, as MySQLdb.connect takes them."""
        parts = self.parts
        return {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 3306,
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
        }

    def execute(self, statement: str, name: str = "") -> list[tuple]:
        """Run a statement, in the database `name` if given, and return its rows. Raises MySQLdb.Error."""
        connection = MySQLdb.connect(**self.login(), database=name, charset="utf8mb4", autocommit=True)
        try:
            cursor = connection.cursor()
            cursor.execute(statement)
            return list(cursor.fetchall())
        finally:
            connection.close()

    def version(self) -> str:
        """Return the version that the server reports."""
        return self.execute("SELECT VERSION()")[0][0]

    @contextmanager
    def temporary(self, purpose: str) -> Iterator[str]:
        """Create an empty database and yield its name; drop it afterwards."""
        name = f"broadsheet_bench_{purpose}_{secrets.token_hex(4)}"
        self.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            yield name
        finally:
            self.execute(f"DROP DATABASE {name}")


class Server:
    """A server process on a port of this machine, and the `backends` behind it."""

    def __init__(self, process: subprocess.Popen, port: int, backends: tuple[Server, ...] = ()) -> None:
        self.process, self.backends = process, backends
        self.url = f"http://127.0.0.1:{port}"

    def cpu_seconds(self) -> float:
        """Return the processor time of the server and its backends so far, in seconds."""
        return machine.cpu_seconds(self.process.pid) + sum(server.cpu_seconds() for server in self.backends)

    @property
    def worker(self) -> int:
        """The pid of the first child process, which is the only worker."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


class Response(NamedTuple):
    """A response with its whole body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a header, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def free_port() -> int:
    """Return a free TCP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def manage(env: dict[str, str], *arguments: str, **options: str) -> str:
    """Run a management command and return its output. Raises CalledProcessError."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


@contextmanager
def run_server(
    command: list[str],
    port: int,
    directory: Path,
    *,
    env: dict[str, str] | None = None,
    probe: str = "/",
    backends: tuple[Server, ...] = (),
) -> Iterator[Server]:
    """Run a server on the servers' core until the end of the block.

    `probe` is a path that shows that the server is ready; without one, an open port does. Raises RuntimeError with the
    log if the server is not ready in a minute.
    """
    log = directory / f"{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            machine.on_core(machine.SERVER_CORE) + command, env=env, cwd=ROOT, stdout=output, stderr=output
        )
    server = Server(process, port, backends)
    try:
        _wait_until_ready(server, port, probe, log)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(server: Server, port: int, probe: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if not probe:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            if get(server.url, probe).status < 500:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{server.process.args} is not ready:\n{log.read_text(errors='replace')[-4000:]}")


def environment(database_url: str, directory: Path, port: int, **extra: str) -> dict[str, str]:
    """Return the environment of Broadsheet in production, but without HTTPS."""
    return os.environ | {
        "DATABASE_URL": database_url,
        "DEBUG": "0",
        "ROLE": "all",
        "HTTPS": "0",
        "SECRET_KEY": "of-a-benchmark-alone-" * 4,
        "SITE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        # No rate limits: all requests come from one address.
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
    """Serve Broadsheet as in a pod: one worker, metrics and access lines; `extra` are environment variables."""
    port = int(extra.pop("PORT", 0)) or free_port()
    env = environment(database_url, directory, port, **extra)
    with run_server(_gunicorn("blog_project.asgi:application"), port, directory, env=env, probe="/readyz") as server:
        yield server


@contextmanager
def bare(response: Response, database_url: str, directory: Path) -> Iterator[Server]:
    """Serve one constant response with Broadsheet's gunicorn configuration."""
    port = free_port()
    file = directory / f"answer-{port}.json"
    constant = {
        "status": response.status,
        "headers": _headers_to_send(response),
        "body": response.body.decode("latin-1"),
    }
    file.write_text(json.dumps(constant))
    env = environment(database_url, directory, port, BARE_ANSWER=str(file), METRICS_PORT="0")
    with run_server(_gunicorn("benchmarks.bare:application"), port, directory, env=env) as server:
        yield server


@contextmanager
def plain(database_url: str, directory: Path, cache: str = "") -> Iterator[Server]:
    """Serve the plain Django blog: uncached, with Django's cache middleware ("django") or a WSGI cache ("wsgi")."""
    port = free_port()
    env = os.environ | {"DATABASE_URL": database_url, "PLAIN_CACHE": cache}
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "8", "--keep-alive", "75"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", "benchmarks.plain.wsgi:application"]
    with run_server(command, port, directory, env=env, probe="/about/") as server:
        yield server


def _gunicorn(application: str) -> list[str]:
    return [sys.executable, "-m", "gunicorn", "-c", "blog_project/gunicorn.conf.py", application]


def _headers_to_send(response: Response) -> list[tuple[str, str]]:
    # gunicorn adds these itself.
    return [(name, value) for name, value in response.headers if name.lower() not in ("date", "server", "connection")]


def get(url: str, path: str, headers: dict[str, str] | None = None) -> Response:
    """Send one GET request on a new connection. Raises OSError."""
    return _Client(url, headers or {}).get(path)


def get_all(url: str, paths: list[str], headers: dict[str, str] | None = None, status: int = 200) -> list[str]:
    """GET every path, CLIENTS at a time, and return their ETags. Raises RuntimeError for another status."""
    local = threading.local()

    def get_one(path: str) -> str:
        if not hasattr(local, "client"):
            local.client = _Client(url, headers or {})
        response = local.client.get(path)
        if response.status != status:
            raise RuntimeError(f"{url}{path}: {response.status} {response.body[:500]!r}")
        return response.header("ETag")

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(get_one, paths))


class _Client:
    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        self.headers = headers

    def get(self, path: str) -> Response:
        self.connection.request("GET", path, headers=self.headers)
        response = self.connection.getresponse()
        return Response(response.status, response.getheaders(), response.read())
