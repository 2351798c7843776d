"""Every object has the fields of its kind and no others.

Kubernetes' own kinds are checked against the schemas of the oldest and the newest release that are supported; Gateway
API's against its resource definitions where they are at hand (GATEWAY_API_SCHEMAS names the folder), and always, with
the kinds of other projects, against the fields that this project uses.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.manifests.manifests import ROOT

OLDEST, NEWEST = "1.30", kubernetes_validate.latest_version()
GATEWAY_API = Path(os.environ.get("GATEWAY_API_SCHEMAS") or ROOT.parent / "shared" / "schemas" / "gateway-api")
BUILT_IN = {
    *("Namespace", "ServiceAccount", "ConfigMap", "Secret", "Service", "Deployment", "StatefulSet", "Job", "CronJob"),
    *("HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "PersistentVolumeClaim"),
}
MONITORING = {"monitoring.coreos.com"}
"""Groups whose objects tests of their own judge (test_monitoring.py)."""


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_knows_every_field(manifests, version):
    for item in manifests.all(*BUILT_IN):
        validate(json.dumps(item), version)


@cache
def validate(text: str, version: str) -> None:
    """Check an object once, however many overlays have it."""
    kubernetes_validate.validate(json.loads(text), version, strict=True)


def test_gateway_api_knows_every_field(manifests):
    if not GATEWAY_API.is_dir():
        pytest.skip(f"the resource definitions of Gateway API are not in {GATEWAY_API}")
    for item in manifests.all("Gateway", "HTTPRoute"):
        jsonschema.validate(item, definition(item["kind"], item["apiVersion"].rpartition("/")[2]))


@cache
def definition(kind: str, version: str) -> dict:
    """The schema of a kind, closed: a field that it does not name is a mistake, as it is for the API server."""
    resource = yaml.safe_load((GATEWAY_API / f"{kind.lower()}s.yaml").read_text())
    schema = next(v["schema"]["openAPIV3Schema"] for v in resource["spec"]["versions"] if v["name"] == version)
    schema["properties"]["metadata"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return close(schema)


def close(schema):
    if isinstance(schema, list):
        return [close(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: close(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    return closed


def record(required: str = "", optional: str = "", **fields) -> dict:
    """An object with these fields and no others; a field without a schema is a string."""
    names = [*required.split(), *optional.split()]
    return {
        "type": "object",
        "properties": {name: fields.get(name, {"type": "string", "minLength": 1}) for name in names},
        "required": required.split(),
        "additionalProperties": False,
    }


def several(schema: dict, most: int) -> dict:
    return {"type": "array", "minItems": 1, "maxItems": most, "items": schema}


def one_of(*values) -> dict:
    return {"enum": list(values)}


DURATION = {"type": "string", "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
SAME_NAMESPACE = record("namespaces", namespaces=record("from", **{"from": one_of("Same")}))
METHODS = one_of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
PATH = record("type value", type=one_of("PathPrefix"), value={"type": "string", "pattern": "^/", "maxLength": 1024})
RULE = record(
    "name",
    "matches timeouts backendRefs filters",
    matches=several(record("path", "method", path=PATH, method=METHODS), 64),
    timeouts=record("request", request=DURATION),
    backendRefs=several(record("name port", "weight", port=PORT, weight={"type": "integer", "minimum": 0}), 16),
    filters=several(
        record(
            "type requestRedirect",
            type=one_of("RequestRedirect"),
            requestRedirect=record(
                "scheme statusCode", scheme=one_of("http", "https"), statusCode=one_of(301, 302, 303, 307, 308)
            ),
        ),
        16,
    ),
)
LISTENER = record(
    "name protocol port allowedRoutes",
    "hostname tls",
    port=PORT,
    protocol=one_of("HTTP", "HTTPS"),
    allowedRoutes=SAME_NAMESPACE,
    tls=record("mode certificateRefs", mode=one_of("Terminate"), certificateRefs=several(record("name"), 64)),
)
IN_USE = {
    ("gateway.networking.k8s.io/v1", "Gateway"): record("gatewayClassName listeners", listeners=several(LISTENER, 64)),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): record(
        "parentRefs rules", parentRefs=several(record("name", "sectionName"), 32), rules=several(RULE, 16)
    ),
    ("gateway.envoyproxy.io/v1alpha1", "BackendTrafficPolicy"): record(
        "targetRefs timeout",
        targetRefs=several(record("group kind name"), 16),
        timeout=record(
            "http tcp",
            http=record("connectionIdleTimeout", connectionIdleTimeout=DURATION),
            tcp=record("connectTimeout", connectTimeout=DURATION),
        ),
    ),
    ("external-secrets.io/v1", "ExternalSecret"): record(
        "refreshInterval secretStoreRef dataFrom",
        refreshInterval=DURATION,
        secretStoreRef=record("kind name", kind=one_of("SecretStore", "ClusterSecretStore")),
        dataFrom=several(record("extract", extract=record("key")), 1),
    ),
}


def test_the_kinds_of_other_projects_have_the_fields_that_we_use(manifests):
    for item in manifests.objects:
        if item["kind"] not in BUILT_IN and item["apiVersion"].partition("/")[0] not in MONITORING:
            assert set(item) == {"apiVersion", "kind", "metadata", "spec"}, item["metadata"]["name"]
            jsonschema.validate(item["spec"], IN_USE[item["apiVersion"], item["kind"]])


def test_the_check_of_gateway_api_refuses_a_field_that_it_does_not_know():
    if not GATEWAY_API.is_dir():
        pytest.skip(f"the resource definitions of Gateway API are not in {GATEWAY_API}")
    route = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "spec": {"rules": [{"matchs": []}]}}
    with pytest.raises(jsonschema.ValidationError, match="matchs"):
        jsonschema.validate(route, definition("HTTPRoute", "v1"))


def test_a_route_has_no_more_rules_and_matches_than_gateway_api_allows(manifests):
    for item in manifests.all("HTTPRoute"):
        assert len(item["spec"]["rules"]) <= 16
        assert sum(len(rule.get("matches", [])) for rule in item["spec"]["rules"]) <= 128
