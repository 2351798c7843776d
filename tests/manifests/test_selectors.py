"""A selector matches the pods of its workload, and no others."""

from __future__ import annotations

from tests.manifests.manifests import matches


def test_a_workload_selects_only_its_own_pods(manifests):
    for item in manifests.all("Deployment", "StatefulSet"):
        assert manifests.selected(item["spec"]["selector"]) == {f"{item['kind']} {item['metadata']['name']}"}


def test_a_service_selects_only_the_workload_of_its_name(manifests):
    for item in manifests.all("Service"):
        selected = manifests.selected({"matchLabels": item["spec"]["selector"]})
        assert len(selected) == 1, item["metadata"]["name"]
        (workload,) = selected
        assert workload.split()[1] == item["metadata"]["name"]


def test_a_services_ports_exist_in_its_pods(manifests):
    for item in manifests.all("Service"):
        (workload,) = manifests.selected({"matchLabels": item["spec"]["selector"]})
        for port in item["spec"]["ports"]:
            assert port["targetPort"] in manifests.pod(workload).ports(), item["metadata"]["name"]


def test_no_service_exposes_the_metrics(manifests):
    for item in manifests.all("Service"):
        if item["spec"]["selector"]["app.kubernetes.io/name"] == "broadsheet":
            assert [(port["name"], port["port"], port["targetPort"]) for port in item["spec"]["ports"]] == [
                ("http", 80, "http")
            ]


def test_a_disruption_budget_selects_one_deployment(manifests):
    for item in manifests.all("PodDisruptionBudget"):
        assert manifests.selected(item["spec"]["selector"]) == {f"Deployment {item['metadata']['name']}"}
        assert item["spec"]["maxUnavailable"] == 1


def test_each_autoscaled_deployment_has_a_disruption_budget(manifests):
    scaled = {item["spec"]["scaleTargetRef"]["name"] for item in manifests.all("HorizontalPodAutoscaler")}
    assert {item["metadata"]["name"] for item in manifests.all("PodDisruptionBudget")} == scaled


def test_the_pods_of_each_deployment_are_spread_over_zones_and_nodes(manifests):
    for pod in manifests.applications():
        spread = pod.spec["topologySpreadConstraints"]
        assert {rule["topologyKey"] for rule in spread} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
        for rule in spread:
            assert manifests.selected(rule["labelSelector"]) == {pod.workload}


def test_every_network_policy_selects_pods(manifests):
    for item in manifests.all("NetworkPolicy"):
        assert any(matches(item["spec"]["podSelector"], pod.labels) for pod in manifests.pods), item["metadata"]["name"]
