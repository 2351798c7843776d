"""Each operation scales by itself, within bounds, and slowly down."""

from __future__ import annotations

from blog_project.roles import Role


def test_an_autoscaler_rules_a_deployment_whose_containers_request_processor_time(manifests):
    for item in manifests.all("HorizontalPodAutoscaler"):
        target = item["spec"]["scaleTargetRef"]
        assert (target["apiVersion"], target["kind"]) == ("apps/v1", "Deployment")
        assert target["name"] == item["metadata"]["name"]
        deployment = manifests.one("Deployment", target["name"])
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            assert container["resources"]["requests"]["cpu"]
        assert [metric["resource"]["name"] for metric in item["spec"]["metrics"]] == ["cpu"]


def test_an_autoscalers_bounds_make_sense_and_it_scales_down_slowly(manifests):
    for item in manifests.all("HorizontalPodAutoscaler"):
        assert 1 <= item["spec"]["minReplicas"] <= item["spec"]["maxReplicas"], item["metadata"]["name"]
        assert item["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300


def test_no_deployment_of_the_blog_states_replicas(manifests):
    for pod in manifests.applications():
        # An apply would set back what the autoscaler, or who froze the site by scaling to zero, has chosen.
        assert "replicas" not in manifests.one(*pod.workload.split())["spec"], pod.workload


def test_in_production_every_operation_has_two_pods_at_least_and_numbers_of_its_own(render_changed):
    scalers = render_changed("overlays/production").all("HorizontalPodAutoscaler")
    bounds = {item["metadata"]["name"]: (item["spec"]["minReplicas"], item["spec"]["maxReplicas"]) for item in scalers}
    assert len(bounds) == len(Role)
    assert all(least >= 2 for least, _ in bounds.values())
    assert bounds["broadsheet-read"][1] > bounds["broadsheet-update"][1] > bounds["broadsheet-delete"][1]


def test_a_rollout_takes_no_pod_away_before_its_successor_serves(manifests):
    for pod in manifests.applications():
        spec = manifests.one(*pod.workload.split())["spec"]
        assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}, pod.workload
        assert spec["minReadySeconds"] > 0
