"""Each workload that connects to the database has its certificate, settings and secrets, and can reach it."""

from __future__ import annotations

import shutil

import pytest
import yaml

from tests.manifests.manifests import KUSTOMIZE, Manifests, Pod, reaches, references, render
from tests.manifests.test_network_reachability import DATABASES, DNS, MYSQL, RESOLVER

LABEL = {"broadsheet/database": "client"}
CERTIFICATE = {"name": "database-ca", "mountPath": "/etc/broadsheet/database", "readOnly": True}
EXTERNAL = {**DATABASES, "examples/two-deployments": "10.0.64.7", "examples/canary": "10.0.64.7"}
EXTERNAL |= {"examples/one-operation": "10.0.64.7"}


def connects(pod: Pod) -> bool:
    """Return whether a pod runs the blog's code or knows an address of the database."""
    names = {name for kind, name, _key, _optional in references(pod) if kind == "Secret"}
    images = {container["image"].partition(":")[0].rpartition("/")[2] for container in pod.containers}
    return "broadsheet" in images or any(name.startswith("broadsheet-database") for name in names)


def test_every_workload_that_connects_has_the_label(manifests):
    labelled = {
        f"{item['kind']} {item['metadata']['name']}"
        for item in manifests.objects
        if item["metadata"].get("labels", {}).items() >= LABEL.items()
    }
    assert labelled == {pod.workload for pod in manifests.pods if connects(pod)}
    assert any(workload.startswith("Job ") for workload in labelled)


def test_every_container_that_connects_has_the_certificate(manifests):
    for pod in filter(connects, manifests.pods):
        (volume,) = [volume for volume in pod.spec["volumes"] if volume["name"] == CERTIFICATE["name"]]
        assert volume["configMap"] == {"name": "broadsheet-database-ca", "optional": True}, pod.workload
        for container in pod.containers:
            if container["name"] != "edge-cache":
                assert container["volumeMounts"].count(CERTIFICATE) == 1, f"{pod.workload} {container['name']}"


def test_every_container_that_connects_has_settings_and_secrets(manifests):
    (settings,) = [item["metadata"]["name"] for item in manifests.all("ConfigMap") if "SITE_URL" in item["data"]]
    for pod in filter(connects, manifests.pods):
        for container in pod.containers:
            sources = [(kind, of["name"]) for source in container["envFrom"] for kind, of in source.items()]
            assert len(sources) == len(set(sources)), pod.workload
            assert ("secretRef", "broadsheet") in sources, pod.workload
            assert any(name.startswith("broadsheet-database-") for _kind, name in sources), pod.workload
            # The template of a Job cannot change with the settings (docs/decisions/0009).
            assert (("configMapRef", settings) in sources) == (not pod.workload.startswith("Job ")), pod.workload


def test_every_workload_that_connects_reaches_the_database_and_dns(manifests, request):
    database = EXTERNAL.get(request.node.callspec.params["manifests"])
    if not database:
        database = manifests.pod("StatefulSet broadsheet-mysql")
    for pod in filter(connects, manifests.pods):
        assert reaches(manifests, pod, database, MYSQL), pod.workload
        assert reaches(manifests, pod, RESOLVER, DNS, "UDP"), pod.workload


@pytest.mark.parametrize(
    "changed", ["overlays/cloud", "overlays/monolith", "overlays/local", "examples/two-deployments"]
)
def test_the_order_of_the_components_between_the_first_and_the_last_does_not_matter(changed, tmp_path):
    """The deployments come first and the release comes last, as the comments of these components say."""
    shutil.copytree(KUSTOMIZE, tmp_path / "kustomize")
    file = tmp_path / "kustomize" / changed / "kustomization.yaml"
    content = yaml.safe_load(file.read_text())
    pods = [path for path in content["components"] if "components" not in path]
    others = [path for path in content["components"] if path not in (*pods, "../../components/release")]
    assert len(others) > 3
    content["components"] = [*pods, *reversed(others), "../../components/release"]
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    name = changed.replace("cloud", "production")
    before, after = render(KUSTOMIZE / name), render(tmp_path.resolve() / "kustomize" / name)
    assert identified(after) == identified(before)


def identified(manifests: Manifests) -> dict:
    return {(item["kind"], item["metadata"]["name"]): item for item in manifests.objects}


POD = {
    "containers": [
        {
            "name": "report",
            "image": "report:1.0.0",
            "envFrom": [{"secretRef": {"name": "report"}}],
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
        }
    ],
    "volumes": [{"name": "tmp", "emptyDir": {}}],
}


def workload(kind: str) -> dict:
    """Return a workload of an operator, which has the label."""
    spec = {"template": {"metadata": {"labels": {"app": "report"}}, "spec": POD}}
    version = "batch/v1" if kind.endswith("Job") else "apps/v1"
    metadata = {"name": "report", "labels": LABEL}
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": metadata,
        "spec": {"jobTemplate": {"spec": spec}} if kind == "CronJob" else spec,
    }


def test_the_label_is_enough_for_a_workload_of_any_kind(tmp_path):
    kinds = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"]
    shutil.copytree(KUSTOMIZE / "database-client", tmp_path / "database-client")
    own = tmp_path / "own"
    own.mkdir()
    (own / "own.yaml").write_text(yaml.safe_dump_all(map(workload, kinds)))
    (own / "namespace.yaml").write_text((KUSTOMIZE / "namespace" / "namespace.yaml").read_text())
    (own / "kustomization.yaml").write_text(
        yaml.safe_dump({"resources": ["own.yaml", "namespace.yaml"], "components": ["../database-client"]})
    )
    manifests = render(own.resolve())
    assert {pod.workload for pod in manifests.pods} == {f"{kind} report" for kind in kinds}
    for pod in manifests.pods:
        (container,) = pod.containers
        names = {of["name"] for source in container["envFrom"] for of in source.values()}
        settings = set() if pod.workload.startswith("Job ") else {"broadsheet-redis"}
        assert {"report", "broadsheet"} | settings == names, pod.workload
        assert CERTIFICATE in container["volumeMounts"], pod.workload
        assert "database-ca" in {volume["name"] for volume in pod.spec["volumes"]}, pod.workload
