"""The database refuses each role's user everything that the role does not need."""

from __future__ import annotations

from contextlib import closing
from itertools import product

import pytest
from django.db import connection

from apps.server.database.grants import required_privileges
from blog_project import roles
from tests.roles.users import DENIED, User, database_name, error_number, execute

PROCESSES = [*roles.Role, "all", "create.update"]

# The server checks the privileges before it reads rows, and no statement changes anything if it is allowed.
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
    "CREATE INDEX made_by_a_test ON `{table}` (`{first}`)",
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
    """The columns of every table in the database."""
    found: dict[str, list[str]] = {}
    for table, column in execute(
        "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
    ):
        found.setdefault(table, []).append(column)
    return found


def expected_privileges(role: str) -> set[tuple[str, str, str]]:
    """Return the privileges in the table of roles: (privilege, table, column), "" as the column for a whole table."""
    privileges = required_privileges(roles.parse(role), database_name())
    return {(each.name, each.on.split(".")[1].strip("`"), each.column) for each in privileges}


def error_numbers(user: User, statements: list[str]) -> dict[str, int]:
    """Return the error number of each statement, or 0, on one connection of the driver."""
    found = {}
    with closing(user.connect()) as session, closing(session.cursor()) as cursor:
        # In strict mode MariaDB requires values for all other columns before it finds that there is no row.
        cursor.execute("SET SESSION sql_mode = ''")
        for statement in statements:
            try:
                cursor.execute(statement)
                found[statement] = 0
            except connection.Database.Error as error:
                found[statement] = error.args[0]
    return found


@pytest.mark.parametrize("role", PROCESSES)
def test_each_user_can_access_exactly_the_columns_in_the_table_of_roles(role, users, columns):
    privileges = expected_privileges(role)
    expected = {}
    for table, names in columns.items():
        for (privilege, form), column in product(ON_A_COLUMN.items(), names):
            is_allowed = (privilege, table, "") in privileges or (privilege, table, column) in privileges
            expected[form.format(table=table, column=column)] = is_allowed
        for privilege, form in ON_A_TABLE.items():
            expected[form.format(table=table)] = (privilege, table, "") in privileges
    found = error_numbers(users[role], list(expected))
    assert {code for statement, code in found.items() if not expected[statement]} <= DENIED
    wrong = {statement for statement, is_allowed in expected.items() if (found[statement] == 0) != is_allowed}
    assert wrong == set(), {statement: found[statement] for statement in wrong}


@pytest.mark.parametrize("role", PROCESSES)
def test_no_user_can_change_the_schema_or_grant_privileges(role, users, columns):
    statements = [
        form.format(table=table, first=names[0]) for (table, names), form in product(columns.items(), ON_ANY_TABLE)
    ]
    found = error_numbers(users[role], statements)
    assert {statement: code for statement, code in found.items() if code not in DENIED} == {}


@pytest.mark.parametrize("role", PROCESSES)
def test_no_user_can_act_outside_its_database(role, users):
    found = error_numbers(users[role], [form.format(database=database_name()) for form in ANYWHERE])
    # Some refusals have other numbers: for files outside the permitted directory, and for missing grant rights.
    assert [statement for statement, code in found.items() if code == 0] == []
    assert set(found.values()) <= DENIED | {1290, 1410}


def test_the_frontend_user_cannot_read_personal_data(users):
    """These queries must be refused whatever the table of roles says."""
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
        # A join by column name must not compare columns that the user may not read.
        "SELECT posts_tag.slug FROM posts_tag JOIN auth_user USING (id)",
        "SELECT posts_tag.slug FROM posts_tag NATURAL JOIN api_apitoken",
    ):
        assert error_number(users["frontend"], lambda cursor, query=query: cursor.execute(query)) in DENIED, query


@pytest.mark.parametrize("role", ["create", "read", "update", "delete"])
def test_the_api_users_cannot_read_passwords_addresses_and_sessions(role, users):
    for query in (
        "SELECT * FROM auth_user",
        "SELECT password FROM auth_user",
        "SELECT email FROM auth_user",
        "SELECT session_data FROM django_session",
        "SELECT * FROM django_admin_log",
    ):
        assert error_number(users[role], lambda cursor, query=query: cursor.execute(query)) in DENIED, query
