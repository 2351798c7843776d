"""A database server for the split with the settings of the overlay: MariaDB, or MySQL if only that is installed."""

from __future__ import annotations

import getpass
import re
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

from tools.local_cluster import processes
from tools.local_cluster.manifests import ClusterError, Manifests

DATABASE = "broadsheet"


class Server:
    """A running server on loopback: `with Server(directory, rendered) as url`. The data is kept in the directory."""

    def __init__(self, directory: Path, rendered: Manifests) -> None:
        """Prepare a server with the settings of the rendered ConfigMaps; nothing is started before `with`."""
        self.data, self.log = directory / "data", directory / "server.log"
        self._settings = directory / "server.cnf"
        self._accounts = directory / "accounts.sql"
        self._password = directory / "password"
        self._rendered = rendered
        self._process: subprocess.Popen | None = None
        self._processes = processes.Processes()

    def __enter__(self) -> str:
        """Start the server and return the database URL of root. Raises ClusterError if it does not start."""
        self.data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        program = _program()
        port = processes.Ports().new()
        self._write_files(port)
        try:
            if not any(self.data.glob("*")):
                self._initialise(program)
            self._process = self._start([program, f"--defaults-file={self._settings}", f"--init-file={self._accounts}"])
            self._wait_until_up(port)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return f"mysql://root:{self._password.read_text()}@127.0.0.1:{port}/{DATABASE}"

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop the server."""
        if self._process:
            processes.stop(self._process, seconds=60)
        self._processes.close()

    def _write_files(self, port: int) -> None:
        """Write the settings file, and the init file that sets root's password before connections are accepted."""
        if not self._password.exists():
            self._password.touch(mode=0o600)
            self._password.write_text(secrets.token_urlsafe(24))
        password = self._password.read_text()
        self._accounts.touch(mode=0o600)
        self._accounts.write_text(
            f"CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
            f"ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
            "GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n"
            f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
        )
        own = {
            "user": getpass.getuser(),
            "datadir": self.data,
            "socket": "server.sock",
            "pid-file": "server.pid",
            "port": port,
            "bind-address": "127.0.0.1",
            "skip-log-bin": "ON",
            # MySQL refuses to start if the compiled-in default of this folder does not exist.
            "secure-file-priv": self.data.parent,
        }
        lines = [f"{name} = {value}" for name, value in own.items()]
        self._settings.write_text("[mysqld]\n" + "\n".join(_rendered_settings(self._rendered) + lines) + "\n")

    def _initialise(self, program: str) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        if "mariadb" in program:
            words = ["mariadb-install-db", f"--defaults-file={self._settings}", "--skip-test-db"]
            words.append("--auth-root-authentication-method=normal")
        else:
            words = [program, f"--defaults-file={self._settings}", "--initialize-insecure"]
        process = self._start(words)
        if process.wait():
            shutil.rmtree(self.data)
            raise ClusterError(f"The database server cannot make its files: {self.log.read_text()[-2000:]}")

    def _start(self, words: list[str]) -> subprocess.Popen:
        environment = processes.base_environment(self.data.parent)
        return self._processes.start(words, env=environment, cwd=self.data, log=self.log)

    def _wait_until_up(self, port: int) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise ClusterError(f"The database server does not start: {self.log.read_text()[-2000:]}")


def _program() -> str:
    for name in ("mariadbd", "mysqld"):
        if shutil.which(name):
            return name
    raise ClusterError(
        "The split needs MariaDB or MySQL, and neither is installed. On Debian: sudo apt-get install"
        " mariadb-server-core. Or name a server: DATABASE_URL=mysql://user:password@host:3306/name make split"
    )


def _rendered_settings(rendered: Manifests) -> list[str]:
    """Return the overlay's `[mysqld]` settings with the prefix `loose-`, so that servers ignore unknown ones."""
    files = [text for item in rendered.all("ConfigMap") for name, text in item["data"].items() if name.endswith(".cnf")]
    lines = [line.strip() for text in files for line in text.splitlines()]
    return [f"loose-{line}" for line in lines if re.match(r"[a-z]", line)]
