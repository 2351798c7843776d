"""The database refuses each role's user whatever its role does not need, however it is asked."""

from __future__ import annotations

from contextlib import closing
from itertools import product

import pytest
from django.db import connection

from apps.server.database.grants import needed
from blog_project import roles
from tests.roles.users import DENIED, User, database_name, execute, outcome

PROCESSES = [*roles.Role, "all", "create.update"]

# Each is refused or allowed before a row is looked at: none changes anything where it is allowed.
ON_A_COLUMN = {
    "SELECT": "SELECT `{column}` FROM `{table}` LIMIT 0",
    "INSERT": "INSERT INTO `{table}` (`{column}`) SELECT NULL FROM DUAL WHERE 1 = 0",
    "UPDATE": "UPDATE `{table}` SET `{column}` = NULL WHERE 1 = 0",
}
ON_A_TABLE = {"DELETE": "DELETE FROM `{table}` WHERE 1 = 0"}
ON_ANY_TABLE = [
    "TRUNCATE TABLE `{table}`",
    "DROP TABLE `{table}`",
    "ALTER TABLE `{table}` ADD COLUMN made_by_a_test INT",
    "ALTER TABLE `{table}` COMMENT = 'made by a test'",
    "CREATE INDEX made_by_a_test ON `{table}` ({first})",
    "RENAME TABLE `{table}` TO made_by_a_test",
    "CREATE TRIGGER made_by_a_test BEFORE INSERT ON `{table}` FOR EACH ROW SET @x = 1",
    "CREATE VIEW made_by_a_test AS SELECT 1 FROM `{table}`",
    "LOCK TABLES `{table}` WRITE",
    "GRANT SELECT ON `{table}` TO CURRENT_USER()",
    "GRANT INSERT, DELETE ON `{table}` TO CURRENT_USER()",
]
ANYWHERE = [
    "CREATE TABLE made_by_a_test (id INT)",
    "CREATE TEMPORARY TABLE made_by_a_test (id INT)",
    "CREATE DATABASE made_by_a_test",
    "DROP DATABASE `{database}`",
    "CREATE PROCEDURE made_by_a_test() SELECT 1",
    "CREATE EVENT made_by_a_test ON SCHEDULE EVERY 1 DAY DO SELECT 1",
    "CREATE USER made_by_a_test",
    "DROP USER made_by_a_test",
    "GRANT SELECT ON `{database}`.* TO CURRENT_USER()",
    "GRANT ALL ON *.* TO CURRENT_USER()",
    "SET GLOBAL max_connections = 100",
    "SELECT 1 INTO OUTFILE '/tmp/made_by_a_test'",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE posts_tag",
    "SELECT * FROM mysql.user",
    "FLUSH PRIVILEGES",
]


@pytest.fixture(scope="module")
def columns(own_database) -> dict[str, list[str]]:
    """Every table of the database with its columns, as the server has them."""
    found: dict[str, list[str]] = {}
    for table, column in execute(
        "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
    ):
        found.setdefault(table, []).append(column)
    return found


def allowed(role: str) -> set[tuple[str, str, str]]:
    """Return what the table gives a role: (privilege, table, column), no column for a whole table."""
    own = needed(roles.parse(role), database_name())
    return {(one.name, one.on.split(".")[1].strip("`"), one.column) for one in own}


def refusals(user: User, statements: list[str]) -> dict[str, int]:
    """Return the error number of each statement (0: none) on one connection past all of our code."""
    found = {}
    with closing(user.connect()) as session, closing(session.cursor()) as cursor:
        # Else MariaDB asks for the values of all other columns before it sees that there is no row.
        cursor.execute("SET SESSION sql_mode = ''")
        for statement in statements:
            try:
                cursor.execute(statement)
                found[statement] = 0
            except connection.Database.Error as error:
                found[statement] = error.args[0]
    return found


@pytest.mark.parametrize("role", PROCESSES)
def test_of_every_column_a_user_reads_and_writes_what_the_table_gives_its_role_and_no_more(role, users, columns):
    own = allowed(role)
    expected = {}
    for table, names in columns.items():
        for (privilege, form), column in product(ON_A_COLUMN.items(), names):
            may = (privilege, table, "") in own or (privilege, table, column) in own
            expected[form.format(table=table, column=column)] = may
        for privilege, form in ON_A_TABLE.items():
            expected[form.format(table=table)] = (privilege, table, "") in own
    found = refusals(users[role], list(expected))
    assert {code for statement, code in found.items() if not expected[statement]} <= DENIED
    wrong = {statement for statement, may in expected.items() if (found[statement] == 0) != may}
    assert wrong == set(), {statement: found[statement] for statement in wrong}


@pytest.mark.parametrize("role", PROCESSES)
def test_no_user_changes_a_table_itself_or_passes_its_rights_on(role, users, columns):
    statements = [
        form.format(table=table, first=names[0]) for (table, names), form in product(columns.items(), ON_ANY_TABLE)
    ]
    found = refusals(users[role], statements)
    assert {statement: code for statement, code in found.items() if code not in DENIED} == {}


@pytest.mark.parametrize("role", PROCESSES)
def test_no_user_does_anything_beyond_its_database(role, users):
    found = refusals(users[role], [form.format(database=database_name()) for form in ANYWHERE])
    # Some refusals have numbers of their own: files only where the server says, wrong database, no such right.
    assert [statement for statement, code in found.items() if code == 0] == []
    assert set(found.values()) <= DENIED | {1290, 1410}


def test_the_pages_user_cannot_read_who_people_are(users):
    """What the table must never give it, said once without the table."""
    for query in (
        "SELECT * FROM auth_user",
        "SELECT email FROM auth_user",
        "SELECT password FROM auth_user",
        "SELECT digest FROM api_apitoken",
        "SELECT session_data FROM django_session",
        "SELECT user_id FROM posts_author",
        "SELECT * FROM posts_author",
        "SELECT body FROM posts_post",
        "SELECT * FROM posts_historicalpost",
        "SELECT * FROM django_admin_log",
        "SELECT id FROM posts_author WHERE user_id = 1",
        "SELECT id FROM posts_author ORDER BY user_id",
        # Of a table that it has columns of, the server would compare any other of them in this way.
        "SELECT posts_tag.slug FROM posts_tag JOIN auth_user USING (id)",
        "SELECT posts_tag.slug FROM posts_tag NATURAL JOIN api_apitoken",
    ):
        assert outcome(users["frontend"], lambda cursor, query=query: cursor.execute(query)) in DENIED, query


@pytest.mark.parametrize("role", ["create", "read", "update", "delete"])
def test_the_apis_users_cannot_read_passwords_addresses_and_sessions(role, users):
    for query in (
        "SELECT * FROM auth_user",
        "SELECT password FROM auth_user",
        "SELECT email FROM auth_user",
        "SELECT session_data FROM django_session",
        "SELECT * FROM django_admin_log",
    ):
        assert outcome(users[role], lambda cursor, query=query: cursor.execute(query)) in DENIED, query
