"""`manage.py database_grants` makes the users, changes what changed, and takes away only what it is told to."""

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
    addresses,
    database_grants,
    database_name,
    drop,
    execute,
    logged_in_as,
    made,
    new_user,
    outcome,
)
from tests.servers import environment, manage

LOCKED = {1045, 3118, 4151}
"""MySQL's and MariaDB's error numbers for a login that is refused, or of an account that is locked."""


@pytest.fixture
def user(own_database) -> Iterator[User]:
    """The pages' user, as the command makes it."""
    with made(Role.FRONTEND) as users:
        yield users[Role.FRONTEND]


@pytest.fixture
def nobody(own_database) -> Iterator[User]:
    """A name that no user has yet, for the role read."""
    user = new_user(Role.READ)
    yield user
    drop(user)


def login(user: User, password: str = PASSWORD) -> int:
    """Return 0 where a user can log in, or the error number."""
    try:
        user.connect(password).close()
    except OperationalError as error:
        return error.args[0]
    except connection.Database.OperationalError as error:
        return error.args[0]
    return 0


def select(user: User, query: str) -> int:
    return outcome(user, lambda cursor: cursor.execute(query))


def run_printed(output: str) -> None:
    """Have the migration user run what was printed, as a DBA would."""
    execute(*(line.removesuffix(";") for line in output.splitlines() if not line.startswith("--")))


# Making


def test_a_second_time_nothing_is_left_to_do(user):
    with addresses(user):
        assert f"frontend: '{user.name}'@'%': 0 privileges granted.\n" in database_grants("--apply")


def test_what_it_prints_of_its_work_has_no_password(nobody):
    with addresses(nobody):
        output = database_grants("--apply")
    assert nobody.name in output
    assert "made" in output
    assert PASSWORD not in output
    assert "50%" not in output


def test_roles_without_an_address_are_left_alone_and_named(nobody):
    with addresses(nobody):
        output = database_grants("--apply")
    for role in set(Role) - {Role.READ}:
        assert f"{role}: DATABASE_URL_{role.upper()} is not set" in output


def test_an_address_may_be_in_a_file(nobody, tmp_path):
    (tmp_path / "url").write_text(nobody.url() + "\n")
    settings = connection.settings_dict
    job = User("migrate", settings["USER"]).url(settings["PASSWORD"])
    env = environment(job, DATABASE_URL_READ_FILE=str(tmp_path / "url"))
    # In a process of its own, because what was read of a file is kept.
    assert f"'{nobody.name}'@'%': made" in manage(env, "database_grants", "--apply").stdout
    assert login(nobody) == 0


def test_names_with_quotes_are_names(own_database):
    user = User(Role.READ, f"o'h`ara\\{uuid4().hex[:8]}")
    try:
        with addresses(user):
            assert "made" in database_grants("--apply")
            assert "0 privileges granted, 0 revoked" in database_grants("--apply", "--revoke")
        assert select(user, "SELECT id FROM posts_tag") == 0
        assert select(user, "DELETE FROM posts_tag") in DENIED
    finally:
        execute(f"DROP USER {grants.Account(user.name, '%')}")


# Changing


def test_a_new_password_is_set_and_the_old_one_goes_on_where_the_server_can(user):
    with addresses(user, frontend="another"):
        assert "password changed" in database_grants("--apply")
        assert login(user, "another") == 0
        assert login(user) == (1045 if connection.mysql_is_mariadb else 0)
        database_grants("--apply", "--revoke")
    assert login(user, "another") == 0
    assert login(user) == 1045


def test_what_is_too_much_stays_until_it_is_to_be_revoked(user):
    """A release that still runs may need what the new one does not."""
    execute(f"GRANT INSERT, DELETE ON posts_tag TO '{user.name}'@'%'")
    with addresses(user):
        assert "2 more than it needs left alone" in database_grants("--apply")
        assert select(user, "DELETE FROM posts_tag") == 0
        assert "2 revoked" in database_grants("--apply", "--revoke")
    assert select(user, "DELETE FROM posts_tag") in DENIED


TOO_MUCH = {
    "a column": ["SELECT (user_id) ON posts_author", "UPDATE (title) ON posts_post", "SELECT (email) ON auth_user"],
    "a table": ["SELECT, DELETE ON auth_user", "DELETE ON posts_author", "INSERT ON posts_tag"],
    "the database": ["ALL ON `{database}`.*"],
    "the server": ["SELECT, INSERT ON *.*"],
    "passing it on": ["SELECT ON `{database}`.* TO {account} WITH GRANT OPTION"],
}


@pytest.mark.parametrize("where", [*TOO_MUCH, "everywhere"])
def test_revoking_leaves_what_the_table_gives_without_a_moment_in_which_that_is_missing(where, user, monkeypatch):
    account, database = f"'{user.name}'@'%'", database_name()
    for name, granted in TOO_MUCH.items():
        if where in (name, "everywhere"):
            filled = [what.format(account=account, database=database) for what in granted]
            execute(*(f"GRANT {what}" if " TO " in what else f"GRANT {what} TO {account}" for what in filled))
    needs = [
        "SELECT id, body_html FROM posts_post",
        "SELECT name FROM posts_author",
        "SELECT * FROM posts_tag",
        "SELECT * FROM django_migrations",
    ]
    original, missing = command.run, []

    with closing(user.connect()) as session, closing(session.cursor()) as cursor:

        def one_by_one(admin, statements) -> None:
            for statement in statements:
                original(admin, [statement])
                for query in needs:
                    try:
                        cursor.execute(query)
                    except connection.Database.Error as error:
                        missing.append((statement, error))

        monkeypatch.setattr(command, "run", one_by_one)
        with addresses(user):
            database_grants("--apply", "--revoke")
    assert missing == []
    monkeypatch.undo()
    with addresses(user):
        assert "0 privileges granted, 0 revoked" in database_grants("--apply", "--revoke")
    assert held(user) == grants.needed([Role.FRONTEND], database)


def test_a_whole_table_is_not_taken_away_where_some_of_its_columns_are_needed(user):
    """The server would take these too, until they are granted again; a user of another name gets them alone."""
    execute(f"GRANT SELECT, DELETE ON posts_author TO '{user.name}'@'%'")
    with addresses(user):
        for arguments in (["--apply"], ["--apply", "--revoke"], ["--apply", "--revoke"]):
            output = database_grants(*arguments)
            assert f"has SELECT on all of `{database_name()}`.`posts_author`" in output
            assert "name another user in DATABASE_URL_FRONTEND" in output
    assert select(user, "SELECT name FROM posts_author") == 0
    assert select(user, "DELETE FROM posts_author") in DENIED
    another = new_user(Role.FRONTEND)
    try:
        with addresses(another):
            database_grants("--apply")
        assert held(another) == grants.needed([Role.FRONTEND], database_name())
    finally:
        drop(another)


def held(user: User) -> set[grants.Privilege]:
    """Read a user's privileges from what the server itself says of them."""
    database = database_name()
    found = set()
    for (line,) in execute(f"SHOW GRANTS FOR '{user.name}'@'%'"):
        if line.startswith("GRANT USAGE ON *.*"):
            continue
        what, _, rest = line.removeprefix("GRANT ").partition(" ON ")
        on = rest.partition(" TO ")[0]
        assert on.startswith(f"`{database}`.`"), line
        for part in what.replace("), ", ")\n").replace("SELECT, ", "SELECT\n").split("\n"):
            name, _, columns = part.partition(" (")
            names = columns.rstrip(")").replace("`", "").split(", ")
            found |= {grants.Privilege(on, name, column) for column in names}
    return found


# Printing


def test_what_is_printed_makes_a_user_who_is_locked_until_somebody_sets_a_password(nobody, monkeypatch):
    printed = database_grants("--role", "read").replace("broadsheet_read", nobody.name)
    run_printed(printed)
    assert {login(nobody, password) for password in ("", "...", PASSWORD)} <= LOCKED
    (advice,) = [line for line in printed.splitlines() if "ALTER USER" in line]
    execute(advice.partition(": ")[2].removesuffix(";").replace("'...'", grants.quoted(PASSWORD)))
    assert login(nobody) == 0
    assert held(nobody) == grants.needed([Role.READ], database_name())


def test_what_is_printed_for_an_address_makes_its_user(nobody):
    with addresses(nobody):
        run_printed(database_grants("--role", "read"))
    assert login(nobody) == 0


def test_the_migration_job_needs_no_more_than_what_is_printed_for_its_user(own_database):
    """An ordinary user, as the master user of a managed database is one, migrates and makes the others."""
    database, job = f"job_{uuid4().hex[:12]}", User("migrate", f"job_{uuid4().hex[:12]}")
    roles_users = [new_user(Role.FRONTEND), new_user(Role.UPDATE)]
    url = job.url(database=database)
    env = environment(url) | {user.variable: user.url(database=database) for user in roles_users}
    try:
        execute(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
        run_printed(manage(env, "database_grants", "--role", "migrate").stdout)
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
        drop(job, *roles_users)
        execute(f"DROP DATABASE IF EXISTS {database}")


# Refusing


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
def test_an_address_that_cannot_be_right_is_refused_before_anything_is_done(variables, sentence, nobody, monkeypatch):
    for role, address in variables.items():
        monkeypatch.setenv(f"DATABASE_URL_{role}", address.format(user=nobody.name, database=database_name()))
    with pytest.raises(CommandError, match=sentence) as refusal:
        database_grants("--apply")
    assert "secret" not in str(refusal.value)
    assert login(nobody, "secret") == 1045


def test_the_migration_user_itself_is_left_alone(own_database, monkeypatch):
    own = connection.settings_dict["USER"]
    monkeypatch.setenv("DATABASE_URL_ALL", f"mysql://{own}:any@127.0.0.1/{database_name()}")
    assert "all: has the user of DATABASE_URL itself" in database_grants("--apply", "--revoke")


def test_a_user_who_may_not_make_users_is_told_so_in_a_sentence(user, nobody):
    with (
        addresses(nobody),
        logged_in_as(user),
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
def test_what_makes_no_sense_is_refused(arguments, sentence, own_database):
    with pytest.raises(CommandError, match=sentence):
        database_grants(*arguments)


def test_a_process_that_does_not_know_every_table_refuses(own_database, settings):
    settings.ROLE = "read"
    with pytest.raises(CommandError, match="ROLE=all"):
        database_grants()
