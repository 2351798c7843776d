"""Render manifests with Kustomize, and interpret them like Kubernetes: pods, selectors, references, reachability."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path

import yaml

from tests.programs import need

ROOT = Path(__file__).resolve().parents[2]
KUSTOMIZE = ROOT / "deploy" / "kustomize"
OVERLAYS = sorted(
    f"overlays/{path.name}"
    for path in (KUSTOMIZE / "overlays").iterdir()
    if "\nkind: Component\n" not in (path / "kustomization.yaml").read_text()
)
"""The overlays of environments: without overlays/cloud, which is a component."""
EXAMPLES = sorted(f"examples/{path.name}" for path in (KUSTOMIZE / "examples").iterdir())
SHIPPED = [name for name in OVERLAYS if name.split("/")[1] in {"local", "monolith", "staging", "production"}]
"""The overlays of this project, without those of operators, which may use another gateway or be longer."""
JOBS = ("migrate", "housekeeping")
APPLICATION = "broadsheet"
"""The label app.kubernetes.io/name of the blog's own pods."""


@dataclass(frozen=True)
class Pod:
    """A pod of a workload, or a pod of another namespace (with an empty `spec`)."""

    workload: str
    namespace: str
    labels: Mapping[str, str] = field(hash=False)
    spec: dict = field(default_factory=dict, hash=False)
    namespace_labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def component(self) -> str:
        """The component label: a role, a job or empty."""
        return self.labels.get("app.kubernetes.io/component", "")

    @property
    def is_application(self) -> bool:
        """Whether the pod serves the blog (and is no job and no database)."""
        return self.labels.get("app.kubernetes.io/name") == APPLICATION and self.component not in JOBS

    @property
    def containers(self) -> list[dict]:
        """All containers, init containers first."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    def ports(self) -> dict[str, int]:
        """Return the container ports by name."""
        return {port["name"]: port["containerPort"] for c in self.containers for port in c.get("ports", [])}


class Manifests:
    """The objects of one rendered overlay."""

    def __init__(self, objects: list[dict]) -> None:
        self.objects = objects
        self.namespace = self.one("Namespace")["metadata"]["name"]

    def all(self, *kinds: str) -> list[dict]:
        """Return all objects of these kinds."""
        return [item for item in self.objects if item["kind"] in kinds]

    def one(self, kind: str, name: str | None = None) -> dict:
        """Return the only object of a kind (and name)."""
        found = [item for item in self.all(kind) if name in (None, item["metadata"]["name"])]
        assert len(found) == 1, f"{len(found)} objects are a {kind} {name or ''}"
        return found[0]

    @property
    def pods(self) -> list[Pod]:
        """One pod of each workload."""
        labels = self.namespace_labels()
        return [
            Pod(
                f"{item['kind']} {item['metadata']['name']}",
                item["metadata"].get("namespace", "default"),
                template["metadata"]["labels"],
                template["spec"],
                labels,
            )
            for item in self.all("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
            for template in [item["spec"].get("jobTemplate", item)["spec"]["template"]]
        ]

    def namespace_labels(self) -> dict[str, str]:
        """Return the labels of the namespace, including the one that Kubernetes adds."""
        return self.one("Namespace")["metadata"].get("labels", {}) | {"kubernetes.io/metadata.name": self.namespace}

    def pod(self, workload: str) -> Pod:
        """Return the pod of a workload, such as `Deployment broadsheet-read`."""
        return next(pod for pod in self.pods if pod.workload == workload)

    def applications(self) -> list[Pod]:
        """Return the pods that serve the blog."""
        return [pod for pod in self.pods if pod.is_application]

    def selected(self, selector: dict) -> set[str]:
        """Return the workloads whose pods a selector matches."""
        return {pod.workload for pod in self.pods if matches(selector, pod.labels)}

    def environment(self, container: dict) -> dict[str, str]:
        """Return a container's environment variables as far as the manifests set them, with decoded secrets."""
        values: dict[str, str] = {}
        for source in container.get("envFrom", []):
            for kind, reference in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
                for item in self.all(kind):
                    if item["metadata"]["name"] == source.get(reference, {}).get("name"):
                        values |= {
                            name: base64.b64decode(value).decode() if kind == "Secret" else value
                            for name, value in item.get("data", {}).items()
                        }
        return values | {entry["name"]: entry["value"] for entry in container.get("env", []) if "value" in entry}


@cache
def render(directory: Path) -> Manifests:
    """Render a folder like `make manifests`. Without Kustomize the test is skipped, or fails in CI."""
    need("kustomize")
    command = [ROOT / "tools" / "manifests.sh", directory]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return Manifests(list(yaml.safe_load_all(result.stdout)))


def matches(selector: dict, labels: Mapping[str, str]) -> bool:
    """Return whether a label selector matches labels; an empty selector matches all."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    test = {
        "In": lambda key, values: labels.get(key) in values,
        "NotIn": lambda key, values: labels.get(key) not in values,
        "Exists": lambda key, values: key in labels,
        "DoesNotExist": lambda key, values: key not in labels,
    }
    return all(test[e["operator"]](e["key"], e.get("values", [])) for e in selector.get("matchExpressions", []))


def reaches(manifests: Manifests, source: Pod | str, target: Pod | str, port: int, protocol: str = "TCP") -> bool:
    """Return whether NetworkPolicies let `source` connect to `target` (pods, or IP addresses outside the cluster)."""
    allowed_out = isinstance(source, str) or _allowed(manifests, "Egress", source, target, target, port, protocol)
    allowed_in = isinstance(target, str) or _allowed(manifests, "Ingress", target, source, target, port, protocol)
    return allowed_out and allowed_in


def _allowed(manifests, direction, subject: Pod, peer: Pod | str, target: Pod | str, port: int, protocol: str) -> bool:
    policies = [
        policy["spec"]
        for policy in manifests.all("NetworkPolicy")
        if policy["metadata"]["namespace"] == subject.namespace
        and matches(policy["spec"]["podSelector"], subject.labels)
        and direction in _directions(policy["spec"])
    ]
    field_of_rules, field_of_peers = ("egress", "to") if direction == "Egress" else ("ingress", "from")
    rules = [rule for policy in policies for rule in policy.get(field_of_rules, [])]
    return not policies or any(
        (not rule.get(field_of_peers) or any(_is_peer(p, subject.namespace, peer) for p in rule[field_of_peers]))
        and (not rule.get("ports") or any(_is_port(p, target, port, protocol) for p in rule["ports"]))
        for rule in rules
    )


def _directions(policy: dict) -> list[str]:
    return policy.get("policyTypes") or ["Ingress", *(["Egress"] if policy.get("egress") else [])]


def _is_peer(peer: dict, namespace: str, other: Pod | str) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        return isinstance(other, str) and (
            ip_address(other) in ip_network(block["cidr"])
            and not any(ip_address(other) in ip_network(cidr) for cidr in block.get("except", []))
        )
    if isinstance(other, str):
        return False
    if "namespaceSelector" in peer:
        in_namespace = matches(peer["namespaceSelector"], other.namespace_labels)
    else:
        in_namespace = other.namespace == namespace
    return in_namespace and matches(peer.get("podSelector", {}), other.labels)


def _is_port(rule: dict, target: Pod | str, port: int, protocol: str) -> bool:
    wanted = rule.get("port", port)
    if isinstance(wanted, str):
        wanted = None if isinstance(target, str) else target.ports().get(wanted)
    return (
        rule.get("protocol", "TCP") == protocol and wanted is not None and wanted <= port <= rule.get("endPort", wanted)
    )


def references(pod: Pod) -> Iterator[tuple[str, str, str | None, bool]]:
    """Yield a pod's references to ConfigMaps and Secrets: kind, name, key (None for all), optional or not."""
    for container in pod.containers:
        for source in container.get("envFrom", []):
            for kind, name in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
                if name in source:
                    yield kind, source[name]["name"], None, source[name].get("optional", False)
        for entry in container.get("env", []):
            for kind, name in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
                reference = entry.get("valueFrom", {}).get(name)
                if reference:
                    yield kind, reference["name"], reference["key"], reference.get("optional", False)
    for volume in pod.spec.get("volumes", []):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"], None, volume["configMap"].get("optional", False)
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"], None, volume["secret"].get("optional", False)


def created_in_comments(*files: Path) -> set[tuple[str, str]]:
    """Return kind and name of the objects that kubectl commands in the comments of these files create."""
    text = "\n".join(path.read_text() for path in files)
    kinds = {"secret generic": "Secret", "secret tls": "Secret", "configmap": "ConfigMap"}
    return {(kinds[kind], name) for kind, name in re.findall(rf"create ({'|'.join(kinds)}) (\S+)", text)}


def seconds(duration: str) -> float:
    """Return a duration of Gateway API (`15s`, `500ms`, `1m`) in seconds."""
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", duration).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]
