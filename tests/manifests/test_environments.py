"""A cloud environment sets all its own values, has no value of another environment, and no placeholder."""

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
SHARED_HOSTS = {"registry.example.org", "wiki.example.org"}
"""Hosts that staging and production share: the image registry and the wiki of the operators."""
ADDRESS = re.compile(r"\b(?:[\w-]+\.)+example\.org\b|\b(?:\d{1,3}\.){3}\d{1,3}/\d+")
PLACEHOLDER = re.compile(r"said by the overlay|RELEASE|RUNBOOKS|CHANGE.?ME|TODO")


def strings(value) -> list[str]:
    """Return every string of a document, including keys."""
    if isinstance(value, dict):
        return [text for item in value.items() for text in strings(list(item))]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def addresses(manifests: Manifests) -> set[str]:
    """Return the hosts, buckets and networks in the rendered manifests."""
    return {found for text in strings(manifests.objects) for found in ADDRESS.findall(text)} - SHARED_HOSTS


def settings(manifests: Manifests) -> dict[str, str]:
    (config,) = [item for item in manifests.all("ConfigMap") if "SITE_URL" in item["data"]]
    return config["data"] | config["metadata"]["annotations"]


def own_settings(manifests: Manifests) -> dict[str, str]:
    """Return the settings that no two environments may share."""
    values = settings(manifests)
    return {name: values.get(name, "") for name in ("SITE_URL", "ALLOWED_HOSTS", "MEDIA_BUCKET", "MEDIA_URL")}


def find_problems(manifests: Manifests, other: Manifests) -> list[str]:
    """Return the values of an environment that are missing, are placeholders, or belong to the other one."""
    found = [f"{name} is not set" for name, value in own_settings(manifests).items() if not value]
    found += [f"a placeholder: {text}" for text in strings(manifests.objects) if PLACEHOLDER.search(text)]
    images = {container["image"] for pod in manifests.applications() for container in pod.containers}
    found += [f"{image} has no registry" for image in images if not re.match(r"[^/]+\.[^/]+/", image)]
    # The certificate is for this host.
    hosts = {listener.get("hostname") for listener in manifests.one("Gateway")["spec"]["listeners"]}
    found += [f"the host is {host}" for host in hosts if host != own_settings(manifests)["ALLOWED_HOSTS"]]
    found += [
        f"{name} is the other's"
        for name, value in own_settings(manifests).items()
        if value == own_settings(other)[name]
    ]
    found += [f"{address} is the other's" for address in addresses(manifests) & addresses(other)]
    # Secrets (database, bucket, certificate) have the same names in each namespace, so the namespaces must differ.
    namespaces = {item["metadata"].get("namespace") for item in manifests.objects if item["kind"] != "Namespace"}
    found += [f"the namespace is {namespace}" for namespace in namespaces if namespace in (None, other.namespace)]
    if "broadsheet/max-connections" not in settings(manifests):
        found.append("broadsheet/max-connections is not set")
    return found


OTHER_ENVIRONMENT = {"overlays/staging": "overlays/production", "overlays/production": "overlays/staging"}
IDENTITY = {
    "namespace",
    "SITE_URL",
    "MEDIA_BUCKET",
    "MEDIA_URL",
    "broadsheet/database-network",
    "broadsheet/bucket-network",
}
"""Keys whose values must differ between environments. Releases, regions and registries may be equal."""
OPTIONAL = {"MEDIA_REGION"}
"""Optional keys: MEDIA_ENDPOINT can replace MEDIA_REGION."""


def read(name: str) -> dict:
    """Return the parsed kustomization of an overlay."""
    return yaml.safe_load((KUSTOMIZE / name / "kustomization.yaml").read_text())


def overlay_values(content: dict) -> dict:
    """Return the values that an overlay sets by key: fields, and the settings and annotations of its ConfigMap."""
    (config,) = content["configMapGenerator"]
    literals = dict(line.split("=", 1) for line in config["literals"])
    fields = {
        field: content[field]
        for field in content
        if field not in {"apiVersion", "kind", "components", "configMapGenerator"}
    }
    return fields | literals | config["options"]["annotations"]


def change(content: dict, key: str, value=None) -> dict:
    """Set the value of a key in a kustomization, or remove the key if the value is None."""
    (config,) = content["configMapGenerator"]
    annotations = config["options"]["annotations"]
    if key in content or key in annotations:
        target = content if key in content else annotations
        target |= {key: value}
        if value is None:
            del target[key]
    else:
        others = [line for line in config["literals"] if not line.startswith(f"{key}=")]
        config["literals"] = others if value is None else [*others, f"{key}={value}"]
    return content


KEYS = [(name, key) for name in OTHER_ENVIRONMENT for key in overlay_values(read(name))]


@pytest.fixture
def render_elsewhere(tmp_path):
    """Render a changed overlay in a temporary folder; return the manifests, or the error output of Kustomize."""

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


@pytest.mark.parametrize("name", OTHER_ENVIRONMENT)
def test_staging_and_production_share_no_values_and_have_no_placeholders(name):
    assert addresses(render(KUSTOMIZE / name))
    assert find_problems(render(KUSTOMIZE / name), render(KUSTOMIZE / OTHER_ENVIRONMENT[name])) == []


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_a_missing_line_of_an_overlay_is_an_error(name, key, render_elsewhere):
    """Kustomize refuses to render the overlay and names the key, or `find_problems` reports it."""
    left = render_elsewhere(name, change(read(name), key))
    if isinstance(left, str):
        assert key in left
    elif key not in OPTIONAL:
        assert find_problems(left, render(KUSTOMIZE / OTHER_ENVIRONMENT[name])), f"a missing {key} is not noticed"


@pytest.mark.parametrize(("name", "key"), [each for each in KEYS if each[1] in IDENTITY])
def test_a_value_of_the_other_environment_is_detected(name, key, render_elsewhere):
    changed = render_elsewhere(name, change(read(name), key, overlay_values(read(OTHER_ENVIRONMENT[name]))[key]))
    assert find_problems(changed, render(KUSTOMIZE / OTHER_ENVIRONMENT[name]))


def test_staging_and_production_set_the_same_values():
    staging, production = (overlay_values(read(name)) for name in OTHER_ENVIRONMENT)
    assert staging.keys() == production.keys() > IDENTITY


@pytest.mark.parametrize("name", OTHER_ENVIRONMENT)
def test_each_value_of_an_overlay_is_in_one_line(name):
    text = (KUSTOMIZE / name / "kustomization.yaml").read_text()
    found = [value for line in text.splitlines() for value in ADDRESS.findall(line)]
    # The name of the bucket is also its public host here.
    bucket = overlay_values(read(name))["MEDIA_BUCKET"]
    assert [value for value in found if found.count(value) > 1 and value != bucket] == []
    assert text.count(overlay_values(read(name))["broadsheet/release"].partition("@")[0]) == 1


def test_the_shared_component_has_no_values_and_does_not_render_alone():
    text = (KUSTOMIZE / "overlays" / "cloud" / "kustomization.yaml").read_text()
    assert not ADDRESS.search(text)
    assert not {"images", "namespace", "configMapGenerator"} & yaml.safe_load(text).keys()
    assert run_kustomize(KUSTOMIZE / "overlays" / "cloud").returncode != 0


def test_no_two_cloud_overlays_share_a_host_or_a_bucket():
    """This includes the overlays of operators, of which the other tests know nothing."""
    assert {*OTHER_ENVIRONMENT} <= {*CLOUD}
    for one, another in combinations(CLOUD, 2):
        first, second = own_settings(render(KUSTOMIZE / one)), own_settings(render(KUSTOMIZE / another))
        assert [key for key in first if first[key] == second[key]] == [], f"{one} and {another}"
