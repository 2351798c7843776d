"""References of pods exist, their settings are documented and valid, and the repository has no passwords."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.manifests.manifests import KUSTOMIZE, OVERLAYS, ROOT, created_in_comments, references, render

KUBERNETES_SETTINGS = {"MYSQL_DATABASE", "MYSQL_ROOT_PASSWORD"}
"""Environment variables of other images."""
KEYS = {
    "broadsheet": {"SIGNING_KEY"},
    "broadsheet-sessions": {"SECRET_KEY"},
    "broadsheet-mysql": {"MYSQL_ROOT_PASSWORD"},
    "broadsheet-bucket": {"MEDIA_ACCESS_KEY", "MEDIA_SECRET_KEY"},
}
"""The keys of Secrets. All other Secrets have the key DATABASE_URL."""


def provided(manifests) -> set[tuple[str, str]]:
    rendered = {(item["kind"], item["metadata"]["name"]) for item in manifests.all("ConfigMap", "Secret")}
    fetched = {
        ("Secret", item["spec"].get("target", {}).get("name", item["metadata"]["name"]))
        for item in manifests.all("ExternalSecret")
    }
    return rendered | fetched | created_manually(manifests)


def created_manually(manifests) -> set[tuple[str, str]]:
    """Return the objects that the comments of the overlay and its components tell the operator to create."""
    files = []
    if manifests.all("StatefulSet") and manifests.one("Gateway")["spec"]["listeners"][0].get("hostname"):
        files.append(KUSTOMIZE / "overlays" / "monolith" / "kustomization.yaml")
    if any(item["metadata"]["name"] == "broadsheet-external-database" for item in manifests.all("NetworkPolicy")):
        files.append(KUSTOMIZE / "database-client" / "kustomization.yaml")
    names = created_in_comments(*files)
    if not manifests.all("Secret", "ExternalSecret", "StatefulSet"):
        # docs/operations.md has the commands that create them; test_runbooks.py checks these.
        users = [pod.component.replace(".", "-") for pod in manifests.applications()]
        names |= {("Secret", f"broadsheet-database-{user}") for user in ["migrate", *users]} | {
            ("Secret", "broadsheet"),
            ("Secret", "broadsheet-sessions"),
        }
    return names


def test_every_secret_and_config_map_that_a_pod_needs_is_provided(manifests):
    available = provided(manifests)
    for pod in manifests.pods:
        for kind, name, _, optional in references(pod):
            assert optional or (kind, name) in available, f"{pod.workload} needs the {kind} {name}"


def test_every_provided_secret_and_config_map_is_used(manifests):
    read = {(kind, name) for pod in manifests.pods for kind, name, _, _ in references(pod)}
    read_by_others = {("Secret", "broadsheet-tls"), ("ConfigMap", "broadsheet-dashboard")}
    assert provided(manifests) - read <= read_by_others


def test_every_volume_exists_and_is_mounted(manifests):
    for pod in manifests.pods:
        claims = [
            claim["metadata"]["name"]
            for item in manifests.all("StatefulSet")
            if pod.workload == f"StatefulSet {item['metadata']['name']}"
            for claim in item["spec"]["volumeClaimTemplates"]
        ]
        volumes = {*claims, *(volume["name"] for volume in pod.spec.get("volumes", []))}
        mounted = {mount["name"] for container in pod.containers for mount in container.get("volumeMounts", [])}
        assert mounted == volumes, pod.workload


def test_every_setting_is_documented(manifests):
    documented = set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    names = {entry["name"] for pod in manifests.pods for c in pod.containers for entry in c.get("env", [])}
    names |= {name for item in manifests.all("ConfigMap") for name in item["data"] if name.isupper()}
    names = {name for name in names if not name.startswith("DATABASE_URL_")} - KUBERNETES_SETTINGS
    assert names <= documented, f"not in .env.example: {sorted(names - documented)}"


CHECK = """
import json, django
django.setup()
from apps.server import checks
print(json.dumps([message.id for message in checks.check_settings()]))
"""


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_process_accepts_its_settings(name, tmp_path):
    manifests = render(KUSTOMIZE / name)
    for pod in [manifests.applications()[0], *(pod for pod in manifests.pods if pod.component == "migrate")]:
        result = subprocess.run(
            [sys.executable, "-c", CHECK],
            env={
                "PATH": os.environ["PATH"],
                "DJANGO_SETTINGS_MODULE": "blog_project.settings",
                "SECRET_KEY": "x" * 50,
                "DATABASE_URL": "mysql://user:password@db.example.org/broadsheet?ssl_mode=VERIFY_IDENTITY",
                **manifests.environment(pod.containers[-1]),
                "ROLE": "create",
                "FILE_UPLOAD_TEMP_DIR": str(tmp_path),  # A volume.
            },
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout) == [], pod.workload


def test_only_the_local_overlay_contains_passwords():
    for name in OVERLAYS:
        manifests = render(KUSTOMIZE / name)
        if name != "overlays/local":
            assert manifests.all("Secret") == []
            text = json.dumps(manifests.objects)
            assert not re.search(r"://[^\"/@ ]+:[^\"/@ ]+@", text), name
            for pod in manifests.pods:
                for container in pod.containers:
                    for variable in manifests.environment(container):
                        assert not re.search(r"PASSWORD|SECRET|TOKEN|DATABASE_URL", variable), f"{name}: {variable}"


def test_every_secret_of_the_local_overlay_has_the_required_keys():
    manifests = render(KUSTOMIZE / "overlays/local")
    secrets = {item["metadata"]["name"]: set(item["data"]) for item in manifests.all("Secret")}
    assert secrets == {name: KEYS.get(name, {"DATABASE_URL"}) for name in secrets}


def test_the_commands_in_the_monolith_overlay_create_the_required_keys():
    text = (KUSTOMIZE / "overlays/monolith/kustomization.yaml").read_text()
    created = {
        name: set(re.findall(r"--from-literal=(\w+)=", rest))
        for name, rest in re.findall(r"create secret generic (\S+) (.*)", text)
    }
    assert created == {name: KEYS.get(name, {"DATABASE_URL"}) for name in created}
    assert {
        "broadsheet",
        "broadsheet-sessions",
        "broadsheet-mysql",
        "broadsheet-database-migrate",
        "broadsheet-database-all",
    } == set(created)


def test_every_https_listener_names_the_certificate(manifests):
    for listener in manifests.one("Gateway")["spec"]["listeners"]:
        if listener["protocol"] == "HTTPS":
            assert listener["tls"]["certificateRefs"] == [{"name": "broadsheet-tls"}]


def test_only_pods_that_serve_the_admin_have_the_key_of_sessions(manifests):
    for pod in manifests.applications():
        has_key = any(name == "broadsheet-sessions" for _kind, name, _key, _optional in references(pod))
        assert has_key == ("admin" in pod.component.split(".") or pod.component == "all"), pod.workload
    for pod in manifests.pods:
        if pod not in manifests.applications():
            assert "broadsheet-sessions" not in json.dumps(pod.spec), pod.workload
