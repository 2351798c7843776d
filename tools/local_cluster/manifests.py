"""The rendered objects of an overlay, with references resolved as a cluster would."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_ROOT = Path(__file__).resolve().parent.parent.parent
OVERLAYS = _ROOT / "deploy" / "kustomize" / "overlays"
RENDER = _ROOT / "tools" / "manifests.sh"
NOT_INSTALLED = 127
_LABEL = re.compile(r"metadata\.labels\['(.+)'\]")


class ClusterError(Exception):
    """The split cannot run; the message is one sentence."""


class NoRenderer(ClusterError):
    """Neither kustomize nor a kubectl with Kustomize 5 is installed."""


class Manifests:
    """The rendered objects of one overlay."""

    def __init__(self, objects: list[dict[str, Any]]) -> None:
        self.objects = objects

    def all(self, kind: str) -> Iterator[dict[str, Any]]:
        """Return the objects of a kind, in the order in which they were rendered."""
        return (found for found in self.objects if found["kind"] == kind)

    def get(self, kind: str, name: str = "") -> dict[str, Any]:
        """Return one object, by its name or as the only one of its kind; raises ClusterError unless there is exactly one."""
        found = [item for item in self.all(kind) if name in ("", item["metadata"]["name"])]
        if len(found) != 1:
            raise ClusterError(
                f"The overlay has {len(found)} objects {kind} {name}; the split needs one.".replace("  ", " ")
            )
        return found[0]

    def data(self, kind: str, name: str) -> dict[str, str] | None:
        """Return the decoded data of a ConfigMap or Secret; None if it does not exist."""
        for found in self.all(kind):
            if found["metadata"]["name"] == name:
                if kind == "ConfigMap":
                    return found.get("data", {})
                encoded = {key: base64.b64decode(value).decode() for key, value in found.get("data", {}).items()}
                return encoded | found.get("stringData", {})
        return None

    def environment(self, container: dict[str, Any], labels: dict[str, str]) -> dict[str, str]:
        """Return the environment of a container in a pod with `labels`, with references resolved.

        Raises ClusterError if a required reference does not exist, or is of a kind that only a cluster can resolve.
        """
        resolved: dict[str, str] = {}
        for source in container.get("envFrom", []):
            reference = source.get("configMapRef") or source["secretRef"]
            data = self._referenced_data("ConfigMap" if "configMapRef" in source else "Secret", reference)
            resolved |= {source.get("prefix", "") + key: value for key, value in data.items()}
        for variable in container.get("env", []):
            value = variable.get("value", "") if "valueFrom" not in variable else self._value(variable, labels)
            if value is not None:
                resolved[variable["name"]] = value
        return resolved

    def _referenced_data(self, kind: str, reference: dict[str, Any]) -> dict[str, str]:
        data = self.data(kind, reference["name"])
        if data is None and not reference.get("optional"):
            raise ClusterError(f"The overlay refers to a {kind} {reference['name']} that it does not have.")
        return data or {}

    def _value(self, variable: dict[str, Any], labels: dict[str, str]) -> str | None:
        match variable["valueFrom"]:
            case {"fieldRef": {"fieldPath": path}} if label := _LABEL.fullmatch(path):
                return labels[label[1]]
            case {"secretKeyRef": reference}:
                return self._key("Secret", reference)
            case {"configMapKeyRef": reference}:
                return self._key("ConfigMap", reference)
        raise ClusterError(f"The split cannot resolve {variable['valueFrom']}, which {variable['name']} is taken from.")

    def _key(self, kind: str, reference: dict[str, Any]) -> str | None:
        data = self._referenced_data(kind, reference)
        if reference["key"] not in data and not reference.get("optional"):
            raise ClusterError(f"The {kind} {reference['name']} has no {reference['key']}.")
        return data.get(reference["key"])


def command(container: dict[str, Any]) -> list[str]:
    """Return the command line of a container; raises ClusterError if its manifest has none."""
    if "command" not in container:
        raise ClusterError(f"The container {container['name']} names no command, and the split has no image to ask.")
    return [*container["command"], *container.get("args", [])]


def container_port(container: dict[str, Any], port: str | int) -> int:
    """Return the number of a container's port, given by name or number."""
    if isinstance(port, int):
        return port
    return next(item["containerPort"] for item in container["ports"] if item["name"] == port)


def render(overlay: str | Path) -> Manifests:
    """Render an overlay, given by its name or its folder, as `make manifests` does.

    Raises NoRenderer if Kustomize is not installed, and ClusterError with its output if it fails.
    """
    done = subprocess.run([RENDER, OVERLAYS / overlay], capture_output=True, text=True)
    if done.returncode == NOT_INSTALLED:
        raise NoRenderer(done.stderr.strip().removeprefix("broadsheet: "))
    if done.returncode:
        raise ClusterError(f"The overlay {overlay} does not render: {done.stderr.strip()}")
    return Manifests([item for item in yaml.safe_load_all(done.stdout) if item])
