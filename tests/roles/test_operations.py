"""Who may do what goes by the operation, and not by the role that carries it out.

Operations are moved between roles, a role is added, and roles are joined: what a process serves, its 421s, its grants and
the route follow from the table, and nobody may do more or less than before.
"""

from __future__ import annotations

import json
from enum import StrEnum

import pytest
from django.test import Client
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from apps.api.operations import operation_of
from apps.posts.viewsets import TagReadViewSet, TagViewSetBase
from apps.server.database import grants
from blog_project import roles
from blog_project.roles import Operation, Role

pytestmark = pytest.mark.any_database

REQUESTS = [
    ("GET", "/api/v1/tags/"),
    ("OPTIONS", "/api/v1/tags/"),
    ("POST", "/api/v1/tags/"),
    ("PATCH", "/api/v1/tags/{tag}/"),
    ("PUT", "/api/v1/tags/{tag}/"),
    ("DELETE", "/api/v1/tags/{tag}/"),
    ("POST", "/api/v1/posts/"),
    ("PATCH", "/api/v1/posts/{post}/"),
    ("DELETE", "/api/v1/posts/{post}/"),
    ("POST", "/api/v1/comments/"),
]


def moved(operation: Operation, source: Role, target: Role) -> dict:
    """Return the table with one operation, and what its user has to be granted for it, in another role's row."""
    from_, to = roles.TABLE[source], roles.TABLE[target]
    granted = {
        privilege: tuple(dict.fromkeys((*to.grants.get(privilege, ()), *from_.grants.get(privilege, ()))))
        for privilege in {*to.grants, *from_.grants}
    }
    left = tuple(other for other in from_.operations if other is not operation)
    return roles.TABLE | {
        source: from_._replace(operations=left),
        target: to._replace(operations=(*to.operations, operation), grants=granted),
    }


def with_a_role_of_tags() -> dict:
    """Return the table with a role more, which carries out every operation on tags."""
    row = roles.TABLE[Role.CREATE]._replace(
        prefixes=("/api/v1/tags/",), operations=tuple(Operation), rest=True, grants=roles.TABLE[Role.ADMIN].grants
    )
    return roles.TABLE | {"tags": row}


TABLES = {
    "as it is": lambda: roles.TABLE,
    "updates delete": lambda: moved(Operation.DELETE, Role.DELETE, Role.UPDATE),
    "reads create": lambda: moved(Operation.CREATE, Role.CREATE, Role.READ),
    "a role of tags": with_a_role_of_tags,
}


@pytest.fixture
def use(monkeypatch):
    """Go by another table, and its roles."""

    def change(table: dict) -> None:
        monkeypatch.setattr(roles, "TABLE", table)
        monkeypatch.setattr(roles, "Role", StrEnum("Role", {str(role).upper(): str(role) for role in table}))
        roles._owners.cache_clear()

    yield change
    monkeypatch.undo()
    roles._owners.cache_clear()


@pytest.fixture
def content(make_post, erika, alice, token_for) -> dict:
    """A post, a tag, and what each of the cast sends to say who they are."""
    post = make_post(tags=[], authors=[])
    tag = type(post).tags.rel.model.objects.create(name="Sea", slug="sea")
    cast = {"nobody": "", "author": token_for(alice), "editor": token_for(erika)}
    cast |= {f"editor who may {scope}": token_for(erika, scope) for scope in Operation}
    return {"post": post.pk, "tag": tag.pk, "cast": cast}


def answers(content: dict) -> dict[tuple, int]:
    """Return the status of each request of each of the cast; nothing that they write stays."""
    found = {}
    for name, token in content["cast"].items():
        for method, path in REQUESTS:
            found[name, method, path] = ask(method, path.format(**content), token)
    return found


def ask(method: str, path: str, token: str = "") -> int:
    from django.db import transaction

    headers = {"If-Match": "*"} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = json.dumps(_FIELDS[path.split("/")[3]])
    with transaction.atomic():
        answer = Client().generic(method, path, body, content_type="application/json", headers=headers)
        transaction.set_rollback(True)
    return answer.status_code


_FIELDS = {
    "tags": {"name": "New"},
    "posts": {"title": "New", "body": "New."},
    "comments": {"post": 1, "name": "Rita", "body": "New."},
}


@pytest.mark.parametrize("table", [name for name in TABLES if name != "as it is"])
def test_nobody_may_do_more_or_less_where_another_role_carries_an_operation_out(table, use, become, content):
    become(Role)
    expected = answers(content)
    assert {200, 201, 204, 401, 403} <= {*expected.values()}
    use(TABLES[table]())
    become(roles.TABLE)
    assert answers(content) == expected


@pytest.mark.parametrize("table", TABLES)
def test_a_process_serves_what_its_roles_carry_out_and_answers_421_for_the_rest(table, use, become, content):
    use(TABLES[table]())
    token = content["cast"]["editor"]
    for role in [role for role in roles.TABLE if roles.TABLE[role].urls[:1] == ("api",)]:
        become({role})
        for method, path in REQUESTS:
            is_own = roles.owner(method, path) == role
            assert (ask(method, path.format(**content), token) != 421) is is_own, (role, method, path)


def test_two_roles_in_one_process_may_do_what_they_may_in_two(become, content):
    become(Role)
    expected = answers(content)
    become({Role.UPDATE, Role.DELETE})
    joined = answers(content)
    for (name, method, path), status in joined.items():
        if roles.owner(method, path) in (Role.UPDATE, Role.DELETE):
            assert status == expected[name, method, path]
        else:
            assert status == 421


def test_the_route_and_the_grants_follow_from_the_table(use):
    def routed(method: str) -> str:
        for rule in roles.httproute([*map(str, roles.TABLE)]):
            if any(m.get("method") == method and m["path"]["value"] == "/api" for m in rule["matches"]):
                return rule["backendRefs"][0]["name"]
        return ""

    def may_delete_tags(role: str) -> bool:
        return any(one.name == "DELETE" and "posts_tag`" in one.on for one in grants.needed([role], "blog"))

    assert (routed("DELETE"), may_delete_tags(Role.UPDATE)) == ("broadsheet-delete", False)
    use(TABLES["updates delete"]())
    assert (routed("DELETE"), may_delete_tags(Role.UPDATE)) == ("broadsheet-update", True)
    # A rule without matches takes every request.
    assert all(rule["matches"] for rule in roles.httproute([*map(str, roles.TABLE)]))


def test_an_action_that_declares_no_operation_is_refused(rf, erika, token_for):
    class Tags(TagReadViewSet):
        @action(detail=False, methods=["post"])
        def wipe(self, request, *args, **kwargs):
            return Response("wiped")

    request = APIRequestFactory().post("/", headers={"Authorization": f"Bearer {token_for(erika)}"})
    assert Tags.as_view({"post": "wipe"})(request).status_code == 403
    assert Tags.as_view({"post": "wipe"})(APIRequestFactory().post("/")).status_code == 401


def test_whoever_overrides_a_method_does_not_change_its_operation():
    class Tags(TagReadViewSet):
        def list(self, request, *args, **kwargs):
            return Response([])

    view = Tags()
    view.action = "list"
    assert operation_of(view) is Operation.READ
    assert operation_of(TagViewSetBase()) is None
