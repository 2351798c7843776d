"""Save the blog's database to one compressed file, and restore it: of a server (MySQL, MariaDB) or of SQLite.

backup.py save FILE              while the blog is being written to; FILE has the content of one moment
backup.py verify FILE            whether FILE is whole
backup.py restore FILE           into an empty database
backup.py restore --force FILE   into any; what it holds is lost

The database is DATABASE_URL's, from the environment, its file (DATABASE_URL_FILE) or `.env`. For a server, `mysqldump`
and `mysql` (or `mariadb-dump` and `mariadb`) are on the PATH, and the user may read every table (save) or do what
migrations do (restore). Users and their rights are not in a backup: `manage.py database_grants` makes these again.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from blog_project.environment import Environment  # noqa: E402

LAST_LINE = b"-- Dump completed"
"""How the last line of a complete dump begins."""
SANDBOX = b"/*M!999999\\- enable the sandbox mode */"
"""The first line of MariaDB's dumps since 2024, which MySQL's client rejects."""
SQLITE_HEADER = b"SQLite format 3\0"


class Failure(Exception):
    """Saving, verifying or restoring failed; the message is one sentence."""


class Database(Protocol):
    """A database that can be saved and restored."""

    def save(self, target: Path) -> None:
        """Write a consistent, compressed backup to the new file `target`."""

    def verify(self, source: Path) -> None:
        """Raise Failure unless `source` is a whole backup of this kind of database."""

    def is_empty(self) -> bool:
        """Return whether there are no tables."""

    def restore(self, source: Path) -> None:
        """Replace everything with the content of `source`."""


class SQLiteDatabase:
    """A SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, target: Path) -> None:
        """Copy the database in one read transaction, which blocks no writer, and check the copy's integrity."""
        if not self.path.exists():
            raise Failure(f"{self.path} does not exist.")
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            copy = Path(folder) / "copy.sqlite3"
            with closing(self._open(read_only=True)) as source, closing(sqlite3.connect(copy)) as destination:
                source.backup(destination)
            self._check(copy)
            with copy.open("rb") as content, gzip.open(target, "wb") as compressed:
                shutil.copyfileobj(content, compressed)

    def verify(self, source: Path) -> None:
        """Unpack the backup and check its integrity."""
        with self._unpacked(source):
            pass

    def is_empty(self) -> bool:
        """Return whether the file is missing or has no tables."""
        if not self.path.exists():
            return True
        with closing(self._open(read_only=True)) as database:
            return database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone() == (0,)

    def restore(self, source: Path) -> None:
        """Copy the backup over the database in one transaction, so that other processes see all of it or nothing."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with (
            self._unpacked(source) as copy,
            closing(sqlite3.connect(copy)) as content,
            closing(self._open(read_only=False)) as destination,
        ):
            content.backup(destination)

    def _open(self, *, read_only: bool) -> sqlite3.Connection:
        return sqlite3.connect(f"{self.path.as_uri()}?mode={'ro' if read_only else 'rwc'}", uri=True, timeout=30)

    @contextmanager
    def _unpacked(self, source: Path) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=source.parent) as folder:
            copy = Path(folder) / "copy.sqlite3"
            with reading(source) as content, copy.open("wb") as unpacked:
                shutil.copyfileobj(content, unpacked)
            with copy.open("rb") as unpacked:
                if unpacked.read(len(SQLITE_HEADER)) != SQLITE_HEADER:
                    raise Failure(f"{source} is no backup of SQLite.")
            self._check(copy)
            yield copy

    @staticmethod
    def _check(path: Path) -> None:
        with closing(sqlite3.connect(path)) as database:
            try:
                found = database.execute("PRAGMA integrity_check").fetchone()[0]
            except sqlite3.DatabaseError as error:
                found = str(error)
        if found != "ok":
            raise Failure(f"The copy is damaged: {found}.")


class ServerDatabase:
    """A database on MySQL or MariaDB, accessed with the client programs of either."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.name = settings["NAME"]
        self._settings = settings
        self._dump, self._client = program("mysqldump", "mariadb-dump"), program("mysql", "mariadb")
        self._is_mariadb = "MariaDB" in self._output([self._client, "--version"])

    def save(self, target: Path) -> None:
        """Dump the tables in one transaction (InnoDB), which blocks no writer."""
        command = [
            "--single-transaction",
            "--quick",
            "--skip-lock-tables",
            "--skip-triggers",
            # So that restoring does not need the LOCK TABLES privilege.
            "--skip-add-locks",
            "--hex-blob",
            "--no-tablespaces",
            "--default-character-set=utf8mb4",
            # These two exist only in MySQL's program. A restored database is not a replica, so it needs no GTIDs.
            *(
                option
                for option in ("--set-gtid-purged=OFF", "--column-statistics=0")
                if option.split("=")[0] in self._output([self._dump, "--help"])
            ),
        ]
        with self._login() as login, gzip.open(target, "wb") as compressed:
            dump = subprocess.Popen([self._dump, login, *command, self.name], stdout=subprocess.PIPE)
            shutil.copyfileobj(dump.stdout, compressed)
            if dump.wait():
                raise Failure(f"{self._dump} failed; it says why above.")
        self.verify(target)

    def verify(self, source: Path) -> None:
        """Read the dump and check that its last line is the one of a complete dump."""
        last = b""
        with reading(source) as content:
            for line in content:
                last = line if line.strip() else last
        if not last.startswith(LAST_LINE):
            raise Failure(f"{source} is no whole dump of a server: its last line does not say so.")

    def is_empty(self) -> bool:
        """Return whether the database has no tables."""
        return not self._tables()

    def restore(self, source: Path) -> None:
        """Drop every table, including those that are not in the backup, and run the dump."""
        # Without foreign key checks the order of the tables does not matter.
        drops = "".join(f"DROP TABLE IF EXISTS `{name.replace('`', '``')}`;\n" for name in self._tables())
        with self._login() as login, reading(source) as content:
            client = subprocess.Popen(
                [self._client, login, "--default-character-set=utf8mb4", self.name], stdin=subprocess.PIPE
            )
            try:
                client.stdin.write(b"SET FOREIGN_KEY_CHECKS=0;\n" + drops.encode())
                first = content.readline()
                client.stdin.write(b"" if first.startswith(SANDBOX) and not self._is_mariadb else first)
                shutil.copyfileobj(content, client.stdin)
                client.stdin.close()
            except BrokenPipeError:
                pass  # The client has ended and printed why.
            if client.wait():
                raise Failure(f"{self._client} failed half-way; it says why above. Restore again with --force.")

    def _tables(self) -> list[str]:
        with self._login() as login:
            arguments = ["--batch", "--skip-column-names", "--execute=SHOW TABLES", self.name]
            return self._output([self._client, login, *arguments]).splitlines()

    @contextmanager
    def _login(self) -> Iterator[str]:
        """Yield the client option with the login. The password is in a file that only this user may read."""
        with tempfile.NamedTemporaryFile("w", prefix="broadsheet-backup-", suffix=".cnf") as options:
            options.write("[client]\n")
            options.writelines(f"{name}={quoted(value)}\n" for name, value in self._options().items())
            options.flush()
            yield f"--defaults-file={options.name}"

    def _options(self) -> dict[str, str]:
        extra = self._settings.get("OPTIONS", {})
        socket, tls = extra.get("unix_socket", ""), extra.get("ssl", {})
        options = {
            "socket": socket,
            "host": "" if socket else self._settings["HOST"] or "localhost",
            "port": str(self._settings["PORT"] or ""),
            "user": self._settings["USER"],
            "password": self._settings["PASSWORD"],
            "ssl-ca": tls.get("ca", ""),
            "ssl-cert": tls.get("cert", ""),
            "ssl-key": tls.get("key", ""),
        }
        mode = extra.get("ssl_mode", "")
        if not self._is_mariadb:
            options["ssl-mode"] = mode
        elif mode.startswith("VERIFY"):
            options["ssl-verify-server-cert"] = "1"
        elif mode == "REQUIRED":
            options["ssl"] = "1"
        return {name: value for name, value in options.items() if value}

    @staticmethod
    def _output(command: list[str]) -> str:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise Failure(f"{command[0]} failed; it says why above.")
        return done.stdout


def program(*names: str) -> str:
    """Return the first of these programs that is on the PATH; raises Failure if there is none."""
    for name in names:
        if shutil.which(name):
            return name
    raise Failure(f"None of {' and '.join(names)} is on the PATH; on Debian install mariadb-client or mysql-client.")


def quoted(value: str) -> str:
    """Return a value quoted for a MySQL option file."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@contextmanager
def reading(source: Path) -> Iterator[gzip.GzipFile]:
    """Open a compressed backup; raises Failure if it is not compressed or truncated."""
    try:
        with gzip.open(source) as content:
            yield content
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Failure(f"{source} is damaged: {error}.") from None


def database() -> Database:
    """Return the database of DATABASE_URL."""
    settings = Environment(ROOT / ".env").db("DATABASE_URL", default=f"sqlite:///{ROOT / 'var' / 'broadsheet.sqlite3'}")
    if settings["ENGINE"].endswith("sqlite3"):
        return SQLiteDatabase(Path(settings["NAME"]).absolute())
    return ServerDatabase(settings)


def save(target: Path) -> None:
    """Save to a new file, which is renamed to `target` once it is complete."""
    if target.exists():
        raise Failure(f"{target} exists; name a new file.")
    partial = target.with_name(f"{target.name}.partial")
    os.umask(0o077)  # The backup contains accounts and password hashes.
    try:
        database().save(partial)
        with partial.open("rb") as content:
            os.fsync(content.fileno())
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    print(f"{target}: {target.stat().st_size} bytes")


def verify(source: Path) -> None:
    """Print that a backup is complete; raises Failure if it is not."""
    database().verify(source)
    print(f"{source} is whole.")


def restore(source: Path, *, force: bool) -> None:
    """Restore a complete backup into an empty database, or with `force` into any."""
    target = database()
    target.verify(source)
    if not (force or target.is_empty()):
        raise Failure("The database is not empty. Restore into an empty one, or give --force to lose what it holds.")
    target.restore(source)
    print("Restored. Start every process of the blog again: they keep pages of before.")


def main() -> None:
    """Run the command of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in ("save", "verify", "restore"):
        commands.add_parser(command).add_argument("file", type=Path)
    commands.choices["restore"].add_argument(
        "--force", action="store_true", help="overwrite what the database contains"
    )
    options = parser.parse_args()
    file = options.file.absolute()
    try:
        match options.command:
            case "save":
                save(file)
            case "verify":
                verify(file)
            case "restore":
                restore(file, force=options.force)
    except (Failure, OSError, sqlite3.Error) as error:
        sys.exit(f"broadsheet: {error}")


if __name__ == "__main__":
    main()
