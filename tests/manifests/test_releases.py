"""A release is one image for all pods and one migration Job, which alone changes the schema."""

from __future__ import annotations

import copy
import re

import pytest

from tests.manifests.manifests import KUSTOMIZE, OVERLAYS, references, render

DIGEST = "sha256:" + "a" * 64


def tag(image: str) -> str:
    return image.partition("@")[0].rpartition(":")[2]


def test_every_image_has_a_version(manifests):
    for pod in manifests.pods:
        for container in pod.containers:
            assert re.search(r"\d+\.\d+\.\d+", tag(container["image"])), container["image"]


@pytest.mark.parametrize("name", ["overlays/production", "examples/canary", "examples/one-operation"])
def test_production_images_are_pinned_by_digest(name):
    for pod in render(KUSTOMIZE / name).pods:
        assert all(re.search(r"@sha256:[0-9a-f]{64}$", container["image"]) for container in pod.containers), (
            pod.workload
        )


@pytest.mark.parametrize(
    ("name", "components", "image"),
    [
        ("overlays/monolith", [], "mysql"),
        ("overlays/production", ["components/redis"], "redis"),
        ("overlays/production", ["components/edge-cache"], "nginx"),
    ],
)
def test_an_overlay_pins_the_image_of_another_program_by_digest(name, components, image, render_changed):
    changed = render_changed(
        name,
        components=components,
        namespace="broadsheet",
        images=[{"name": image, "newTag": "9.8.7", "digest": DIGEST}],
    )
    found = {c["image"] for pod in changed.pods for c in pod.containers if re.match(rf"{image}[:@]", c["image"])}
    assert found == {f"{image}:9.8.7@{DIGEST}"}


def test_all_containers_of_a_pod_have_the_same_image(manifests):
    for pod in manifests.pods:
        assert len({container["image"] for container in pod.containers}) == 1, pod.workload


def test_an_overlay_deploys_one_release(overlay):
    images = {
        c["image"] for p in overlay.pods if p.labels["app.kubernetes.io/name"] == "broadsheet" for c in p.containers
    }
    assert len(images) == 1


def test_the_migrations_name_is_its_release_and_a_digest(manifests):
    job = manifests.one("Job")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    release = tag(container["image"])
    assert re.fullmatch(rf"broadsheet-migrate-{re.escape(release)}-[a-z0-9]{{10}}", job["metadata"]["name"])
    assert job["metadata"]["labels"]["app.kubernetes.io/version"] == release


# Each changes the template of the Job under the same release.
TEMPLATE_CHANGES = {
    "memory": "{op: replace, path: /spec/template/spec/containers/0/resources/limits/memory, value: 1Gi}",
    "variable": "{op: add, path: /spec/template/spec/containers/0/env/-, value: {name: LOG_LEVEL, value: DEBUG}}",
    "volume": "{op: add, path: /spec/template/spec/volumes/-, value: {name: more, emptyDir: {}}}",
    "label": "{op: add, path: /spec/template/metadata/labels/team, value: web}",
}


@pytest.mark.parametrize("changed", TEMPLATE_CHANGES)
def test_another_template_under_the_same_release_is_another_job(changed, render_changed):
    before = render_changed("overlays/production").one("Job")["metadata"]
    patch = {"target": {"kind": "Job"}, "patch": f"- {TEMPLATE_CHANGES[changed]}"}
    after = render_changed("overlays/production", patches=[patch]).one("Job")["metadata"]
    assert after["name"] != before["name"]
    assert after["labels"] == before["labels"]


def test_the_migration_refers_to_nothing_whose_name_changes_with_its_content(manifests):
    """Kustomize makes the digest before it puts such names into the Job, so it would not change with them."""
    generated = re.compile(r"-[bcdfghkmt2456789]{10}$")
    for kind, name, _key, _optional in references(manifests.pod(f"Job {manifests.one('Job')['metadata']['name']}")):
        assert not generated.search(name), f"{kind} {name}"


def test_pods_wait_for_the_schema_and_only_the_migration_changes_it(manifests):
    for pod in manifests.applications():
        (waiting,) = pod.spec["initContainers"]
        assert "manage.py migrate --check" in waiting["command"][-1], pod.workload
        for container in pod.containers:
            commands = " ".join(container["command"] + container.get("args", []))
            assert not re.search(r"migrate(?! --check)", commands), pod.workload
    (container,) = manifests.one("Job")["spec"]["template"]["spec"]["containers"]
    assert container["command"][-1] == (
        "python manage.py wait_for_database && python manage.py migrate --noinput && "
        "python manage.py database_grants --apply"
    )


def test_the_migration_and_the_roles_have_database_users_of_their_own(manifests):
    users = {pod.workload: database_secrets(pod) for pod in manifests.applications()}
    for pod in manifests.applications():
        assert users[pod.workload] == {f"broadsheet-database-{pod.component.replace('.', '-')}"}, pod.workload
    migration = manifests.pod(f"Job {manifests.one('Job')['metadata']['name']}")
    assert database_secrets(migration) == {"broadsheet-database-migrate"}
    # The migration gets the addresses of the roles too, to create their users.
    addresses = {
        entry["name"]: entry["valueFrom"]["secretKeyRef"]["name"]
        for entry in migration.containers[0]["env"]
        if entry["name"].startswith("DATABASE_URL_")
    }
    for pod in manifests.applications():
        variable = f"DATABASE_URL_{pod.component.upper().replace('.', '_')}"
        assert {addresses[variable]} == users[pod.workload], pod.workload


@pytest.mark.parametrize("name", ["overlays/production", "overlays/staging"])
def test_the_migration_requires_every_secret_that_is_fetched_from_a_vault(name):
    manifests = render(KUSTOMIZE / name)
    fetched = {item["metadata"]["name"] for item in manifests.all("ExternalSecret")}
    migration = manifests.pod(f"Job {manifests.one('Job')['metadata']['name']}")
    needed = {secret for kind, secret, _key, optional in references(migration) if kind == "Secret" and not optional}
    # Only the roles that write images have the key of the bucket, and only the admin has that of sessions.
    assert needed == fetched - {"broadsheet-bucket", "broadsheet-sessions"}


def database_secrets(pod) -> set[str]:
    names = {source["secretRef"]["name"] for c in pod.containers for source in c["envFrom"] if "secretRef" in source}
    return names - {"broadsheet", "broadsheet-bucket", "broadsheet-sessions"}


@pytest.mark.parametrize("name", OVERLAYS)
def test_changed_settings_do_not_change_the_migration_of_a_release(name, render_changed):
    before = render_changed(name).one("Job")
    config = next(
        item["metadata"]["name"] for item in render(KUSTOMIZE / name).all("ConfigMap") if "SITE_URL" in item["data"]
    )
    literal = {"name": "broadsheet", "behavior": "merge", "literals": ["SITE_TAGLINE=Changed"]}
    namespace = render(KUSTOMIZE / name).namespace
    changed = render_changed(name, configMapGenerator=[literal | {"namespace": namespace}])
    assert changed.one("Job") == before
    # The ConfigMap has a new name, so the pods restart with the changed setting.
    names = {
        source["configMapRef"]["name"] for s in changed.applications() for source in s.containers[-1]["envFrom"][:1]
    }
    assert config not in names
    assert len(names) == 1


@pytest.mark.parametrize("name", OVERLAYS)
def test_a_new_release_is_a_new_migration_with_the_new_image(name, render_changed):
    before = render(KUSTOMIZE / name)
    job = before.one("Job")
    image = job["spec"]["template"]["spec"]["containers"][0]["image"].partition("@")[0].rpartition(":")[0]
    changed = render_changed(
        name,
        images=[{"name": image, "newTag": "0.2.0", "digest": DIGEST}],
        patches=[
            {
                "target": {"kind": "Job"},
                "patch": "- {op: replace, path: /metadata/name, value: broadsheet-migrate-0.2.0}",
                "options": {"allowNameChange": True},
            }
        ],
    )
    after = changed.one("Job")
    assert after["metadata"]["name"] != job["metadata"]["name"]
    images = {
        c["image"] for p in changed.pods if p.labels["app.kubernetes.io/name"] == "broadsheet" for c in p.containers
    }
    assert images == {f"{image}:0.2.0@{DIGEST}"}
    assert strip(after) == strip(job)


def strip(job: dict) -> dict:
    job = copy.deepcopy(job)
    del job["metadata"]["labels"]["app.kubernetes.io/version"]
    job["metadata"]["name"] = job["spec"]["template"]["spec"]["containers"][0]["image"] = ""
    return job


def test_a_failed_migration_is_retried_and_a_finished_one_is_deleted(manifests):
    spec = manifests.one("Job")["spec"]
    # With `Never`, the last failed pod and its log are kept after the Job's attempts.
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["backoffLimit"] >= 3
    assert spec["ttlSecondsAfterFinished"] >= 3600
