"""Permissions depend on operations and not on the roles that serve them.

Operations are moved between roles, a role is added, and roles are joined in one process. The served requests, the 421s,
the grants and the routes follow from the table, and the permissions of users stay the same.
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
    ("POST", "/api/v1/batch/"),
    ("PATCH", "/api/v1/batch/"),
    ("DELETE", "/api/v1/batch/"),
]


def move_operation(operation: Operation, source: Role, target: Role) -> dict:
    """Return the table with an operation, and the grants for it, moved to another role's row."""
    from_, to = roles.TABLE[source], roles.TABLE[target]
    granted = {
        privilege: tuple(dict.fromkeys((*to.grants.get(privilege, ()), *from_.grants.get(privilege, ()))))
        for privilege in {*to.grants, *from_.grants}
    }
    remaining = tuple(other for other in from_.operations if other is not operation)
    return roles.TABLE | {
        source: from_._replace(operations=remaining),
        target: to._replace(operations=(*to.operations, operation), grants=granted),
    }


def add_tags_role() -> dict:
    """Return the table with an additional role that serves every operation on tags."""
    row = roles.TABLE[Role.CREATE]._replace(
        prefixes=("/api/v1/tags/",), operations=tuple(Operation), rest=True, grants=roles.TABLE[Role.ADMIN].grants
    )
    return roles.TABLE | {"tags": row}


TABLES = {
    "unchanged": lambda: roles.TABLE,
    "delete moved to update": lambda: move_operation(Operation.DELETE, Role.DELETE, Role.UPDATE),
    "create moved to read": lambda: move_operation(Operation.CREATE, Role.CREATE, Role.READ),
    "tags role": add_tags_role,
}


@pytest.fixture
def use_table(monkeypatch):
    """Return a function that replaces the table of roles."""

    def change(table: dict) -> None:
        monkeypatch.setattr(roles, "TABLE", table)
        monkeypatch.setattr(roles, "Role", StrEnum("Role", {str(role).upper(): str(role) for role in table}))
        roles._owners.cache_clear()

    yield change
    monkeypatch.undo()
    roles._owners.cache_clear()


@pytest.fixture
def content(make_post, erika, alice, token_for) -> dict:
    """A post, a tag, and the tokens of the users who send the requests."""
    post = make_post(tags=[], authors=[])
    tag = type(post).tags.rel.model.objects.create(name="Sea", slug="sea")
    tokens = {"anonymous": "", "author": token_for(alice), "editor": token_for(erika)}
    tokens |= {f"editor with scope {scope}": token_for(erika, scope) for scope in Operation}
    return {"post": post.pk, "tag": tag.pk, "tokens": tokens}


def statuses(content: dict) -> dict[tuple, int]:
    """Return the status of each request with each token. All writes are rolled back."""
    found = {}
    for name, token in content["tokens"].items():
        for method, path in REQUESTS:
            found[name, method, path] = send_and_roll_back(method, path.format(**content), token)
    return found


def send_and_roll_back(method: str, path: str, token: str = "") -> int:
    from django.db import transaction

    headers = {"If-Match": "*"} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = json.dumps(_batch_of(method) if "/batch/" in path else _FIELDS[path.split("/")[3]])
    with transaction.atomic():
        response = Client().generic(method, path, body, content_type="application/json", headers=headers)
        transaction.set_rollback(True)
    return response.status_code


def _batch_of(method: str) -> dict:
    """Return the body of a batch whose operations are of the kind of its method."""
    path = "/api/v1/tags/" if method == "POST" else "/api/v1/tags/999999/"
    operation = {"method": method, "path": path, "headers": {"If-Match": "*"}, "body": {"name": "New"}}
    return {"atomic": False, "operations": [operation]}


_FIELDS = {
    "tags": {"name": "New"},
    "posts": {"title": "New", "body": "New."},
    "comments": {"post": 1, "name": "Rita", "body": "New."},
}


@pytest.mark.parametrize("table", [name for name in TABLES if name != "unchanged"])
def test_permissions_stay_the_same_when_another_role_serves_an_operation(table, use_table, become, content):
    become(Role)
    expected = statuses(content)
    assert {200, 201, 204, 401, 403} <= {*expected.values()}
    use_table(TABLES[table]())
    become(roles.TABLE)
    assert statuses(content) == expected


@pytest.mark.parametrize("table", TABLES)
def test_a_process_serves_the_operations_of_its_roles_and_returns_421_for_others(table, use_table, become, content):
    use_table(TABLES[table]())
    token = content["tokens"]["editor"]
    for role in [role for role in roles.TABLE if roles.TABLE[role].urls[:1] == ("api",)]:
        become({role})
        for method, path in REQUESTS:
            is_own = roles.owner(method, path) == role
            status = send_and_roll_back(method, path.format(**content), token)
            assert (status != 421) is is_own, (role, method, path)


def test_permissions_are_the_same_for_two_roles_in_one_process(become, content):
    become(Role)
    expected = statuses(content)
    become({Role.UPDATE, Role.DELETE})
    for (name, method, path), status in statuses(content).items():
        if roles.owner(method, path) in (Role.UPDATE, Role.DELETE):
            assert status == expected[name, method, path]
        else:
            assert status == 421


def test_routes_and_grants_follow_a_moved_operation(use_table):
    def backend(method: str) -> str:
        for rule in roles.httproute([*map(str, roles.TABLE)]):
            if any(m.get("method") == method and m["path"]["value"] == "/api" for m in rule["matches"]):
                return rule["backendRefs"][0]["name"]
        return ""

    def can_delete_tags(role: str) -> bool:
        return any(
            each.name == "DELETE" and "posts_tag`" in each.on for each in grants.required_privileges([role], "blog")
        )

    assert (backend("DELETE"), can_delete_tags(Role.UPDATE)) == ("broadsheet-delete", False)
    use_table(TABLES["delete moved to update"]())
    assert (backend("DELETE"), can_delete_tags(Role.UPDATE)) == ("broadsheet-update", True)
    # A rule without matches takes every request.
    assert all(rule["matches"] for rule in roles.httproute([*map(str, roles.TABLE)]))


def test_an_action_without_an_operation_is_refused(rf, erika, token_for):
    class Tags(TagReadViewSet):
        @action(detail=False, methods=["post"])
        def wipe(self, request, *args, **kwargs):
            return Response("wiped")

    request = APIRequestFactory().post("/", headers={"Authorization": f"Bearer {token_for(erika)}"})
    assert Tags.as_view({"post": "wipe"})(request).status_code == 403
    assert Tags.as_view({"post": "wipe"})(APIRequestFactory().post("/")).status_code == 401


def test_an_overriding_method_inherits_the_operation():
    class Tags(TagReadViewSet):
        def list(self, request, *args, **kwargs):
            return Response([])

    view = Tags()
    view.action = "list"
    assert operation_of(view) is Operation.READ
    assert operation_of(TagViewSetBase()) is None
