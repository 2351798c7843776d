"""Each role scales independently, within bounds, and scales down slowly."""

from __future__ import annotations

from blog_project.roles import Role


def test_an_autoscaler_targets_a_deployment_with_cpu_requests(manifests):
    for item in manifests.all("HorizontalPodAutoscaler"):
        target = item["spec"]["scaleTargetRef"]
        assert (target["apiVersion"], target["kind"]) == ("apps/v1", "Deployment")
        assert target["name"] == item["metadata"]["name"]
        deployment = manifests.one("Deployment", target["name"])
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            assert container["resources"]["requests"]["cpu"]
        assert [metric["resource"]["name"] for metric in item["spec"]["metrics"]] == ["cpu"]


def test_an_autoscaler_has_valid_bounds_and_scales_down_slowly(manifests):
    for item in manifests.all("HorizontalPodAutoscaler"):
        assert 1 <= item["spec"]["minReplicas"] <= item["spec"]["maxReplicas"], item["metadata"]["name"]
        assert item["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300


def test_no_deployment_of_the_blog_sets_replicas(manifests):
    for pod in manifests.applications():
        # `kubectl apply` would reset the number that the autoscaler, or an operator who froze the site, has set.
        assert "replicas" not in manifests.one(*pod.workload.split())["spec"], pod.workload


def test_every_role_in_production_has_at_least_two_pods_and_its_own_bounds(render_changed):
    scalers = render_changed("overlays/production").all("HorizontalPodAutoscaler")
    bounds = {item["metadata"]["name"]: (item["spec"]["minReplicas"], item["spec"]["maxReplicas"]) for item in scalers}
    assert len(bounds) == len(Role)
    assert all(least >= 2 for least, _ in bounds.values())
    assert bounds["broadsheet-read"][1] > bounds["broadsheet-update"][1] > bounds["broadsheet-delete"][1]


def test_a_rollout_removes_a_pod_only_after_its_successor_is_ready(manifests):
    for pod in manifests.applications():
        spec = manifests.one(*pod.workload.split())["spec"]
        assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}, pod.workload
        assert spec["minReadySeconds"] > 0
