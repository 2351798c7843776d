"""The split's gateway interprets an HTTPRoute as the Gateway API specifies."""

from __future__ import annotations

import json
import subprocess

import pytest

from blog_project import roles
from tools.local_cluster import gateway, processes
from tools.local_cluster.manifests import ClusterError

CLIENTS = {
    "timeout": {"http": {"requestReceivedTimeout": "300s", "idleTimeout": "75s", "streamIdleTimeout": "90s"}},
    "connection": {"bufferLimit": "64Ki", "connectionLimit": {"value": 100}},
}


def route(*rules: dict) -> dict:
    return {"metadata": {"name": "blog"}, "spec": {"rules": list(rules)}}


def rule(service: str, *matches: dict, **rest) -> dict:
    return {"matches": list(matches), "backendRefs": [{"name": service, "port": 80}], **rest}


def prefix(value: str, **rest) -> dict:
    return {"path": {"type": "PathPrefix", "value": value}, **rest}


def order(*rules: dict) -> list[str]:
    return [found["route"]["cluster"] for found in gateway.routes(route(*rules))]


def test_the_longest_path_comes_first_whatever_the_order_of_the_rules():
    assert order(rule("all", prefix("/")), rule("admin", prefix("/admin")), rule("api", prefix("/api"))) == [
        "admin",
        "api",
        "all",
    ]


def test_an_exact_path_comes_before_a_longer_prefix():
    exact = {"path": {"type": "Exact", "value": "/a"}}
    assert order(rule("prefix", prefix("/a/b/c")), rule("exact", exact)) == ["exact", "prefix"]


def test_a_match_with_a_method_precedes_one_without_but_not_a_longer_path():
    assert order(
        rule("rest", prefix("/api")),
        rule("post", prefix("/api", method="POST")),
        rule("longer", prefix("/api/v2")),
    ) == ["longer", "post", "rest"]


def test_more_headers_come_before_fewer():
    header = {"name": "X-Canary", "value": "1"}
    assert order(rule("stable", prefix("/")), rule("canary", prefix("/", headers=[header]))) == ["canary", "stable"]


def test_equal_matches_keep_the_order_of_the_rules():
    assert order(rule("first", prefix("/api")), rule("second", prefix("/api/"))) == ["first", "second"]


def test_a_prefix_matches_whole_path_segments():
    (found,) = gateway.routes(route(rule("api", prefix("/api/"))))
    assert found["match"] == {"headers": [], "path_separated_prefix": "/api"}


def test_a_rule_without_matches_matches_every_path():
    (found,) = gateway.routes(route({"backendRefs": [{"name": "all", "port": 80}]}))
    assert found["match"]["prefix"] == "/"


def test_the_timeout_of_a_rule_is_used_and_nothing_is_retried():
    (found,) = gateway.routes(route(rule("read", prefix("/"), timeouts={"request": "15s"})))
    assert found["route"] == {"timeout": "15s", "cluster": "read"}


def test_unsupported_features_are_refused_with_a_sentence():
    with pytest.raises(ClusterError, match="queryParams"):
        gateway.routes(route(rule("read", prefix("/", queryParams=[]))))
    with pytest.raises(ClusterError, match="filters"):
        gateway.routes(route(rule("read", prefix("/"), filters=[])))
    with pytest.raises(ClusterError, match="RegularExpression"):
        gateway.routes(route(rule("read", {"path": {"type": "RegularExpression", "value": "/.*"}})))


def test_envoy_accepts_the_configuration_with_weights_headers_and_methods(tmp_path):
    weighted = rule("read", prefix("/api", method="GET", headers=[{"name": "X-Canary", "value": "1"}]))
    weighted["backendRefs"] = [{"name": "read", "port": 80, "weight": 9}, {"name": "next", "port": 80, "weight": 1}]
    exact = {"path": {"type": "Exact", "value": "/feed/"}}
    made = route(weighted, rule("pages", prefix("/"), exact, timeouts={"request": "15s"}))
    policy = {"http": {"connectionIdleTimeout": "7s"}, "tcp": {"connectTimeout": "2s"}}
    config = gateway.bootstrap(made, port=0, folder=tmp_path, timeouts=policy, clients=CLIENTS)
    (listener,) = config["static_resources"]["listeners"]
    assert listener["per_connection_buffer_limit_bytes"] == 65536
    limit, manager = (item["typed_config"] for item in listener["filter_chains"][0]["filters"])
    assert limit["max_connections"] == 100
    assert (manager["request_timeout"], manager["stream_idle_timeout"]) == ("300s", "90s")
    assert manager["common_http_protocol_options"] == {"idle_timeout": "75s"}
    assert [item["name"] for item in config["static_resources"]["clusters"]] == ["read", "next", "pages"]
    for name in ("read", "next", "pages"):
        (tmp_path / f"{name}.json").write_text("{}")
    (tmp_path / "envoy.json").write_text(json.dumps(config))
    command = [processes.VENV / "envoy", "--mode", "validate", "--config-path", tmp_path / "envoy.json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_pods_keep_idle_connections_longer_than_the_gateway(rendered):
    (policy,) = rendered.all("BackendTrafficPolicy")
    idle_timeout = policy["spec"]["timeout"]["http"]["connectionIdleTimeout"]
    for deployment in rendered.all("Deployment"):
        template = deployment["spec"]["template"]
        environment = rendered.environment(template["spec"]["containers"][0], template["metadata"]["labels"])
        assert int(idle_timeout.removesuffix("s")) < int(environment["KEEPALIVE"])


def test_the_rendered_route_sends_every_request_to_the_role_that_owns_it(rendered):
    routes = gateway.routes(rendered.get("HTTPRoute"))
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        for path in ("/", "/api", "/api/v1/posts/", "/apiary/", "/admin", "/admin/login/", "/preview/1/", "/adminer"):
            assert backend_of(routes, method, path) == roles.service(roles.owner(method, path)), (method, path)


def backend_of(routes: list[dict], method: str, path: str) -> str:
    for found in routes:
        match = found["match"]
        methods = [header["string_match"]["exact"] for header in match["headers"] if header["name"] == ":method"]
        separated = match.get("path_separated_prefix")
        matches_path = (
            path == separated or path.startswith(f"{separated}/") if separated else path.startswith(match["prefix"])
        )
        if matches_path and methods in ([], [method]):
            return found["route"]["cluster"]
    raise AssertionError(f"{method} {path} matches no route")
