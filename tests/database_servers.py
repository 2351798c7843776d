"""Database servers that a test may stop, start again and make read-only, because nobody else uses them."""

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
"""The files are thrown away afterwards, so nothing need reach the disk in time; and less of them is written at first."""


class PrivateServer(server.Server):
    """A MariaDB (or MySQL) on loopback: `url` is the address of its root, and of a migrated database."""

    url: str

    def __init__(self, folder: Path) -> None:
        """Start it with its data in a folder."""
        super().__init__(folder, Manifests([{"kind": "ConfigMap", "data": {"tests.cnf": SETTINGS}}]))
        self._databases = Databases(folder)
        self._databases.server_url = self.url = self.__enter__()

    def renew(self) -> None:
        """Have it run, and be on a database that nobody has used: whoever had it before may have failed."""
        if self._process.poll() is not None:
            self.start()
        self.execute("SET GLOBAL read_only = 0")
        self.url = self._databases.new()

    def stop(self) -> None:
        """Stop it; whoever connects is refused from here on."""
        processes.stop(self._process, seconds=60)

    def start(self) -> None:
        """Start it again, with the same data, and wait until it takes connections."""
        program = server._program()
        self._process = self._start([program, f"--defaults-file={self._settings}", f"--init-file={self._accounts}"])
        self._wait_until_up(urlsplit(self.url).port)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Have it say nothing for a while, as behind a network that loses every packet."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def execute(self, statement: str) -> list[tuple]:
        """Run a statement as root."""
        return Database(self.url).execute(statement)

    def new_user(self, name: str) -> str:
        """Make a user who may do anything in the database and nothing to the server; return their address."""
        database = urlsplit(self.url).path.strip("/")
        self.execute(f"DROP USER IF EXISTS '{name}'@'%'")
        self.execute(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'a-password'")
        self.execute(f"GRANT ALL ON `{database}`.* TO '{name}'@'%'")
        return f"mysql://{name}:a-password@127.0.0.1:{urlsplit(self.url).port}/{database}"


_running: list[PrivateServer] = []
"""The one of this process, once somebody has asked for it: it takes longer to make than a test to use it."""


@contextmanager
def private_server(folder: Path) -> Iterator[PrivateServer]:
    """Give one, with a migrated database of its own. It ends with the tests, and has its data in the first's folder."""
    # MySQL's has another name.
    if not shutil.which("mysqld"):
        need("mariadbd")
    need_driver()
    if not _running:
        _running.append(PrivateServer(folder))
    _running[0].renew()
    yield _running[0]
