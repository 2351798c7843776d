"""Database servers that a test may stop, restart and make read-only, because no other process uses them."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.programs import need, need_driver
from tests.servers import Databases
from tools.local_cluster import processes, server
from tools.local_cluster.database import Database
from tools.local_cluster.manifests import Manifests

SETTINGS = """[mysqld]
innodb_flush_log_at_trx_commit = 0
innodb_log_file_size = 16M
innodb_buffer_pool_size = 64M
"""
"""The files are deleted afterwards, so writes need not be durable; small files are created faster."""


class PrivateServer(server.Server):
    """A MariaDB (or MySQL) on loopback; `url` is that of a migrated database, with root's login."""

    url: str

    def __init__(self, folder: Path) -> None:
        """Start the server with its data in a folder."""
        super().__init__(folder, Manifests([{"kind": "ConfigMap", "data": {"tests.cnf": SETTINGS}}]))
        self._databases = Databases(folder)
        self._databases.server_url = self.url = self.__enter__()

    def reset(self) -> None:
        """Make the server run and accept writes, and set `url` to a new database."""
        if self._process.poll() is not None:
            self.start()
        self.execute("SET GLOBAL read_only = 0")
        self.url = self._databases.new()

    def stop(self) -> None:
        """Stop the server; connections are refused from now on."""
        processes.stop(self._process, seconds=60)

    def start(self) -> None:
        """Start the server again with the same data, and wait until it accepts connections."""
        program = server._program()
        self._process = self._start([program, f"--defaults-file={self._settings}", f"--init-file={self._accounts}"])
        self._wait_until_up(urlsplit(self.url).port)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspend the server in this block, as if the network dropped every packet."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def execute(self, statement: str) -> list[tuple]:
        """Run a statement as root and return its rows."""
        return Database(self.url).execute(statement)

    def new_user(self, name: str) -> str:
        """Create a user with all privileges on the database and none on the server; return the database URL."""
        database = urlsplit(self.url).path.strip("/")
        self.execute(f"DROP USER IF EXISTS '{name}'@'%'")
        self.execute(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'a-password'")
        self.execute(f"GRANT ALL ON `{database}`.* TO '{name}'@'%'")
        return f"mysql://{name}:a-password@127.0.0.1:{urlsplit(self.url).port}/{database}"


_running: list[PrivateServer] = []
"""The server of this process, created at the first use: starting one takes longer than most tests."""


@contextmanager
def private_server(folder: Path) -> Iterator[PrivateServer]:
    """Yield this process's server with a new, migrated database.

    The first call starts the server with its data in `folder`; it runs until the tests end.
    """
    # MySQL's program is mysqld.
    if not shutil.which("mysqld"):
        need("mariadbd")
    need_driver()
    if not _running:
        _running.append(PrivateServer(folder))
    _running[0].reset()
    yield _running[0]
