"""Envoy as the gateway, configured from the rendered HTTPRoute as the Gateway API specifies.

Requests are forwarded as they were sent: paths are not decoded, merged or normalised, and every method is allowed. Each
pod checks again that its role owns a request (others get 421), so a gateway that reads a path differently than the pods
can make a request fail, but never makes another role serve it. Nothing is retried.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.local_cluster import processes
from tools.local_cluster.manifests import ClusterError, Manifests

IDLE_TIMEOUT = "60s"
"""How long idle connections to pods are kept without a BackendTrafficPolicy: less than the pods' KEEPALIVE."""
_TYPE = "type.googleapis.com/envoy"


def routes(http_route: dict[str, Any]) -> list[dict[str, Any]]:
    """Return Envoy's routes for the rules of an HTTPRoute: the most specific match first, then in the rules' order.

    Raises ClusterError for features that are not supported here (filters, regular expressions, query parameters).
    """
    pairs = [
        (match, rule)
        for rule in http_route["spec"]["rules"]
        for match in rule.get("matches", [{"path": {"type": "PathPrefix", "value": "/"}}])
    ]
    pairs.sort(key=lambda pair: _precedence(pair[0]), reverse=True)
    return [{"match": _match(match), "route": _action(rule)} for match, rule in pairs]


def _precedence(match: dict[str, Any]) -> tuple[bool, int, bool, int]:
    path = _path(match)
    return path["type"] == "Exact", len(path["value"]), "method" in match, len(match.get("headers", []))


def _path(match: dict[str, Any]) -> dict[str, str]:
    path = {"type": "PathPrefix", "value": "/"} | match.get("path", {})
    if path["type"] == "PathPrefix":
        path["value"] = path["value"].rstrip("/") or "/"
    return path


def _match(match: dict[str, Any]) -> dict[str, Any]:
    if unknown := match.keys() - {"path", "method", "headers"}:
        raise ClusterError(f"The split's gateway cannot match by {', '.join(sorted(unknown))}.")
    headers = [(":method", match["method"])] if "method" in match else []
    for header in match.get("headers", []):
        if header.get("type", "Exact") != "Exact":
            raise ClusterError(f"The split's gateway matches headers exactly, and not by {header['type']}.")
        headers.append((header["name"], header["value"]))
    matched = {"headers": [{"name": name, "string_match": {"exact": value}} for name, value in headers]}
    match _path(match):
        case {"type": "Exact", "value": value}:
            return matched | {"path": value}
        case {"type": "PathPrefix", "value": "/"}:
            return matched | {"prefix": "/"}
        case {"type": "PathPrefix", "value": value}:
            return matched | {"path_separated_prefix": value}
        case path:
            raise ClusterError(f"The split's gateway cannot match paths by {path['type']}.")


def _action(rule: dict[str, Any]) -> dict[str, Any]:
    if "filters" in rule:
        raise ClusterError("The split's gateway knows no filters.")
    action: dict[str, Any] = {}
    if request := rule.get("timeouts", {}).get("request"):
        action["timeout"] = request
    backends = rule["backendRefs"]
    if len(backends) == 1:
        return action | {"cluster": backends[0]["name"]}
    weights = [{"name": item["name"], "weight": item.get("weight", 1)} for item in backends]
    return action | {"weighted_clusters": {"clusters": weights}}


def backends(http_route: dict[str, Any]) -> list[str]:
    """Return the names of the Services that an HTTPRoute routes to."""
    return list(dict.fromkeys(item["name"] for rule in http_route["spec"]["rules"] for item in rule["backendRefs"]))


def bootstrap(
    http_route: dict[str, Any], *, port: int, folder: Path, timeouts: dict[str, Any], clients: dict[str, Any]
) -> dict[str, Any]:
    """Return Envoy's configuration: a listener on loopback, and a cluster per Service with endpoints in `folder`.

    `timeouts` are those of a BackendTrafficPolicy, `clients` is the `spec` of a ClientTrafficPolicy: Envoy Gateway's
    extensions of the Gateway API.
    """
    virtual_host = {
        "name": http_route["metadata"]["name"],
        "domains": http_route["spec"].get("hostnames", ["*"]),
        "routes": routes(http_route),
    }
    manager = {
        "@type": f"{_TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "gateway",
        # The client's address is that of the connection: X-Forwarded-For and -Proto of clients are replaced.
        "use_remote_address": True,
        "preserve_external_request_id": True,
        "server_header_transformation": "PASS_THROUGH",
        "normalize_path": False,
        "merge_slashes": False,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "http_protocol_options": {"allow_custom_methods": True},
        **_client_timeouts(clients.get("timeout", {}).get("http", {})),
        "route_config": {"name": virtual_host["name"], "virtual_hosts": [virtual_host]},
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {
                    "@type": f"{_TYPE}.extensions.filters.http.router.v3.Router",
                    "suppress_envoy_headers": True,
                },
            }
        ],
    }
    listener = {
        "name": "http",
        "address": _address(port),
        "per_connection_buffer_limit_bytes": _bytes(clients.get("connection", {}).get("bufferLimit", "32Ki")),
        "filter_chains": [
            {
                "filters": [
                    *_connection_limit(clients.get("connection", {}).get("connectionLimit")),
                    {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager},
                ]
            }
        ],
    }
    return {
        "node": {"id": "gateway", "cluster": "split"},
        "admin": {"address": _address(0)},
        "static_resources": {
            "listeners": [listener],
            "clusters": [_cluster(name, folder, timeouts) for name in backends(http_route)],
        },
    }


def _client_timeouts(timeouts: dict[str, str]) -> dict[str, Any]:
    """Return the settings of a connection manager for `spec.timeout.http` of a ClientTrafficPolicy."""
    names = {"requestReceivedTimeout": "request_timeout", "streamIdleTimeout": "stream_idle_timeout"}
    result: dict[str, Any] = {names[name]: value for name, value in timeouts.items() if name in names}
    if idle := timeouts.get("idleTimeout"):
        result["common_http_protocol_options"] = {"idle_timeout": idle}
    return result


def _connection_limit(limit: dict[str, Any] | None) -> list[dict[str, Any]]:
    if not limit:
        return []
    kind = f"{_TYPE}.extensions.filters.network.connection_limit.v3.ConnectionLimit"
    config = {"@type": kind, "stat_prefix": "gateway", "max_connections": limit["value"]}
    return [{"name": "envoy.filters.network.connection_limit", "typed_config": config}]


def _bytes(quantity: str) -> int:
    """Return the number of a Kubernetes quantity such as 32Ki."""
    number, unit = re.fullmatch(r"(\d+)(Ki|Mi)?", quantity).groups()
    return int(number) * {"Ki": 2**10, "Mi": 2**20, None: 1}[unit]


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, folder: Path, timeouts: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "type": "EDS",
        "connect_timeout": timeouts.get("tcp", {}).get("connectTimeout", "5s"),
        "eds_cluster_config": {"eds_config": {"path_config_source": {"path": str(_file(folder, name))}}},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions",
                "common_http_protocol_options": {
                    "idle_timeout": timeouts.get("http", {}).get("connectionIdleTimeout", IDLE_TIMEOUT)
                },
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }


def _file(folder: Path, service: str) -> Path:
    return folder / f"{service}.json"


class Gateway:
    """An Envoy process and its endpoints."""

    def __init__(self, rendered: Manifests, directory: Path, starter: processes.Processes) -> None:
        """Read the HTTPRoute of an overlay; nothing is started before `start`. Envoy's files are in `directory`."""
        self.route = rendered.get("HTTPRoute")
        for name in backends(self.route):
            rendered.get("Service", name)
        policies = rendered.all("BackendTrafficPolicy")
        self.timeouts = next((item["spec"].get("timeout", {}) for item in policies), {})
        self.clients = next((item["spec"] for item in rendered.all("ClientTrafficPolicy")), {})
        self.directory, self.log = directory, directory / "gateway.log"
        self.process: subprocess.Popen | None = None
        self.admin_url = ""
        self.port = 0
        self._starter = starter
        self._published: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    def start(self, port: int) -> None:
        """Start Envoy on a port (0: a free one); raises ClusterError if it does not start."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.publish({name: [] for name in backends(self.route)})
        config, admin = self.directory / "envoy.json", self.directory / "admin"
        admin.unlink(missing_ok=True)
        policies = {"timeouts": self.timeouts, "clients": self.clients}
        made = bootstrap(self.route, port=port, folder=self.directory, **policies)
        config.write_text(json.dumps(made, indent=1))
        command = [str(processes.VENV / "envoy"), "--config-path", str(config), "--admin-address-path", str(admin)]
        command += ["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"]
        environment = processes.base_environment(self.directory)
        self.process = self._starter.start(command, env=environment, cwd=self.directory, log=self.log)
        self._wait_until(lambda: admin.exists() and admin.read_text())  # Envoy creates the file before it writes it.
        self.admin_url = f"http://{admin.read_text()}"
        self._wait_until(self._is_listening)

    def stop(self) -> None:
        """Stop Envoy without draining."""
        if self.process:
            processes.stop(self.process)

    def drain(self) -> None:
        """Accept no new connections, and close each existing one after its next response."""
        self.admin("POST", "/healthcheck/fail")
        self.admin("POST", "/drain_listeners")

    def publish(self, endpoints: dict[str, list[int]]) -> None:
        """Set the ports of the ready pods of each Service."""
        with self._lock:
            for name, ports in endpoints.items():
                if self._published.get(name) != ports:
                    self._write(name, ports)
                    self._published[name] = ports

    def _write(self, name: str, ports: list[int]) -> None:
        assignment = {
            "@type": f"{_TYPE}.config.endpoint.v3.ClusterLoadAssignment",
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(port)}} for port in ports]}],
        }
        file = _file(self.directory, name)
        new = file.with_suffix(".new")
        new.write_text(json.dumps({"version_info": str(time.time_ns()), "resources": [assignment]}))
        os.replace(new, file)  # Envoy watches for renames, so it never reads a partial file.

    def wait_until_routed(self, service: str, port: int) -> None:
        """Wait until Envoy routes requests for a Service to a port."""
        self._wait_until(lambda: port in self.endpoints(service))

    def endpoints(self, service: str) -> list[int]:
        """Return the ports to which Envoy routes requests for a Service."""
        hosts = next((item.get("host_statuses", []) for item in self._clusters() if item["name"] == service), [])
        return [host["address"]["socket_address"]["port_value"] for host in hosts]

    def requests(self) -> dict[int, int]:
        """Return the number of requests that Envoy has sent to each port."""
        hosts = [host for item in self._clusters() for host in item.get("host_statuses", [])]
        return {
            host["address"]["socket_address"]["port_value"]: int(stat.get("value", 0))
            for host in hosts
            for stat in host["stats"]
            if stat["name"] == "rq_total"
        }

    def stats(self) -> dict[str, int]:
        """Return Envoy's counters and gauges by name, for example `cluster.broadsheet-read.upstream_rq_completed`."""
        rows = json.loads(self.admin("GET", "/stats?format=json&type=All"))["stats"]
        return {row["name"]: row["value"] for row in rows if isinstance(row.get("value"), int)}

    def admin(self, method: str, path: str) -> bytes:
        """Send a request to Envoy's admin interface and return the body; raises ClusterError if it does not respond."""
        connection = http.client.HTTPConnection(self.admin_url.removeprefix("http://"), timeout=10)
        try:
            connection.request(method, path)
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            raise ClusterError(f"The gateway does not answer ({error}); see {self.log}.") from None
        finally:
            connection.close()

    def _clusters(self) -> list[dict[str, Any]]:
        return json.loads(self.admin("GET", "/clusters?format=json")).get("cluster_statuses", [])

    def _is_listening(self) -> bool:
        found = json.loads(self.admin("GET", "/listeners?format=json")).get("listener_statuses", [])
        if found:
            self.port = found[0]["local_address"]["socket_address"]["port_value"]
        return bool(found)

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ClusterError(f"Envoy does not do as it should: {self.log.read_text()[-2000:]}")
            time.sleep(0.02)
