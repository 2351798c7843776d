"""Database servers that a test may stop, start again and make read-only, because nobody else uses them."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.split import processes, server
from deploy.split.database import Database
from deploy.split.manifests import Manifests


class PrivateServer(server.Server):
    """A MariaDB (or MySQL) on loopback, with its data in a folder: `url` is the address of its root."""

    url: str

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
        self.execute(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'a-password'")
        self.execute(f"GRANT ALL ON `{database}`.* TO '{name}'@'%'")
        return f"mysql://{name}:a-password@127.0.0.1:{urlsplit(self.url).port}/{database}"


@contextmanager
def private_server(folder: Path) -> Iterator[PrivateServer]:
    """Run one with an empty database. Without a server to run the test skips; in CI it fails."""
    if not shutil.which("mariadbd") and not shutil.which("mysqld"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("mariadbd is missing (on Debian: mariadb-server-core)")
    made = PrivateServer(folder, Manifests([]))
    with made as url:
        made.url = url
        Database(url).create()
        yield made
