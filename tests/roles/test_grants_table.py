"""The privileges that follow from the table of roles, without a database, and their SQL statements."""

from __future__ import annotations

from itertools import combinations

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from apps.server.database import grants
from apps.server.database.grants import Account, Privilege, quote_string, required_privileges
from blog_project import roles
from blog_project.roles import Role


def tables(role: Role, privilege: str) -> set[str]:
    return {each.on.split(".")[1].strip("`") for each in required_privileges([role], "blog") if each.name == privilege}


def test_every_table_is_in_a_group():
    """A new model must be added to a group, or no role's user could access its table."""
    assert grants.ungrouped() == []


def test_no_table_is_in_two_groups():
    for (_, some), (_, others) in combinations(grants.GROUPS.items(), 2):
        assert not set(some) & set(others)


def test_every_group_is_defined_and_used_and_parts_belong_to_their_group():
    used = {group for row in roles.TABLE.values() for groups in row.grants.values() for group in groups}
    assert used == grants.GROUPS.keys() | grants.PARTS.keys()
    for part, models in grants.PARTS.items():
        assert models.keys() <= set(grants.GROUPS[part.split(":")[0]])


@pytest.mark.parametrize("role", Role)
def test_every_role_can_read_the_state_of_the_migrations(role):
    assert {"django_migrations", "django_content_type"} <= tables(role, "SELECT")


@pytest.mark.parametrize("role", Role)
def test_no_role_can_change_the_state_of_the_migrations_or_delete_history(role):
    assert {each.name for each in required_privileges([role], "blog") if "django_migrations" in each.on} == {"SELECT"}
    history = {model._meta.db_table for model in apps.get_models() if "historical" in model._meta.model_name}
    assert len(history) == 3
    assert not history & tables(role, "DELETE")


@pytest.mark.parametrize("role", [Role.READ, Role.FRONTEND])
def test_the_read_and_frontend_roles_have_only_select(role):
    assert {each.name for each in required_privileges([role], "blog")} == {"SELECT"}


@pytest.mark.parametrize("pair", list(combinations(Role, 2)), ids=lambda pair: ".".join(pair))
def test_a_process_of_two_roles_has_exactly_the_privileges_of_both(pair):
    both, one, other = (required_privileges(chosen, "blog") for chosen in (pair, pair[:1], pair[1:]))
    whole = {privilege._replace(column="") for privilege in one | other} & (one | other)
    assert both == {privilege for privilege in one | other if privilege in whole} | {
        privilege for privilege in one | other if privilege._replace(column="") not in whole
    }


def test_privileges_on_one_table_are_granted_in_one_statement():
    account = Account("who", "%")
    privileges = [
        Privilege("`b`.`t`", "SELECT"),
        Privilege("`b`.`t`", "UPDATE", "x"),
        Privilege("`b`.`t`", "UPDATE", "y"),
    ]
    assert grants.grant(privileges, account) == ["GRANT SELECT, UPDATE (`x`, `y`) ON `b`.`t` TO 'who'@'%'"]
    assert grants.revoke(privileges, account) == ["REVOKE SELECT, UPDATE (`x`, `y`) ON `b`.`t` FROM 'who'@'%'"]


def test_names_and_passwords_are_quoted():
    assert quote_string("it's \\ here") == "'it''s \\\\ here'"
    assert grants.quote_identifier("a`b") == "`a``b`"
    assert str(Account("o'hara", "10.0.0.%")) == "'o''hara'@'10.0.0.%'"


@pytest.mark.skipif(connection.vendor == "mysql", reason="MySQL has users")
def test_on_sqlite_the_command_is_refused():
    with pytest.raises(CommandError, match="SQLite has no users"):
        call_command("database_grants")
