"""The roles' database users, created by `manage.py database_grants` as in production, and connections as them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import StringIO
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import uuid4

from django.core.management import call_command
from django.db import connection

PASSWORD = 'it\'s \\ "50%" `é`'
"""Contains characters that SQL and URLs must quote."""
DENIED = {1044, 1045, 1142, 1143, 1227, 1370}
"""MySQL's error numbers for missing privileges."""


class User(NamedTuple):
    """A database user of a role."""

    role: str
    name: str

    @property
    def variable(self) -> str:
        return "DATABASE_URL_" + self.role.upper().replace(".", "_")

    def url(self, password: str = PASSWORD, database: str = "") -> str:
        """Return the DATABASE_URL for a process with this user."""
        host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"] or 3306
        return f"mysql://{self.name}:{quote(password, safe='')}@{host}:{port}/{database or database_name()}"

    def connect(self, password: str = PASSWORD) -> Any:
        """Return a connection of the database driver, without Django's connection object."""
        return connection.get_new_connection(
            connection.get_connection_params() | {"user": self.name, "password": password}
        )


def database_name() -> str:
    return connection.settings_dict["NAME"]


def new_user(role: str) -> User:
    """Return a user with a unique name, because test runs share a server and its users."""
    return User(role, f"{role[:12]}_{uuid4().hex[:12]}")


@contextmanager
def database_urls(*users: User, **passwords: str) -> Iterator[None]:
    """Set the environment variables `DATABASE_URL_<ROLE>` of these users. `passwords` are by role."""
    before = {user.variable: os.environ.get(user.variable) for user in users}
    os.environ.update({user.variable: user.url(passwords.get(user.role, PASSWORD)) for user in users})
    try:
        yield
    finally:
        for variable, value in before.items():
            os.environ.pop(variable) if value is None else os.environ.update({variable: value})


def database_grants(*arguments: str) -> str:
    """Run the command and return its output."""
    output = StringIO()
    call_command("database_grants", *arguments, stdout=output)
    return output.getvalue()


def execute(*statements: str) -> list[tuple]:
    """Run statements on Django's connection, and return the rows of the last one."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall())


def drop_users(*users: User) -> None:
    execute(*(f"DROP USER IF EXISTS `{user.name}`@'%'" for user in users))


@contextmanager
def created_users(*roles: str) -> Iterator[dict[str, User]]:
    """Create users of these `ROLE` values, and drop them at the end."""
    users = {role: new_user(role) for role in roles}
    try:
        with database_urls(*users.values()):
            database_grants("--apply")
        yield users
    finally:
        drop_users(*users.values())


@contextmanager
def connected_as(user: User) -> Iterator[None]:
    """Connect Django as this user within the block."""
    before = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=user.name, PASSWORD=PASSWORD)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def error_number(user: User, attempt: Callable[[Any], Any]) -> int:
    """Call `attempt` with a cursor of the user, and return the error number, or 0 if it succeeds."""
    with closing(user.connect()) as session, closing(session.cursor()) as cursor:
        try:
            attempt(cursor)
        except connection.Database.Error as error:
            return error.args[0]
    return 0
