"""The table of roles: parsing of ROLE, and the owner of a request."""

import ast
import sys
from pathlib import Path

import pytest

from blog_project import roles
from blog_project.roles import Role


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("all", set(Role)),
        ("read", {Role.READ}),
        ("create.update", {Role.CREATE, Role.UPDATE}),
        ("update.create", {Role.CREATE, Role.UPDATE}),
        ("create.read.update.delete.frontend.admin", set(Role)),
    ],
)
def test_parse_accepts_one_role_several_roles_and_all(value, expected):
    assert roles.parse(value) == expected


@pytest.mark.parametrize("value", ["nonsense", "read,create", "READ", "read.", ".", "all.read", " read"])
def test_an_unknown_role_is_refused_with_a_list_of_the_valid_ones(value):
    with pytest.raises(ValueError, match="is not a role") as refusal:
        roles.parse(value)
    assert all(role in str(refusal.value) for role in Role)
    assert repr(value) in str(refusal.value)


def test_an_empty_role_is_refused():
    with pytest.raises(ValueError, match="ROLE is not set"):
        roles.parse("")


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/api/v1/posts/", "create"),
        ("GET", "/api/v1/posts/", "read"),
        ("HEAD", "/api/v1/posts/1/", "read"),
        ("OPTIONS", "/api/", "read"),
        ("PROPFIND", "/api/v1/posts/", "read"),
        ("put", "/api/v1/posts/1/", "update"),
        ("PATCH", "/api/v1/posts/1/", "update"),
        ("DELETE", "/api/v1/posts/1/", "delete"),
        ("GET", "/", "frontend"),
        ("POST", "/a-post/", "frontend"),
        ("GET", "/api-of-mine/", "frontend"),
        ("GET", "/static/app.css", "frontend"),
        ("POST", "/admin/login/", "admin"),
        ("GET", "/preview/7/", "admin"),
        # Gateways send a prefix without its trailing slash to the same backend.
        ("GET", "/admin", "admin"),
        ("POST", "/api", "create"),
        ("GET", "/administrators/", "frontend"),
        # Request targets that are not paths (RFC 9112, 3.2) need an owner too.
        ("GET", "http://blog.example.org/a-post/", "frontend"),
        ("OPTIONS", "*", "frontend"),
    ],
)
def test_the_owner_of_a_request_follows_from_prefix_then_method_then_rest(method, path, role):
    assert roles.owner(method, path) == role


def test_every_request_has_exactly_one_owner():
    """No two rows have the same method and prefix, and each prefix has one owner of the rest."""
    for prefix in roles.gather(Role, "prefixes"):
        rows = [row for row in roles.TABLE.values() if prefix in row.prefixes]
        methods = [method for row in rows for method in row.methods]
        assert len(methods) == len(set(methods))
        assert sum(row.rest for row in rows) == 1


def test_gather_merges_the_values_of_roles_without_duplicates_in_table_order():
    both = roles.gather({Role.READ, Role.CREATE}, "apps")
    assert both == roles.gather([Role.CREATE, Role.READ], "apps")
    assert len(both) == len(set(both))
    assert set(roles.gather({Role.CREATE}, "apps")) < set(both)


def test_mounts_returns_the_groups_and_the_foreign_prefixes():
    assert roles.mounts({Role.FRONTEND}) == (["pages"], ["/preview/", "/admin/", "/api/"])
    assert roles.mounts({Role.CREATE}) == (["api"], ["/preview/", "/admin/", "/"])
    assert roles.mounts(Role)[1] == []


def find_backend(rules: list[dict], method: str, path: str) -> str:
    """Return the backend as a Gateway API implementation does: by the longest prefix, then a match with a method."""

    def matches(match: dict) -> bool:
        prefix = match["path"]["value"]
        under = prefix == "/" or path == prefix or path.startswith(prefix + "/")
        return under and match.get("method", method) == method

    candidates = [(match, rule) for rule in rules for match in rule["matches"] if matches(match)]
    best = max(candidates, key=lambda pair: (len(pair[0]["path"]["value"]), "method" in pair[0]))
    return best[1]["backendRefs"][0]["name"].removeprefix("broadsheet-").replace("-", ".")


@pytest.mark.parametrize("deployments", [["all"], list(Role), ["create.update.delete", "read.frontend", "admin"]])
def test_the_gateway_routes_every_request_to_its_owner(deployments):
    rules = roles.httproute(deployments)
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
        for path in (
            "/",
            "/a-post/",
            "/api/v1/posts/",
            "/api/",
            "/admin/",
            "/admin",
            "/api",
            "/preview",
            "/preview/1/",
            "/x",
        ):
            assert roles.owner(method, path) in roles.parse(find_backend(rules, method, path)), (method, path)


@pytest.mark.parametrize("deployments", [["read"], ["all", "read"], list(Role) + ["create.read"]])
def test_deployments_that_miss_or_repeat_a_role_are_refused(deployments):
    with pytest.raises(ValueError, match="cover each of these roles once"):
        roles.httproute(deployments)


def test_the_table_imports_only_the_standard_library():
    tree = ast.parse(Path(roles.__file__).read_text())
    imported = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= sys.stdlib_module_names
