"""The schema is valid without warnings, describes every route, and is the same in every role."""

import json
import subprocess
import sys

import pytest
import yaml
from django.urls import Resolver404, resolve

from apps.api.schema import EXAMPLES
from apps.posts import services
from blog_project.roles import Operation
from tests.json_schemas import validate, validator
from tests.resources import NAMES, RESOURCES
from tests.servers import ROOT, environment


@pytest.fixture(scope="module")
def schema() -> dict:
    """The committed schema, which is the generated one: tests/api/test_schema_changes.py compares them."""
    return yaml.load((ROOT / "docs" / "openapi.yaml").read_text(), Loader=yaml.CSafeLoader)


ROOT_PATH = "/api/v1/"
BATCH_PATH = "/api/v1/batch/"


def operations(schema: dict):
    """Return the operations of the resources."""
    paths = [(path, methods) for path, methods in schema["paths"].items() if path not in (ROOT_PATH, BATCH_PATH)]
    return [(path, method, op) for path, methods in paths for method, op in methods.items()]


def test_the_schema_describes_the_root(schema, client):
    operation = schema["paths"][ROOT_PATH]["get"]
    assert (list(schema["paths"][ROOT_PATH]), operation["security"]) == (["get"], [{}])
    shown = operation["responses"]["200"]["content"]["application/json"]["schema"]
    validator(shown).validate(client.get(ROOT_PATH).json())


def test_the_schema_describes_batches(schema, erika_client):
    operations = [{"method": "POST", "path": "/api/v1/tags/", "body": {"name": "Sea"}}]
    for method, described in schema["paths"][BATCH_PATH].items():
        assert described["security"] == [{"token": []}]
        body = described["requestBody"]["content"]["application/json"]["schema"] | {"components": schema["components"]}
        validate({"operations": operations}, body)
        assert not validator(body).is_valid({"operations": [], "method": method})
    shown = schema["paths"][BATCH_PATH]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = erika_client.post("batch/", {"operations": operations}).json()
    validate(answer, shown | {"components": schema["components"]})


def test_the_schema_is_valid_and_describes_every_resource_and_operation(schema):
    assert schema["openapi"].startswith("3.1")
    assert {(path, method) for path, method, _operation in operations(schema)} == {
        (f"/api/v1/{resource}/{member}", method)
        for resource in NAMES
        for member, methods in [("", ["get", "post"]), ("{id}/", ["get", "put", "patch", "delete"])]
        for method in methods
    } | {("/api/v1/changes/", "get"), ("/api/v1/me/", "get")}
    assert set(schema["paths"][BATCH_PATH]) == {"post", "patch", "delete"}


def test_the_schema_says_which_operations_need_no_token_as_their_responses_do(schema, client):
    """The schema's security is declared on the viewsets, apart from the permissions."""
    for path, method, operation in operations(schema):
        response = client.send(method.upper(), path.replace("{id}", "999999"), {})
        assert ({} in operation["security"]) == (response.status_code != 401), (method, path)


def test_every_path_of_the_schema_is_a_route(schema):
    for path in schema["paths"]:
        try:
            assert resolve(path.replace("{id}", "1")).func.__name__ != "not_found", path
        except Resolver404:
            pytest.fail(path)


def schemas_in(node, components: dict):
    """Yield every schema of the document that has a default or examples, with the components it may refer to."""
    if isinstance(node, dict):
        if {"default", "example", "examples"} & node.keys() and {
            "type",
            "$ref",
            "anyOf",
            "allOf",
            "enum",
        } & node.keys():
            yield {**node, "components": components}
        node = list(node.values())
    for value in node if isinstance(node, list) else ():
        yield from schemas_in(value, components)


def test_defaults_and_examples_satisfy_their_own_schema(schema):
    for described in schemas_in(schema, schema["components"]):
        values = [described["default"]] if "default" in described else []
        for value in [*values, *described.get("examples", [])]:
            validator(described, has_formats=True).validate(value)
        assert not [part for part in described.get("anyOf", ()) if "default" in part]


def test_focal_points_have_their_limits_in_the_schema(schema):
    for name in ("ImageRead", "ImageRequest", "PatchedImageRequest", "NewImageRequest", "ShownImage"):
        for field in ("focal_x", "focal_y"):
            described = schema["components"]["schemas"][name]["properties"][field]
            assert (described["minimum"], described["maximum"]) == (0, 1), name


def test_the_schema_describes_headers_responses_and_security_of_each_operation(schema):
    for path, method, operation in operations(schema):
        headers = {p["name"]: p.get("required", False) for p in operation.get("parameters", []) if p["in"] == "header"}
        if method in ("put", "patch", "delete"):
            assert headers["If-Match"] is True, path
            assert {"412", "428"} <= set(operation["responses"])
        if method in ("post", "put", "patch"):
            assert headers["Prefer"] is False
            success = {"201"} if method == "post" else {"200", "204"}
            assert all(
                {"ETag", "Preference-Applied"} <= set(operation["responses"][status]["headers"]) for status in success
            )
        if method == "post":
            assert headers["Idempotency-Key"] is False
            assert {"422", "503"} <= set(operation["responses"])
        if method == "get":
            assert headers["If-None-Match"] is False
            assert "ETag" in operation["responses"]["200"]["headers"]
            assert "ETag" in operation["responses"]["304"]["headers"]
        for status, response in operation["responses"].items():
            # A form of a page gets an HTML response.
            forms = ["text/html"] if operation["operationId"] == "comments_create" else []
            assert (status < "400") or list(response["content"]) == ["application/problem+json", *forms]
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert schema["paths"]["/api/v1/posts/"]["post"]["security"] == [{"token": []}]
    assert {} in schema["paths"]["/api/v1/posts/"]["get"]["security"]


def test_the_schema_lists_exactly_the_query_parameters_of_each_list(schema, client):
    readable = [base.resource for base in RESOURCES if Operation.READ in base.public_operations]
    for resource in [*readable, "changes"]:
        parameters = schema["paths"][f"/api/v1/{resource}/"]["get"]["parameters"]
        described = [parameter["name"] for parameter in parameters if parameter["in"] == "query"]
        sentence = client.get(f"{resource}/?nonsense=1").json()["errors"][0]["detail"]
        assert sorted(described) == sorted(sentence.split("are: ")[1].rstrip(".").split(", "))


def test_the_schema_describes_sparse_fields(schema):
    for path, method, operation in operations(schema):
        parameters = {p["name"]: p for p in operation.get("parameters", []) if p["in"] == "query"}
        has_fields = method == "get" and path not in ("/api/v1/changes/", "/api/v1/me/")
        assert ("fields" in parameters) == has_fields, path
        assert ("include" in parameters) == (has_fields and ("/posts/" in path or not path.endswith("{id}/")))
        assert "429" in operation["responses"]
    (names,) = {
        tuple(parameter["schema"]["items"]["enum"])
        for path in ("/api/v1/posts/", "/api/v1/posts/{id}/")
        for parameter in schema["paths"][path]["get"]["parameters"]
        if parameter["name"] == "fields"
    }
    shown = schema["components"]["schemas"]["PostRead"]
    assert shown["required"] == ["id"]
    assert {*names, "excerpt"} == set(shown["properties"])
    assert shown["properties"]["authors"]["anyOf"][1]["items"]["$ref"].endswith("/Author")


@pytest.mark.parametrize("query", ["", "fields=title,body", "fields=slug&include=authors,images", "include=tags"])
def test_responses_conform_to_the_schema(schema, client, make_post, query):
    post = make_post(tags=services.tags_named(["Sea"]), authors=[services.create_author(name="Ada")])
    for path, url in [("/api/v1/posts/", "posts/"), ("/api/v1/posts/{id}/", f"posts/{post.pk}/")]:
        expected = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        validate(client.get(f"{url}?{query}").json(), expected | {"components": schema["components"]})


def test_the_schema_is_served_as_json_and_as_yaml(schema, client):
    response = client.get("/api/schema/")
    assert response.json() == schema
    assert client.get("/api/schema/", Accept="application/yaml").content.startswith(b"openapi: 3.1")


def test_the_read_role_serves_the_schema_of_all_operations(schema):
    code = "import django; django.setup(); from django.test import Client; "
    code += "print(Client(HTTP_HOST='localhost').get('/api/schema/').content.decode())"
    env = environment("sqlite://:memory:", ROLE="read")
    run = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)
    assert json.loads(run.stdout.splitlines()[-1] if run.stdout.count("\n") == 1 else run.stdout) == schema


SEND_CONCURRENT_REQUESTS = """
import threading, time
import django
django.setup()
from django.test import Client
from drf_spectacular import plumbing
load = plumbing.import_string
# Slow imports for the first schema make sure that the requests overlap.
plumbing.import_string = lambda name: (time.sleep(0.01), load(name))[1]
barrier, statuses = threading.Barrier(4), []
def request_schema():
    client = Client(raise_request_exception=False, headers={"Host": "localhost"})
    client.get("/api/docs/")  # Loads the middleware before the barrier.
    barrier.wait()
    statuses.append(client.get("/api/schema/").status_code)
threads = [threading.Thread(target=request_schema) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(statuses)
"""


def test_a_new_process_handles_concurrent_requests_for_the_schema():
    env = environment("sqlite://:memory:", ROLE="read", LOG_LEVEL="CRITICAL")
    run = subprocess.run(
        [sys.executable, "-c", SEND_CONCURRENT_REQUESTS], env=env, cwd=ROOT, capture_output=True, text=True
    )
    assert run.stdout.strip() == "[200, 200, 200, 200]", run.stderr


def test_the_examples_of_the_schema_are_valid(schema):
    for component in schema["components"]["schemas"].values():
        resolved = component | {
            "components": schema["components"],
            "$schema": "https://json-schema.org/draft/2020-12/schema",
        }
        for example in component.get("examples", []):
            validator(resolved).validate(example)
    assert set(EXAMPLES) <= set(schema["components"]["schemas"])
