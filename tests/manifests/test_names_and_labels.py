"""Names and labels have the syntax that Kubernetes requires, which schemas do not check."""

from __future__ import annotations

import re
from collections import Counter

from blog_project import roles

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
SERVICE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
PORT = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
IMAGE = re.compile(r"([a-z0-9.-]+(:[0-9]+)?/)?[a-z0-9._-]+(/[a-z0-9._-]+)*:[\w][\w.-]{0,127}(@sha256:[0-9a-f]{64})?")


def test_each_object_has_a_valid_and_unique_name(manifests):
    # A Job's name is limited to 63 characters, because it is a label of its pods.
    forms = {"Service": SERVICE, "Namespace": LABEL, "Job": re.compile(r"(?=.{1,63}$)" + SUBDOMAIN.pattern)}
    for item in manifests.objects:
        name = item["metadata"]["name"]
        assert forms.get(item["kind"], SUBDOMAIN).fullmatch(name), f"{item['kind']} {name}"
    names = Counter((i["kind"], i["metadata"].get("namespace"), i["metadata"]["name"]) for i in manifests.objects)
    assert [name for name, count in names.items() if count > 1] == []


def test_everything_is_in_the_overlays_namespace(manifests):
    for item in manifests.objects:
        if item["kind"] != "Namespace":
            assert item["metadata"].get("namespace") == manifests.namespace, item["metadata"]["name"]


def labels_of(item):
    yield item["metadata"].get("labels", {})
    spec = item.get("spec", {})
    if isinstance(spec.get("template"), dict):
        yield spec["template"]["metadata"]["labels"]
    if isinstance(spec.get("selector"), dict):
        yield spec["selector"].get("matchLabels", {} if "matchExpressions" in spec["selector"] else spec["selector"])


def test_labels_and_annotations_have_valid_keys_and_values(manifests):
    for item in manifests.objects:
        for labels in labels_of(item):
            for key, value in labels.items():
                assert valid_key(key), key
                assert isinstance(value, str), key
                assert VALUE.fullmatch(value), f"{key}: {value}"
        for key, value in item["metadata"].get("annotations", {}).items():
            assert valid_key(key), key
            assert isinstance(value, str), key


def valid_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return bool(QUALIFIED.fullmatch(name)) and (not slash or bool(SUBDOMAIN.fullmatch(prefix)))


def test_containers_ports_volumes_variables_and_images_are_well_formed(manifests):
    for pod in manifests.pods:
        assert_distinct(container["name"] for container in pod.containers)
        assert_distinct(volume["name"] for volume in pod.spec.get("volumes", []))
        for container in pod.containers:
            assert LABEL.fullmatch(container["name"])
            assert IMAGE.fullmatch(container["image"]), container["image"]
            assert all(PORT.fullmatch(port["name"]) for port in container.get("ports", []))
            assert all(VARIABLE.fullmatch(entry["name"]) for entry in container.get("env", []))
            assert_distinct(entry["name"] for entry in container.get("env", []))
            assert_distinct(mount["mountPath"] for mount in container.get("volumeMounts", []))


def assert_distinct(values) -> None:
    values = list(values)
    assert len(values) == len(set(values)), values


def test_a_pods_role_is_its_component_label_and_names_its_deployment(manifests):
    for pod in manifests.applications():
        assert roles.parse(pod.component), pod.component
        release = pod.labels["app.kubernetes.io/instance"]
        suffix = "" if release == "stable" else f"-{release}"
        assert pod.workload == f"Deployment {roles.service(pod.component)}{suffix}"
        # The nginx container has no role.
        for container in (one for one in pod.containers if one["name"] != "edge-cache"):
            role = next(entry for entry in container["env"] if entry["name"] == "ROLE")
            assert role["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.labels['app.kubernetes.io/component']"


def test_every_role_is_deployed(manifests):
    assert {role for pod in manifests.applications() for role in roles.parse(pod.component)} == set(roles.Role)
