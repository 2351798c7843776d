"""An environment in the cloud says what is its own, and cannot keep what is another's, or what nobody has said."""

from __future__ import annotations

import os
import re
import subprocess
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from tests.manifests.manifests import KUSTOMIZE, OVERLAYS, ROOT, Manifests, render
from tests.programs import need

CLOUD = [name for name in OVERLAYS if "MEDIA_BUCKET=" in (KUSTOMIZE / name / "kustomization.yaml").read_text()]
SHARED = {"registry.example.org", "wiki.example.org"}
"""Hosts that staging and production have in common: those of the images and of the people who run both."""
ADDRESS = re.compile(r"\b(?:[\w-]+\.)+example\.org\b|\b(?:\d{1,3}\.){3}\d{1,3}/\d+")
PLACEHOLDER = re.compile(r"said by the overlay|RELEASE|RUNBOOKS|CHANGE.?ME|TODO")


def strings(value) -> list[str]:
    """Every string of a document, keys included."""
    if isinstance(value, dict):
        return [text for item in value.items() for text in strings(list(item))]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def addresses(manifests: Manifests) -> set[str]:
    """The hosts, buckets and networks that are named anywhere in what is rendered."""
    return {found for text in strings(manifests.objects) for found in ADDRESS.findall(text)} - SHARED


def settings(manifests: Manifests) -> dict[str, str]:
    (config,) = [item for item in manifests.all("ConfigMap") if "SITE_URL" in item["data"]]
    return config["data"] | config["metadata"]["annotations"]


def own(manifests: Manifests) -> dict[str, str]:
    """What no two environments have in common, wherever they run."""
    said = settings(manifests)
    return {name: said.get(name, "") for name in ("SITE_URL", "ALLOWED_HOSTS", "MEDIA_BUCKET", "MEDIA_URL")}


def complaints(manifests: Manifests, other: Manifests) -> list[str]:
    """What is missing in an environment, is a placeholder, or is the other's."""
    found = [f"{name} is not said" for name, value in own(manifests).items() if not value]
    found += [f"a placeholder: {text}" for text in strings(manifests.objects) if PLACEHOLDER.search(text)]
    images = {container["image"] for pod in manifests.applications() for container in pod.containers}
    found += [f"{image} is of no registry" for image in images if not re.match(r"[^/]+\.[^/]+/", image)]
    # The certificate is for this host, whoever makes it.
    hosts = {listener.get("hostname") for listener in manifests.one("Gateway")["spec"]["listeners"]}
    found += [f"the host is {host}" for host in hosts if host != own(manifests)["ALLOWED_HOSTS"]]
    found += [f"{name} is the other's" for name, value in own(manifests).items() if value == own(other)[name]]
    found += [f"{address} is the other's" for address in addresses(manifests) & addresses(other)]
    # By their names in a namespace, Secrets are found: those of the database, the bucket and the certificate.
    spaces = {item["metadata"].get("namespace") for item in manifests.objects if item["kind"] != "Namespace"}
    found += [f"the namespace is {space}" for space in spaces if space in (None, other.namespace)]
    if "broadsheet/max-connections" not in settings(manifests):
        found.append("nothing says how many connections the database allows")
    return found


OTHER = {"overlays/staging": "overlays/production", "overlays/production": "overlays/staging"}
IDENTITY = {
    "namespace",
    "SITE_URL",
    "MEDIA_BUCKET",
    "MEDIA_URL",
    "broadsheet/database-network",
    "broadsheet/bucket-network",
}
"""What another environment's value would be wrong for. A release, a region or a registry can be the same."""
OPTIONAL = {"MEDIA_REGION"}
"""MEDIA_ENDPOINT can take its place."""


def read(name: str) -> dict:
    """The file of an overlay."""
    return yaml.safe_load((KUSTOMIZE / name / "kustomization.yaml").read_text())


def facts(content: dict) -> dict:
    """What an overlay says, by name: its fields, and the settings and annotations of its ConfigMap."""
    (config,) = content["configMapGenerator"]
    literals = dict(line.split("=", 1) for line in config["literals"])
    fields = {
        key: content[key] for key in content if key not in {"apiVersion", "kind", "components", "configMapGenerator"}
    }
    return fields | literals | config["options"]["annotations"]


def change(content: dict, fact: str, value=None) -> dict:
    """Give a fact another value, or take it out."""
    (config,) = content["configMapGenerator"]
    annotations = config["options"]["annotations"]
    if fact in content or fact in annotations:
        said = content if fact in content else annotations
        said |= {fact: value}
        if value is None:
            del said[fact]
    else:
        others = [line for line in config["literals"] if not line.startswith(f"{fact}=")]
        config["literals"] = others if value is None else [*others, f"{fact}={value}"]
    return content


FACTS = [(name, fact) for name in OTHER for fact in facts(read(name))]


@pytest.fixture
def render_elsewhere(tmp_path):
    """Render an overlay that is changed, in a folder elsewhere: the manifests, or what Kustomize says against them."""

    def run(name: str, content: dict) -> Manifests | str:
        origin, folder = KUSTOMIZE / name, tmp_path.resolve()
        content["components"] = [os.path.relpath(origin / path, folder) for path in content["components"]]
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
        result = run_kustomize(folder)
        return result.stderr if result.returncode else Manifests(list(yaml.safe_load_all(result.stdout)))

    return run


def run_kustomize(folder: Path) -> subprocess.CompletedProcess:
    need("kustomize")
    command = [ROOT / "tools" / "manifests.sh", folder]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", OTHER)
def test_staging_and_production_have_nothing_of_each_other_and_no_placeholder(name):
    assert addresses(render(KUSTOMIZE / name))
    assert complaints(render(KUSTOMIZE / name), render(KUSTOMIZE / OTHER[name])) == []


@pytest.mark.parametrize(("name", "fact"), FACTS)
def test_a_line_that_is_taken_out_is_missed(name, fact, render_elsewhere):
    """Kustomize refuses to render what is left and names the line, or the test above fails of it."""
    left = render_elsewhere(name, change(read(name), fact))
    if isinstance(left, str):
        assert fact in left
    elif fact not in OPTIONAL:
        assert complaints(left, render(KUSTOMIZE / OTHER[name])), f"nobody misses {fact}"


@pytest.mark.parametrize(("name", "fact"), [each for each in FACTS if each[1] in IDENTITY])
def test_a_line_of_the_other_is_found(name, fact, render_elsewhere):
    changed = render_elsewhere(name, change(read(name), fact, facts(read(OTHER[name]))[fact]))
    assert complaints(changed, render(KUSTOMIZE / OTHER[name]))


def test_staging_and_production_say_the_same_things():
    staging, production = (facts(read(name)) for name in OTHER)
    assert staging.keys() == production.keys() > IDENTITY


@pytest.mark.parametrize("name", OTHER)
def test_a_fact_is_in_one_line(name):
    text = (KUSTOMIZE / name / "kustomization.yaml").read_text()
    said = [value for line in text.splitlines() for value in ADDRESS.findall(line)]
    # A bucket's public address is not its name, though here they are the same.
    bucket = facts(read(name))["MEDIA_BUCKET"]
    assert [value for value in said if said.count(value) > 1 and value != bucket] == []
    assert text.count(facts(read(name))["broadsheet/release"].partition("@")[0]) == 1


def test_what_they_share_is_no_environment_and_has_no_value_of_one():
    text = (KUSTOMIZE / "overlays" / "cloud" / "kustomization.yaml").read_text()
    assert not ADDRESS.search(text)
    assert not {"images", "namespace", "configMapGenerator"} & yaml.safe_load(text).keys()
    assert run_kustomize(KUSTOMIZE / "overlays" / "cloud").returncode != 0


def test_no_overlay_in_the_cloud_has_the_host_or_the_bucket_of_another():
    """Those of operators too, of whose networks and names nothing else is known."""
    assert {*OTHER} <= {*CLOUD}
    for one, another in combinations(CLOUD, 2):
        first, second = own(render(KUSTOMIZE / one)), own(render(KUSTOMIZE / another))
        assert [key for key in first if first[key] == second[key]] == [], f"{one} and {another}"
