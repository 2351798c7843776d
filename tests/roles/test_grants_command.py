"""`manage.py database_grants` creates users, updates their privileges, and revokes privileges only on request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest
from django.core.management import CommandError
from django.db import OperationalError, connection

from apps.server.database import grants
from apps.server.management.commands import database_grants as command
from blog_project.roles import Role
from tests.roles.users import (
    DENIED,
    PASSWORD,
    User,
    connected_as,
    created_users,
    database_grants,
    database_name,
    database_urls,
    drop_users,
    error_number,
    execute,
    new_user,
)
from tests.servers import environment, manage

LOCKED = {1045, 3118, 4151}
"""MySQL's and MariaDB's error numbers for a refused login and for a locked account."""


@pytest.fixture
def user(own_database) -> Iterator[User]:
    """The user of the frontend role, created by the command."""
    with created_users(Role.FRONTEND) as users:
        yield users[Role.FRONTEND]


@pytest.fixture
def missing_user(own_database) -> Iterator[User]:
    """A user of the read role that does not exist yet. It is dropped at the end."""
    user = new_user(Role.READ)
    yield user
    drop_users(user)


def login_error(user: User, password: str = PASSWORD) -> int:
    """Return the error number of a login, or 0 if it succeeds."""
    try:
        user.connect(password).close()
    except OperationalError as error:
        return error.args[0]
    except connection.Database.OperationalError as error:
        return error.args[0]
    return 0


def query_error(user: User, query: str) -> int:
    return error_number(user, lambda cursor: cursor.execute(query))


def execute_printed(output: str) -> None:
    """Execute the printed statements as the migration user, as a database administrator would."""
    execute(*(line.removesuffix(";") for line in output.splitlines() if not line.startswith("--")))


# Creating users


def test_a_second_run_grants_nothing(user):
    with database_urls(user):
        assert f"frontend: '{user.name}'@'%': 0 privileges granted.\n" in database_grants("--apply")


def test_the_output_contains_no_password(missing_user):
    with database_urls(missing_user):
        output = database_grants("--apply")
    assert missing_user.name in output
    assert "made" in output
    assert PASSWORD not in output
    assert "50%" not in output


def test_roles_without_a_database_url_are_reported_and_skipped(missing_user):
    with database_urls(missing_user):
        output = database_grants("--apply")
    for role in set(Role) - {Role.READ}:
        assert f"{role}: DATABASE_URL_{role.upper()} is not set" in output


def test_a_database_url_can_be_in_a_file(missing_user, tmp_path):
    (tmp_path / "url").write_text(missing_user.url() + "\n")
    settings = connection.settings_dict
    job = User("migrate", settings["USER"]).url(settings["PASSWORD"])
    env = environment(job, DATABASE_URL_READ_FILE=str(tmp_path / "url"))
    # In a separate process, because values that are read from files are cached.
    assert f"'{missing_user.name}'@'%': made" in manage(env, "database_grants", "--apply").stdout
    assert login_error(missing_user) == 0


def test_user_names_with_quotes_are_supported(own_database):
    user = User(Role.READ, f"o'h`ara\\{uuid4().hex[:8]}")
    try:
        with database_urls(user):
            assert "made" in database_grants("--apply")
            assert "0 privileges granted, 0 revoked" in database_grants("--apply", "--revoke")
        assert query_error(user, "SELECT id FROM posts_tag") == 0
        assert query_error(user, "DELETE FROM posts_tag") in DENIED
    finally:
        execute(f"DROP USER {grants.Account(user.name, '%')}")


# Changing users


def test_a_new_password_is_set_and_mysql_keeps_the_old_one_until_it_is_revoked(user):
    with database_urls(user, frontend="another"):
        assert "password changed" in database_grants("--apply")
        assert login_error(user, "another") == 0
        assert login_error(user) == (1045 if connection.mysql_is_mariadb else 0)
        database_grants("--apply", "--revoke")
    assert login_error(user, "another") == 0
    assert login_error(user) == 1045


def test_excess_privileges_stay_until_revoke_is_given(user):
    """An older release that is still running may need them."""
    execute(f"GRANT INSERT, DELETE ON posts_tag TO '{user.name}'@'%'")
    with database_urls(user):
        assert "2 more than it needs left alone" in database_grants("--apply")
        assert query_error(user, "DELETE FROM posts_tag") == 0
        assert "2 revoked" in database_grants("--apply", "--revoke")
    assert query_error(user, "DELETE FROM posts_tag") in DENIED


EXCESS_GRANTS = {
    "a column": ["SELECT (user_id) ON posts_author", "UPDATE (title) ON posts_post", "SELECT (email) ON auth_user"],
    "a table": ["SELECT, DELETE ON auth_user", "DELETE ON posts_author", "INSERT ON posts_tag"],
    "the database": ["ALL ON `{database}`.*"],
    "the server": ["SELECT, INSERT ON *.*"],
    "passing it on": ["SELECT ON `{database}`.* TO {account} WITH GRANT OPTION"],
}


@pytest.mark.parametrize("where", [*EXCESS_GRANTS, "everywhere"])
def test_revoking_never_removes_a_needed_privilege_even_temporarily(where, user, monkeypatch):
    account, database = f"'{user.name}'@'%'", database_name()
    for name, granted in EXCESS_GRANTS.items():
        if where in (name, "everywhere"):
            excess = [privilege.format(account=account, database=database) for privilege in granted]
            execute(*(f"GRANT {each}" if " TO " in each else f"GRANT {each} TO {account}" for each in excess))
    needed_queries = [
        "SELECT id, body_html FROM posts_post",
        "SELECT name FROM posts_author",
        "SELECT * FROM posts_tag",
        "SELECT * FROM django_migrations",
    ]
    original, failures = command.run, []

    with closing(user.connect()) as session, closing(session.cursor()) as cursor:

        def run_and_check(admin, statements) -> None:
            for statement in statements:
                original(admin, [statement])
                for query in needed_queries:
                    try:
                        cursor.execute(query)
                    except connection.Database.Error as error:
                        failures.append((statement, error))

        monkeypatch.setattr(command, "run", run_and_check)
        with database_urls(user):
            database_grants("--apply", "--revoke")
    assert failures == []
    monkeypatch.undo()
    with database_urls(user):
        assert "0 privileges granted, 0 revoked" in database_grants("--apply", "--revoke")
    assert granted_privileges(user) == grants.required_privileges([Role.FRONTEND], database)


def test_a_table_privilege_is_not_revoked_if_some_of_its_columns_are_needed(user):
    """Revoking it would also remove the column privileges for a moment; a user of another name gets only those."""
    execute(f"GRANT SELECT, DELETE ON posts_author TO '{user.name}'@'%'")
    with database_urls(user):
        for arguments in (["--apply"], ["--apply", "--revoke"], ["--apply", "--revoke"]):
            output = database_grants(*arguments)
            assert f"has SELECT on all of `{database_name()}`.`posts_author`" in output
            assert "name another user in DATABASE_URL_FRONTEND" in output
    assert query_error(user, "SELECT name FROM posts_author") == 0
    assert query_error(user, "DELETE FROM posts_author") in DENIED
    another = new_user(Role.FRONTEND)
    try:
        with database_urls(another):
            database_grants("--apply")
        assert granted_privileges(another) == grants.required_privileges([Role.FRONTEND], database_name())
    finally:
        drop_users(another)


def granted_privileges(user: User) -> set[grants.Privilege]:
    """Return the privileges of a user from SHOW GRANTS."""
    database = database_name()
    found = set()
    for (line,) in execute(f"SHOW GRANTS FOR '{user.name}'@'%'"):
        if line.startswith("GRANT USAGE ON *.*"):
            continue
        privileges, _, rest = line.removeprefix("GRANT ").partition(" ON ")
        on = rest.partition(" TO ")[0]
        assert on.startswith(f"`{database}`.`"), line
        for part in privileges.replace("), ", ")\n").replace("SELECT, ", "SELECT\n").split("\n"):
            name, _, columns = part.partition(" (")
            names = columns.rstrip(")").replace("`", "").split(", ")
            found |= {grants.Privilege(on, name, column) for column in names}
    return found


# Printing statements


def test_the_printed_statements_create_a_locked_user_without_a_password(missing_user, monkeypatch):
    printed = database_grants("--role", "read").replace("broadsheet_read", missing_user.name)
    execute_printed(printed)
    assert {login_error(missing_user, password) for password in ("", "...", PASSWORD)} <= LOCKED
    (advice,) = [line for line in printed.splitlines() if "ALTER USER" in line]
    execute(advice.partition(": ")[2].removesuffix(";").replace("'...'", grants.quote_string(PASSWORD)))
    assert login_error(missing_user) == 0
    assert granted_privileges(missing_user) == grants.required_privileges([Role.READ], database_name())


def test_the_printed_statements_for_a_database_url_create_its_user(missing_user):
    with database_urls(missing_user):
        execute_printed(database_grants("--role", "read"))
    assert login_error(missing_user) == 0


def test_the_statements_printed_for_the_migration_user_are_sufficient_for_the_job(own_database):
    """An ordinary user, like the master user of a managed database, migrates and creates the other users."""
    database, job = f"job_{uuid4().hex[:12]}", User("migrate", f"job_{uuid4().hex[:12]}")
    roles_users = [new_user(Role.FRONTEND), new_user(Role.UPDATE)]
    url = job.url(database=database)
    env = environment(url) | {user.variable: user.url(database=database) for user in roles_users}
    try:
        execute(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
        execute_printed(manage(env, "database_grants", "--role", "migrate").stdout)
        manage(env, "migrate", "--noinput", "-v0")
        assert "made" in manage(env, "database_grants", "--apply").stdout
        execute(f"GRANT SELECT ON {database}.auth_user TO '{roles_users[0].name}'@'%'")
        env["DATABASE_URL_UPDATE"] = roles_users[1].url("another", database)
        output = manage(env, "database_grants", "--apply", "--revoke").stdout
        assert "1 revoked" in output
        assert "password changed" in output
        for user in roles_users:
            own = env | {"DATABASE_URL": env[user.variable], "ROLE": user.role}
            manage(own, "migrate", "--check")
    finally:
        drop_users(job, *roles_users)
        execute(f"DROP DATABASE IF EXISTS {database}")


# Errors


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"READ": "mysql://{user}:secret@127.0.0.1/another"}, "is not an address of the database"),
        ({"READ": "sqlite:///secret"}, "is not an address of the database"),
        ({"READ": "mysql://{user}@127.0.0.1/{database}"}, "has no password"),
        ({"READ": "mysql://:secret@127.0.0.1/{database}"}, "must name a user"),
        ({"READ": "mysql://{user}_whose_name_is_long:secret@127.0.0.1/{database}"}, "at most 32 characters"),
        ({"REED": "mysql://{user}:secret@127.0.0.1/{database}"}, "DATABASE_URL_REED: .* not a role"),
        (dict.fromkeys(["READ", "ADMIN"], "mysql://{user}:secret@127.0.0.1/{database}"), "name the same user"),
    ],
)
def test_an_invalid_database_url_is_refused_before_any_change(variables, sentence, missing_user, monkeypatch):
    for role, address in variables.items():
        monkeypatch.setenv(f"DATABASE_URL_{role}", address.format(user=missing_user.name, database=database_name()))
    with pytest.raises(CommandError, match=sentence) as refusal:
        database_grants("--apply")
    assert "secret" not in str(refusal.value)
    assert login_error(missing_user, "secret") == 1045


def test_the_migration_user_is_skipped(own_database, monkeypatch):
    own = connection.settings_dict["USER"]
    monkeypatch.setenv("DATABASE_URL_ALL", f"mysql://{own}:any@127.0.0.1/{database_name()}")
    assert "all: has the user of DATABASE_URL itself" in database_grants("--apply", "--revoke")


def test_missing_rights_of_the_migration_user_are_reported_as_a_command_error(user, missing_user):
    with (
        database_urls(missing_user),
        connected_as(user),
        pytest.raises(CommandError, match="The database server refuses: Access"),
    ):
        database_grants("--apply")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--revoke"], "--revoke goes with --apply"),
        (["--apply", "--role", "migrate"], "have another one run what is printed"),
        (["--role", "nonsense"], "is not a role"),
    ],
)
def test_invalid_arguments_are_refused(arguments, sentence, own_database):
    with pytest.raises(CommandError, match=sentence):
        database_grants(*arguments)


def test_the_command_requires_the_role_all(own_database, settings):
    settings.ROLE = "read"
    with pytest.raises(CommandError, match="ROLE=all"):
        database_grants()
