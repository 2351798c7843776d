"""The database of the split: replaces the database URLs of the manifests and drops the users made for them."""

from __future__ import annotations

import hashlib
import secrets
from urllib.parse import SplitResult, unquote, urlsplit

from tools.local_cluster.manifests import ClusterError

MAX_USER_LENGTH = 32
"""Maximum characters of a user name in MySQL."""


class Database:
    """One database on a server, with the URL of a user who may create databases and users."""

    def __init__(self, url: str) -> None:
        """Take `mysql://user:password@host:port/name`; raises ClusterError for anything else."""
        self.url = url
        self.parts: SplitResult = urlsplit(url)
        self.name = unquote(self.parts.path.lstrip("/"))
        if self.parts.scheme != "mysql" or not self.name.replace("_", "").isalnum():
            raise ClusterError("The split's DATABASE_URL is mysql://user:password@host:port/name.")
        self._addresses: dict[str, str] = {}

    def create(self) -> None:
        """Create the database if it does not exist."""
        self.execute(f"CREATE DATABASE IF NOT EXISTS `{self.name}` CHARACTER SET utf8mb4")

    def address(self, rendered: str) -> str:
        """Return the database URL that replaces a rendered one, whose host exists only in a cluster.

        A user named after the rendered database (`broadsheet_read`) is renamed after this one and gets a new password,
        so that several clusters can share a server. For any other user this returns `url`, the migration user's.
        """
        parts = urlsplit(rendered)
        database = parts.path.lstrip("/")
        if not (parts.username or "").startswith(database):
            return self.url
        if rendered not in self._addresses:
            user = self.user(parts.username.removeprefix(database))
            host = self.parts.netloc.rpartition("@")[2]
            netloc = f"{user}:{secrets.token_urlsafe(18)}@{host}"
            self._addresses[rendered] = self.parts._replace(netloc=netloc).geturl()
        return self._addresses[rendered]

    def user(self, suffix: str) -> str:
        """Return the name of a user of this database; a name that is too long is shortened with a hash."""
        name = self.name + suffix
        if len(name) <= MAX_USER_LENGTH:
            return name
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:8]
        return f"{self.name[: MAX_USER_LENGTH - len(suffix) - 9]}_{digest}{suffix}"

    def drop_users(self) -> None:
        """Drop the users of the URLs that `address` has returned."""
        for address in self._addresses.values():
            self.execute(f"DROP USER IF EXISTS '{urlsplit(address).username}'@'%'")

    def execute(self, statement: str) -> list[tuple]:
        """Run one statement as the user of `url` and return its rows; raises ClusterError if the server refuses it."""
        import MySQLdb  # Imported here, because the driver has to be compiled and most code does not need it.

        try:
            connection = MySQLdb.connect(
                host=self.parts.hostname or "127.0.0.1",
                port=self.parts.port or 3306,
                user=unquote(self.parts.username or ""),
                password=unquote(self.parts.password or ""),
                autocommit=True,
            )
        except MySQLdb.Error as error:
            raise ClusterError(f"The database server does not answer: {error}") from None
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        except MySQLdb.Error as error:
            raise ClusterError(f"The database server refuses: {error}") from None
        finally:
            connection.close()
