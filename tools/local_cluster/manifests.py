"""What an overlay renders, and the answers that a cluster would read from it."""

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


class SplitError(Exception):
    """What keeps the split from running, in one sentence."""


class NoRenderer(SplitError):
    """Neither kustomize nor kubectl is there."""


class Manifests:
    """The objects of one overlay."""

    def __init__(self, objects: list[dict[str, Any]]) -> None:
        self.objects = objects

    def all(self, kind: str) -> Iterator[dict[str, Any]]:
        """Return the objects of a kind, in the order they were rendered."""
        return (found for found in self.objects if found["kind"] == kind)

    def get(self, kind: str, name: str = "") -> dict[str, Any]:
        """Return one object, by its name or as the only one of its kind; raises SplitError where there is none."""
        found = [one for one in self.all(kind) if name in ("", one["metadata"]["name"])]
        if len(found) != 1:
            raise SplitError(
                f"The overlay has {len(found)} objects {kind} {name}; the split needs one.".replace("  ", " ")
            )
        return found[0]

    def data(self, kind: str, name: str) -> dict[str, str] | None:
        """Return what a ConfigMap or a Secret holds; None where there is none of that name."""
        for found in self.all(kind):
            if found["metadata"]["name"] == name:
                if kind == "ConfigMap":
                    return found.get("data", {})
                encoded = {key: base64.b64decode(value).decode() for key, value in found.get("data", {}).items()}
                return encoded | found.get("stringData", {})
        return None

    def environment(self, container: dict[str, Any], labels: dict[str, str]) -> dict[str, str]:
        """Return the environment of a container in a pod with `labels`, its references resolved.

        Raises SplitError where a reference leads nowhere and is not optional, or is of a kind that only a cluster knows.
        """
        resolved: dict[str, str] = {}
        for source in container.get("envFrom", []):
            reference = source.get("configMapRef") or source["secretRef"]
            held = self._held("ConfigMap" if "configMapRef" in source else "Secret", reference)
            resolved |= {source.get("prefix", "") + key: value for key, value in held.items()}
        for variable in container.get("env", []):
            value = variable.get("value", "") if "valueFrom" not in variable else self._value(variable, labels)
            if value is not None:
                resolved[variable["name"]] = value
        return resolved

    def _held(self, kind: str, reference: dict[str, Any]) -> dict[str, str]:
        held = self.data(kind, reference["name"])
        if held is None and not reference.get("optional"):
            raise SplitError(f"The overlay refers to a {kind} {reference['name']} that it does not have.")
        return held or {}

    def _value(self, variable: dict[str, Any], labels: dict[str, str]) -> str | None:
        match variable["valueFrom"]:
            case {"fieldRef": {"fieldPath": path}} if label := _LABEL.fullmatch(path):
                return labels[label[1]]
            case {"secretKeyRef": reference}:
                return self._key("Secret", reference)
            case {"configMapKeyRef": reference}:
                return self._key("ConfigMap", reference)
        raise SplitError(f"The split cannot resolve {variable['valueFrom']}, which {variable['name']} is taken from.")

    def _key(self, kind: str, reference: dict[str, Any]) -> str | None:
        held = self._held(kind, reference)
        if reference["key"] not in held and not reference.get("optional"):
            raise SplitError(f"The {kind} {reference['name']} has no {reference['key']}.")
        return held.get(reference["key"])


def command(container: dict[str, Any]) -> list[str]:
    """Return what a container runs; raises SplitError where that is left to its image."""
    if "command" not in container:
        raise SplitError(f"The container {container['name']} names no command, and the split has no image to ask.")
    return [*container["command"], *container.get("args", [])]


def container_port(container: dict[str, Any], port: str | int) -> int:
    """Return the number of a container's port that is given by its name or its number."""
    if isinstance(port, int):
        return port
    return next(one["containerPort"] for one in container["ports"] if one["name"] == port)


def render(overlay: str | Path) -> Manifests:
    """Render an overlay, given by its name or its folder, as `make manifests` does.

    Raises NoRenderer where there is no Kustomize, and SplitError with its words where it refuses.
    """
    done = subprocess.run([RENDER, OVERLAYS / overlay], capture_output=True, text=True)
    if done.returncode == NOT_INSTALLED:
        raise NoRenderer(done.stderr.strip().removeprefix("broadsheet: "))
    if done.returncode:
        raise SplitError(f"The overlay {overlay} does not render: {done.stderr.strip()}")
    return Manifests([one for one in yaml.safe_load_all(done.stdout) if one])
