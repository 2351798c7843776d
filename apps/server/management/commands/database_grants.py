"""`manage.py database_grants`: a database user per role, with the privileges that `roles.py` defines."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from apps.audit.commands import RecordedCommand
from apps.server.database import grants
from apps.server.database.grants import Account, Privilege
from blog_project import roles
from blog_project.settings import env

ADDRESS = "DATABASE_URL_"
"""Prefix of the variables with the roles' own database URLs: `DATABASE_URL_READ`, `DATABASE_URL_CREATE_UPDATE`."""
MIGRATE = "migrate"
"""In place of a role: the user who runs migrations and this command."""
USER_LENGTH = 32
"""Maximum characters of a user name (MySQL; MariaDB allows more)."""
ACCESS_DENIED = 1045
"""The error code of a refused login (ER_ACCESS_DENIED_ERROR)."""


class Target(NamedTuple):
    """A database user to create: its role, its account, and the password if its database URL is set."""

    role: str
    account: Account
    password: str | None


class Command(RecordedCommand):
    """Print or execute the statements that give each role's database user the privileges it needs, and no more."""

    help = (
        "Print the SQL that creates a database user per role, with the privileges that its role needs. A role's "
        "user and password are those of its address in DATABASE_URL_<ROLE> (DATABASE_URL_CREATE_UPDATE for "
        "create.update); without one, the user is broadsheet_<role>, locked until it has a password."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options for the roles, the host, and whether to execute the statements."""
        parser.add_argument(
            "--role",
            action="append",
            dest="wanted",
            metavar="ROLE",
            help="A ROLE of a deployment, such as read or create.update; may be repeated (default: each role). "
            f"“{MIGRATE}” prints the privileges of the user who runs migrations and this command.",
        )
        parser.add_argument(
            "--host", default="%", help="The host from which the users may log in (default: %(default)s)."
        )
        parser.add_argument(
            "--apply",
            action="store_true",
            help="Execute the SQL as the user of DATABASE_URL, for the roles whose address is set. Revokes nothing.",
        )
        parser.add_argument(
            "--revoke",
            action="store_true",
            help="With --apply: revoke privileges that the roles do not need, and discard replaced passwords. "
            "Only when no process of an earlier release runs.",
        )

    def handle(self, *, wanted: list[str] | None, host: str, apply: bool, revoke: bool, **options: Any) -> None:
        """Print or execute the statements. Raises CommandError, whose message contains no password."""
        if connection.vendor != "mysql":
            raise CommandError("SQLite has no users: whoever may read its file may do everything. Set DATABASE_URL.")
        if roles.ALL != settings.ROLE:
            raise CommandError(f"This needs every table to be known: run it with ROLE={roles.ALL}.")
        if revoke and not apply:
            raise CommandError("--revoke goes with --apply: what is too much is told by asking the database.")
        self.database = connection.settings_dict["NAME"]
        if apply:
            self._apply(list(self._with_address(wanted, host)), revoke=revoke)
        else:
            self._print(wanted or list(roles.Role), host)

    # Finding the roles' users

    def _with_address(self, wanted: list[str] | None, host: str) -> Iterator[Target]:
        """Yield the users whose database URL is set; report the roles without one."""
        if MIGRATE in (wanted or ()):
            raise CommandError(f"“{MIGRATE}” is the user who would do it: have another one run what is printed.")
        found = [self._target(role, host) for role in wanted or self._all_roles()]
        served = frozenset().union(*(roles.parse(target.role) for target in found if target.password is not None))
        names: dict[str, str] = {}
        for target in found:
            if target.password is None:
                if wanted or not roles.parse(target.role) <= served:
                    self.stdout.write(f"{target.role}: {variable(target.role)} is not set, so its user is left alone.")
                continue
            other = names.setdefault(target.account.user, target.role)
            if other != target.role:
                raise CommandError(
                    f"{variable(other)} and {variable(target.role)} name the same user, {target.account.user}, "
                    "which could then do the work of both. Give each its own."
                )
            yield target

    def _all_roles(self) -> list[str]:
        """Return each role, and each combination (`all`, `create.update`) that has a database URL."""
        suffixes = [name.removeprefix(ADDRESS).removesuffix("_FILE") for name in os.environ if name.startswith(ADDRESS)]
        more = [suffix.lower().replace("_", ".") for suffix in suffixes if suffix != "FILE"]
        return list(dict.fromkeys([*roles.Role, *more]))

    def _target(self, role: str, host: str) -> Target:
        name = variable(role)
        try:
            roles.parse(role)
        except ValueError as error:
            raise CommandError(f"{name}: {error}") from None
        if name not in os.environ and f"{name}_FILE" not in os.environ:
            return Target(role, Account(f"broadsheet_{role.replace('.', '_')}"[:USER_LENGTH], host), None)
        address = env.db(name, default="")
        if address["NAME"] != self.database or "mysql" not in address["ENGINE"]:
            raise CommandError(f"{name} is not an address of the database {self.database}.")
        if not 0 < len(address["USER"]) <= USER_LENGTH:
            raise CommandError(f"{name} must name a user, of at most {USER_LENGTH} characters.")
        if not address["PASSWORD"]:
            raise CommandError(f"{name} has no password.")
        return Target(role, Account(address["USER"], host), address["PASSWORD"])

    # Printing

    def _print(self, wanted: list[str], host: str) -> None:
        for role in wanted:
            for line in self._migration_user(host) if role == MIGRATE else self._role(self._target(role, host)):
                self.stdout.write(line)

    def _migration_user(self, host: str) -> Iterator[str]:
        account = Account(connection.settings_dict["USER"] or "broadsheet_migrate", host)
        yield "-- migrate: runs migrations, and makes the users of the roles."
        yield from create_statements(account, connection.settings_dict["PASSWORD"] or None)
        yield f"GRANT {', '.join(grants.MIGRATION_USER['server'])} ON *.* TO {account};"
        *privileges, _option = grants.MIGRATION_USER["database"]
        yield f"GRANT {', '.join(privileges)} ON {every_table(self.database)} TO {account} WITH GRANT OPTION;"

    def _role(self, target: Target) -> Iterator[str]:
        yield f"-- {target.role}"
        yield from create_statements(target.account, target.password)
        privileges = grants.required_privileges(roles.parse(target.role), self.database)
        yield from (f"{statement};" for statement in grants.grant(privileges, target.account))

    # Applying

    def _apply(self, targets: list[Target], *, revoke: bool) -> None:
        try:
            with closing(connect()) as session:
                for target in targets:
                    self._apply_one(session, target, revoke=revoke)
        except connection.Database.Error as error:
            raise CommandError(f"The database server refuses: {error.args[-1]}") from None

    def _apply_one(self, session: Any, target: Target, *, revoke: bool) -> None:
        role, account, _password = target
        if account.user == connection.settings_dict["USER"]:
            self.stdout.write(f"{role}: has the user of DATABASE_URL itself, who is left alone.")
            return
        done = [self._ensure_login(session, target)]
        self.has_written = self.has_written or any(done)
        needed, held = grants.required_privileges(roles.parse(role), self.database), self._current_privileges(target)
        run(session, grants.grant(needed - held, account))
        self.has_written = self.has_written or bool(needed - held)
        done.append(f"{len(needed - held)} privileges granted")
        surplus = held - needed
        # Revoking a privilege on a table also revokes it on the table's columns. A temporary grant on the whole database
        # would not bridge the gap, because open connections do not see it.
        irrevocable = {privilege._replace(column="") for privilege in needed} & surplus
        if revoke:
            run(session, grants.revoke(surplus - irrevocable, account))
            self.has_written = True
            run(session, [f"ALTER USER {account} /*!80014 DISCARD OLD PASSWORD */"])
            done.append(f"{len(surplus - irrevocable)} revoked")
        elif surplus - irrevocable:
            done.append(f"{len(surplus - irrevocable)} more than it needs left alone (--revoke takes them away)")
        self.done += f"{role}: {', '.join(filter(None, done))}. "
        self.stdout.write(f"{role}: {account}: {', '.join(filter(None, done))}.")
        for privilege in sorted(irrevocable):
            self.stdout.write(
                f"{role}: {account} has {privilege.name} on all of {privilege.on}, where some columns are enough. That cannot be "
                f"taken away without a moment in which these are missing: name another user in {variable(role)}."
            )

    def _ensure_login(self, session: Any, target: Target) -> str:
        """Create the user or set the password of its database URL if it cannot log in. Return what was done."""
        _role, account, password = target
        identified = f"{account} IDENTIFIED BY {grants.quote_string(password)}"
        attempts = {
            "": [],
            "made": [f"CREATE USER IF NOT EXISTS {identified}"],
            # MySQL keeps the old password valid too, so that running processes can still connect.
            "password changed": [f"ALTER USER {identified} /*!80014 RETAIN CURRENT PASSWORD */"],
        }
        for done, statements in attempts.items():
            run(session, statements)
            try:
                with closing(connect(target)) as session:
                    [(login,)] = rows(session, "SELECT CURRENT_USER()")
            except connection.Database.OperationalError as error:
                if error.args[0] != ACCESS_DENIED:
                    raise
                continue
            if login != f"{account.user}@{account.host}":
                raise CommandError(f"{variable(target.role)} logs in as {login}, which hides {account}: see --host.")
            return done
        raise CommandError(f"{account} cannot log in with the password of {variable(target.role)}.")

    def _current_privileges(self, target: Target) -> set[Privilege]:
        """Return the user's privileges in this database. Queried as that user, who may always see them."""
        account = f"'{target.account.user}'@'{target.account.host}'"
        with closing(connect(target)) as session:
            found = rows(session, CURRENT_PRIVILEGES, {"account": account, "database": self.database})
        held = set()
        for schema, table, column, name, is_grantable in found:
            on = ".".join(grants.quote_identifier(name) if name else "*" for name in (schema, table))
            held |= {Privilege(on, name, column)} if name != "USAGE" else set()
            held |= {Privilege(on, "GRANT OPTION")} if is_grantable == "YES" else set()
        return held


CURRENT_PRIVILEGES = """
    SELECT '', '', '', PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.USER_PRIVILEGES
    WHERE GRANTEE = %(account)s
    UNION ALL
    SELECT TABLE_SCHEMA, '', '', PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.SCHEMA_PRIVILEGES
    WHERE GRANTEE = %(account)s AND %(database)s LIKE TABLE_SCHEMA
    UNION ALL
    SELECT TABLE_SCHEMA, TABLE_NAME, '', PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.TABLE_PRIVILEGES
    WHERE GRANTEE = %(account)s AND TABLE_SCHEMA = %(database)s
    UNION ALL
    SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, PRIVILEGE_TYPE, 'NO' FROM information_schema.COLUMN_PRIVILEGES
    WHERE GRANTEE = %(account)s AND TABLE_SCHEMA = %(database)s
"""
"""A user's privileges on the server, on a database (whose name is stored as a LIKE pattern), its tables and columns."""


def variable(role: str) -> str:
    """Return the name of the environment variable with a role's own database URL."""
    return ADDRESS + role.upper().replace(".", "_")


def every_table(database: str) -> str:
    """Return all tables of a database for a GRANT, where the name is a pattern with `_` and `%` as wildcards."""
    pattern = database.replace("_", r"\_").replace("%", r"\%")
    return f"{grants.quote_identifier(pattern)}.*"


def create_statements(account: Account, password: str | None) -> Iterator[str]:
    """Yield the SQL lines that create a user: with the password, or locked if it is None."""
    if password is not None:
        yield f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY {grants.quote_string(password)};"
        return
    yield f"CREATE USER IF NOT EXISTS {account} ACCOUNT LOCK;"
    yield f"-- Then, with a password of your own: ALTER USER {account} IDENTIFIED BY '...' ACCOUNT UNLOCK;"


def connect(target: Target | None = None) -> Any:
    """Return a connection of the driver, as the user of `target` or else the migration user, without a default database.

    Not a connection of Django, which records and logs its statements: these contain passwords.
    """
    parameters = connection.get_connection_params()
    del parameters["database"]
    if target is not None:
        parameters |= {"user": target.account.user, "password": target.password}
    return connection.get_new_connection(parameters)


def run(session: Any, statements: Iterable[str]) -> None:
    """Execute statements; each commits implicitly."""
    with closing(session.cursor()) as cursor:
        for statement in statements:
            cursor.execute(statement)


def rows(session: Any, query: str, values: dict[str, str] | None = None) -> list[tuple]:
    """Return all rows of a query."""
    with closing(session.cursor()) as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
