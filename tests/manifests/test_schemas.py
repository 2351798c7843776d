"""Every object has only fields of its kind.

Built-in kinds are checked against the schemas of the oldest and the newest supported release of Kubernetes. Kinds of
Gateway API are checked against its resource definitions if these are available (in the folder GATEWAY_API_SCHEMAS).
Those kinds and the kinds of other projects are also checked against the fields that this project uses.
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
"""API groups whose objects are tested in test_monitoring.py."""


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_field_is_in_the_schema_of_kubernetes(manifests, version):
    for item in manifests.all(*BUILT_IN):
        validate(json.dumps(item), version)


@cache
def validate(text: str, version: str) -> None:
    """Check an object; the result is cached, because many overlays have the same objects."""
    kubernetes_validate.validate(json.loads(text), version, strict=True)


def test_every_field_is_in_the_schema_of_gateway_api(manifests):
    if not GATEWAY_API.is_dir():
        pytest.skip(f"the resource definitions of Gateway API are not in {GATEWAY_API}")
    for item in manifests.all("Gateway", "HTTPRoute"):
        jsonschema.validate(item, definition(item["kind"], item["apiVersion"].rpartition("/")[2]))


@cache
def definition(kind: str, version: str) -> dict:
    """Return the schema of a kind, which refuses unknown fields like the API server."""
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


def object_with(required: str = "", optional: str = "", **fields) -> dict:
    """Return the schema of an object with only these fields; a field without a schema is a string."""
    names = [*required.split(), *optional.split()]
    return {
        "type": "object",
        "properties": {name: fields.get(name, {"type": "string", "minLength": 1}) for name in names},
        "required": required.split(),
        "additionalProperties": False,
    }


def array_of(schema: dict, max_items: int) -> dict:
    return {"type": "array", "minItems": 1, "maxItems": max_items, "items": schema}


def one_of(*values) -> dict:
    return {"enum": list(values)}


DURATION = {"type": "string", "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
SAME_NAMESPACE = object_with("namespaces", namespaces=object_with("from", **{"from": one_of("Same")}))
METHODS = one_of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
PATH = object_with(
    "type value", type=one_of("PathPrefix"), value={"type": "string", "pattern": "^/", "maxLength": 1024}
)
RULE = object_with(
    "name",
    "matches timeouts backendRefs filters",
    matches=array_of(object_with("path", "method", path=PATH, method=METHODS), 64),
    timeouts=object_with("request", request=DURATION),
    backendRefs=array_of(object_with("name port", "weight", port=PORT, weight={"type": "integer", "minimum": 0}), 16),
    filters=array_of(
        object_with(
            "type requestRedirect",
            type=one_of("RequestRedirect"),
            requestRedirect=object_with(
                "scheme statusCode", scheme=one_of("http", "https"), statusCode=one_of(301, 302, 303, 307, 308)
            ),
        ),
        16,
    ),
)
LISTENER = object_with(
    "name protocol port allowedRoutes",
    "hostname tls",
    port=PORT,
    protocol=one_of("HTTP", "HTTPS"),
    allowedRoutes=SAME_NAMESPACE,
    tls=object_with(
        "mode certificateRefs", mode=one_of("Terminate"), certificateRefs=array_of(object_with("name"), 64)
    ),
)
IN_USE = {
    ("gateway.networking.k8s.io/v1", "Gateway"): object_with(
        "gatewayClassName listeners", listeners=array_of(LISTENER, 64)
    ),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): object_with(
        "parentRefs rules", parentRefs=array_of(object_with("name", "sectionName"), 32), rules=array_of(RULE, 16)
    ),
    ("gateway.envoyproxy.io/v1alpha1", "BackendTrafficPolicy"): object_with(
        "targetRefs timeout",
        targetRefs=array_of(object_with("group kind name"), 16),
        timeout=object_with(
            "http tcp",
            http=object_with("connectionIdleTimeout", connectionIdleTimeout=DURATION),
            tcp=object_with("connectTimeout", connectTimeout=DURATION),
        ),
    ),
    ("gateway.envoyproxy.io/v1alpha1", "ClientTrafficPolicy"): object_with(
        "targetRefs timeout connection",
        targetRefs=array_of(object_with("group kind name", kind=one_of("Gateway")), 16),
        timeout=object_with(
            "http",
            http=object_with(
                "requestReceivedTimeout idleTimeout streamIdleTimeout",
                requestReceivedTimeout=DURATION,
                idleTimeout=DURATION,
                streamIdleTimeout=DURATION,
            ),
        ),
        connection=object_with(
            "bufferLimit connectionLimit",
            bufferLimit={"type": "string", "pattern": "^[1-9]+[0-9]*([EPTGMK]i|[EPTGMk])?$"},
            connectionLimit=object_with("value", value={"type": "integer", "minimum": 1}),
        ),
    ),
    ("external-secrets.io/v1", "ExternalSecret"): object_with(
        "refreshInterval secretStoreRef dataFrom",
        refreshInterval=DURATION,
        secretStoreRef=object_with("kind name", kind=one_of("SecretStore", "ClusterSecretStore")),
        dataFrom=array_of(object_with("extract", extract=object_with("key")), 1),
    ),
}


def test_custom_resources_have_only_the_fields_that_this_project_uses(manifests):
    for item in manifests.objects:
        if item["kind"] not in BUILT_IN and item["apiVersion"].partition("/")[0] not in MONITORING:
            assert set(item) == {"apiVersion", "kind", "metadata", "spec"}, item["metadata"]["name"]
            jsonschema.validate(item["spec"], IN_USE[item["apiVersion"], item["kind"]])


def test_the_check_against_gateway_api_refuses_an_unknown_field():
    if not GATEWAY_API.is_dir():
        pytest.skip(f"the resource definitions of Gateway API are not in {GATEWAY_API}")
    route = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "spec": {"rules": [{"matchs": []}]}}
    with pytest.raises(jsonschema.ValidationError, match="matchs"):
        jsonschema.validate(route, definition("HTTPRoute", "v1"))


def test_a_route_has_no_more_rules_and_matches_than_gateway_api_allows(manifests):
    for item in manifests.all("HTTPRoute"):
        assert len(item["spec"]["rules"]) <= 16
        assert sum(len(rule.get("matches", [])) for rule in item["spec"]["rules"]) <= 128
