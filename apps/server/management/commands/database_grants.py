"""`manage.py database_grants`: a database user per role, with the privileges that `roles.py` gives it."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from apps.server.database import grants
from apps.server.database.grants import Account, Privilege
from blog_project import roles
from blog_project.settings import env

ADDRESS = "DATABASE_URL_"
"""Starts the variables that hold the roles' own addresses: `DATABASE_URL_READ`, `DATABASE_URL_CREATE_UPDATE`."""
MIGRATE = "migrate"
"""Stands for the user who runs migrations and this command, where roles are named."""
USER_LENGTH = 32
"""Characters of a user's name, at most (MySQL; MariaDB allows more)."""
WRONG_PASSWORD = 1045
"""The error number of a login that is refused (ER_ACCESS_DENIED_ERROR)."""


class Target(NamedTuple):
    """A database user to make: whose, who, and (where its address is known) the password."""

    role: str
    account: Account
    password: str | None


class Command(BaseCommand):
    """Print or carry out the statements that give each role's database user what its role needs, and no more."""

    help = (
        "Print the SQL that makes a database user per role, with what its role needs and no more. A role's "
        "user and password are those of its address in DATABASE_URL_<ROLE> (DATABASE_URL_CREATE_UPDATE for "
        "create.update); without one, the user is broadsheet_<role>, locked until it has a password."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which roles, and whether to do it."""
        parser.add_argument(
            "--role",
            action="append",
            dest="wanted",
            metavar="ROLE",
            help="A ROLE of a deployment, such as read or create.update; may be repeated (default: each role). "
            f"“{MIGRATE}” prints what the user needs who runs migrations and this command.",
        )
        parser.add_argument("--host", default="%", help="From where the users may log in (default: %(default)s).")
        parser.add_argument(
            "--apply",
            action="store_true",
            help="Do it, as the user of DATABASE_URL, for the roles whose address is set. Takes nothing away.",
        )
        parser.add_argument(
            "--revoke",
            action="store_true",
            help="With --apply: take away what the roles do not need (any more), and passwords that were replaced. "
            "Only when no process of an earlier release runs.",
        )

    def handle(self, *, wanted: list[str] | None, host: str, apply: bool, revoke: bool, **options: Any) -> None:
        """Print or apply. Raises CommandError for what cannot be done, with nothing of a password in it."""
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

    # Whose user is who

    def _with_address(self, wanted: list[str] | None, host: str) -> Iterator[Target]:
        """Yield the users whose address is set; say which roles have none."""
        if MIGRATE in (wanted or ()):
            raise CommandError(f"“{MIGRATE}” is the user who would do it: have another one run what is printed.")
        found = [self._target(role, host) for role in wanted or self._named_in_environment()]
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

    def _named_in_environment(self) -> list[str]:
        """Return each role, and what else (`all`, `create.update`) has an address."""
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
        yield from created(account, connection.settings_dict["PASSWORD"] or None)
        yield f"GRANT {', '.join(grants.MIGRATION_USER['server'])} ON *.* TO {account};"
        *privileges, _option = grants.MIGRATION_USER["database"]
        yield f"GRANT {', '.join(privileges)} ON {every_table(self.database)} TO {account} WITH GRANT OPTION;"

    def _role(self, target: Target) -> Iterator[str]:
        yield f"-- {target.role}"
        yield from created(target.account, target.password)
        privileges = grants.needed(roles.parse(target.role), self.database)
        yield from (f"{statement};" for statement in grants.grant(privileges, target.account))

    # Applying

    def _apply(self, targets: list[Target], *, revoke: bool) -> None:
        try:
            with closing(connected()) as session:
                for target in targets:
                    self._apply_one(session, target, revoke=revoke)
        except connection.Database.Error as error:
            raise CommandError(f"The database server refuses: {error.args[-1]}") from None

    def _apply_one(self, session: Any, target: Target, *, revoke: bool) -> None:
        role, account, _password = target
        if account.user == connection.settings_dict["USER"]:
            self.stdout.write(f"{role}: has the user of DATABASE_URL itself, who is left alone.")
            return
        done = [self._let_log_in(session, target)]
        needed, held = grants.needed(roles.parse(role), self.database), self._held(target)
        run(session, grants.grant(needed - held, account))
        done.append(f"{len(needed - held)} privileges granted")
        surplus = held - needed
        # To revoke a privilege on a table takes it from the table's columns too, and nothing can stand in meanwhile:
        # an open connection would not see what is granted on the whole database.
        stuck = {one._replace(column="") for one in needed} & surplus
        if revoke:
            run(session, grants.revoke(surplus - stuck, account))
            run(session, [f"ALTER USER {account} /*!80014 DISCARD OLD PASSWORD */"])
            done.append(f"{len(surplus - stuck)} revoked")
        elif surplus - stuck:
            done.append(f"{len(surplus - stuck)} more than it needs left alone (--revoke takes them away)")
        self.stdout.write(f"{role}: {account}: {', '.join(filter(None, done))}.")
        for one in sorted(stuck):
            self.stdout.write(
                f"{role}: {account} has {one.name} on all of {one.on}, where some columns are enough. That cannot be "
                f"taken away without a moment in which these are missing: name another user in {variable(role)}."
            )

    def _let_log_in(self, session: Any, target: Target) -> str:
        """Make the user, or give it the password of its address, where it cannot log in. Return what was done."""
        _role, account, password = target
        identified = f"{account} IDENTIFIED BY {grants.quoted(password)}"
        ways = {
            "": [],
            "made": [f"CREATE USER IF NOT EXISTS {identified}"],
            # MySQL goes on taking the old password too, so that running processes can still connect.
            "password changed": [f"ALTER USER {identified} /*!80014 RETAIN CURRENT PASSWORD */"],
        }
        for done, statements in ways.items():
            run(session, statements)
            try:
                with closing(connected(target)) as own:
                    [(login,)] = rows(own, "SELECT CURRENT_USER()")
            except connection.Database.OperationalError as error:
                if error.args[0] != WRONG_PASSWORD:
                    raise
                continue
            if login != f"{account.user}@{account.host}":
                raise CommandError(f"{variable(target.role)} logs in as {login}, which hides {account}: see --host.")
            return done
        raise CommandError(f"{account} cannot log in with the password of {variable(target.role)}.")

    def _held(self, target: Target) -> set[Privilege]:
        """Return what a user may do in this database. Asked as that user: everybody may know their own."""
        account = f"'{target.account.user}'@'{target.account.host}'"
        with closing(connected(target)) as own:
            found = rows(own, HELD, {"account": account, "database": self.database})
        held = set()
        for schema, table, column, name, is_grantable in found:
            on = f"{grants.named(schema) if schema else '*'}.{grants.named(table) if table else '*'}"
            held |= {Privilege(on, name, column)} if name != "USAGE" else set()
            held |= {Privilege(on, "GRANT OPTION")} if is_grantable == "YES" else set()
        return held


HELD = """
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
"""What a user may do on the server, in a database (whose name is a pattern there), on its tables and columns."""


def variable(role: str) -> str:
    """Return the name of the variable that holds a role's own address."""
    return ADDRESS + role.upper().replace(".", "_")


def every_table(database: str) -> str:
    """Return all of a database, as a GRANT names it: by a pattern, in which `_` and `%` would stand for others too."""
    pattern = database.replace("_", r"\_").replace("%", r"\%")
    return f"{grants.named(pattern)}.*"


def created(account: Account, password: str | None) -> Iterator[str]:
    """Yield the lines that create a user: with a password, or locked until somebody sets one."""
    if password is not None:
        yield f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY {grants.quoted(password)};"
        return
    yield f"CREATE USER IF NOT EXISTS {account} ACCOUNT LOCK;"
    yield f"-- Then, with a password of your own: ALTER USER {account} IDENTIFIED BY '...' ACCOUNT UNLOCK;"


def connected(target: Target | None = None) -> Any:
    """Return a connection of the driver's own, as the migration user or as a role's, to no database.

    Not one of Django's, which keep and log the statements that they run: these have passwords in them.
    """
    parameters = connection.get_connection_params()
    del parameters["database"]
    if target is not None:
        parameters |= {"user": target.account.user, "password": target.password}
    return connection.get_new_connection(parameters)


def run(session: Any, statements: Iterable[str]) -> None:
    """Execute statements, each of which commits by itself."""
    with closing(session.cursor()) as cursor:
        for statement in statements:
            cursor.execute(statement)


def rows(session: Any, query: str, values: dict[str, str] | None = None) -> list[tuple]:
    """Return the rows of a query."""
    with closing(session.cursor()) as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
