"""The database of the split: whose addresses the manifests' become, and the users that are made for it."""

from __future__ import annotations

import hashlib
import secrets
from urllib.parse import SplitResult, unquote, urlsplit

from tools.local_cluster.manifests import SplitError

LONGEST_USER = 32
"""Characters of a user's name that MySQL takes."""


class Database:
    """One database on a server, by the address of somebody who may make databases and users there."""

    def __init__(self, url: str) -> None:
        """Take `mysql://user:password@host:port/name`; raises SplitError for anything else."""
        self.url = url
        self.parts: SplitResult = urlsplit(url)
        self.name = unquote(self.parts.path.lstrip("/"))
        if self.parts.scheme != "mysql" or not self.name.replace("_", "").isalnum():
            raise SplitError("The split's DATABASE_URL is mysql://user:password@host:port/name.")
        self._addresses: dict[str, str] = {}

    def create(self) -> None:
        """Make the database where it is not there."""
        self.execute(f"CREATE DATABASE IF NOT EXISTS `{self.name}` CHARACTER SET utf8mb4")

    def address(self, rendered: str) -> str:
        """Return the address here for a rendered one, whose host is in a cluster.

        A user that is named after its database (`broadsheet_read`) gets a name after this one and a password of its
        own, so that several clusters can share a server; any other is the one who makes the users: the address given.
        """
        parts = urlsplit(rendered)
        database = parts.path.lstrip("/")
        if not (parts.username or "").startswith(database):
            return self.url
        if rendered not in self._addresses:
            user = self.user(parts.username.removeprefix(database))
            where = self.parts.netloc.rpartition("@")[2]
            netloc = f"{user}:{secrets.token_urlsafe(18)}@{where}"
            self._addresses[rendered] = self.parts._replace(netloc=netloc).geturl()
        return self._addresses[rendered]

    def user(self, suffix: str) -> str:
        """Return the name of a user of this database; one that would be too long is cut, and stays unique."""
        name = self.name + suffix
        if len(name) <= LONGEST_USER:
            return name
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:8]
        return f"{self.name[: LONGEST_USER - len(suffix) - 9]}_{digest}{suffix}"

    def drop_users(self) -> None:
        """Remove the users that were made for the addresses."""
        for address in self._addresses.values():
            self.execute(f"DROP USER IF EXISTS '{urlsplit(address).username}'@'%'")

    def execute(self, statement: str) -> list[tuple]:
        """Run one statement as the user of the address given; raises SplitError when the server refuses."""
        import MySQLdb  # Here, because it has to be compiled: what runs nothing does without.

        try:
            connection = MySQLdb.connect(
                host=self.parts.hostname or "127.0.0.1",
                port=self.parts.port or 3306,
                user=unquote(self.parts.username or ""),
                password=unquote(self.parts.password or ""),
                autocommit=True,
            )
        except MySQLdb.Error as error:
            raise SplitError(f"The database server does not answer: {error}") from None
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        except MySQLdb.Error as error:
            raise SplitError(f"The database server refuses: {error}") from None
        finally:
            connection.close()
