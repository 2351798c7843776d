"""Every pod, including the database's, meets the restricted Pod Security Standard and stricter rules."""

from __future__ import annotations


def test_the_namespace_enforces_the_restricted_standard(manifests):
    assert manifests.namespace_labels()["pod-security.kubernetes.io/enforce"] == "restricted"


def test_no_container_runs_as_root_or_can_gain_privileges(manifests):
    for pod in manifests.pods:
        settings = pod.spec["securityContext"]
        assert settings["runAsNonRoot"] is True, pod.workload
        assert settings["runAsUser"] > 0, pod.workload
        assert settings["runAsGroup"] > 0, pod.workload
        assert settings["seccompProfile"] == {"type": "RuntimeDefault"}, pod.workload
        for container in pod.containers:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, pod.workload
            assert own["capabilities"] == {"drop": ["ALL"]}, pod.workload
            assert set(own) <= {"allowPrivilegeEscalation", "capabilities", "readOnlyRootFilesystem"}, pod.workload


def test_the_blog_runs_as_the_user_of_its_image(manifests):
    for pod in manifests.pods:
        if pod.labels["app.kubernetes.io/name"] == "broadsheet":
            assert pod.spec["securityContext"]["runAsUser"] == 10001, pod.workload


def test_root_file_systems_are_read_only_and_writable_volumes_are_limited(manifests):
    for pod in manifests.pods:
        assert all(c["securityContext"]["readOnlyRootFilesystem"] for c in pod.containers), pod.workload
        for volume in pod.spec.get("volumes", []):
            kinds = set(volume) - {"name"}
            assert kinds <= {"emptyDir", "configMap", "persistentVolumeClaim"}, f"{pod.workload}: {volume['name']}"
            if "emptyDir" in volume:
                assert volume["emptyDir"].get("sizeLimit"), f"{pod.workload}: {volume['name']}"
        if pod.labels["app.kubernetes.io/name"] == "broadsheet":
            media = {MEDIA: "broadsheet-media"} if MEDIA in writable(pod) else {}
            # Uploads are on disk, where a memory limit does not count them.
            uploads = {"/uploads": None} if pod.workload.startswith("Deployment") else {}
            assert writable(pod) == {"/tmp": "Memory", **uploads, **media}, pod.workload


MEDIA = "/srv/broadsheet/var/media"
"""The folder of uploaded images without a bucket: the default of MEDIA_ROOT in the container image."""


def test_images_are_stored_on_a_shared_volume_or_in_a_bucket_of_the_writing_roles(shipped):
    for pod in shipped.applications():
        settings = shipped.environment(pod.containers[-1])
        has_key = any(c.get("secretRef", {}).get("name") == "broadsheet-bucket" for c in pod.containers[-1]["envFrom"])
        if "MEDIA_BUCKET" in settings:
            writes = bool({"create", "delete", "admin"} & set(pod.component.split(".")))
            assert has_key == writes, pod.workload
            assert MEDIA not in writable(pod)
        elif shipped.all("PersistentVolumeClaim"):
            assert writable(pod)[MEDIA] == "broadsheet-media", pod.workload
            assert pod.spec["securityContext"]["fsGroup"] == pod.spec["securityContext"]["runAsGroup"]


def test_roles_that_decode_images_have_enough_memory(manifests):
    for pod in manifests.applications():
        limit = int(pod.containers[-1]["resources"]["limits"]["memory"].removesuffix("Mi"))
        decodes = {"create", "admin", "all"} & set(pod.component.split("."))
        assert limit >= (768 if decodes else 1), pod.workload


def writable(pod) -> dict[str, str]:
    volumes = {volume["name"]: volume for volume in pod.spec["volumes"]}
    return {
        mount["mountPath"]: volumes[mount["name"]].get("emptyDir", {}).get("medium")
        or volumes[mount["name"]].get("persistentVolumeClaim", {}).get("claimName")
        for container in pod.containers
        for mount in container["volumeMounts"]
        if not mount.get("readOnly")
    }


def test_no_pod_shares_the_nodes_namespaces_or_ports(manifests):
    for pod in manifests.pods:
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod.spec), pod.workload
        assert all("hostPort" not in port for c in pod.containers for port in c.get("ports", [])), pod.workload


def test_each_pod_has_its_own_service_account_without_a_token(manifests):
    accounts = {item["metadata"]["name"]: item for item in manifests.all("ServiceAccount")}
    used = [pod.spec["serviceAccountName"] for pod in manifests.pods]
    assert sorted(used) == sorted(accounts)
    assert all(account["automountServiceAccountToken"] is False for account in accounts.values())
    for pod in manifests.pods:
        assert pod.spec["automountServiceAccountToken"] is False, pod.workload
        # Service links would add variables such as BROADSHEET_READ_PORT, which could be taken for settings.
        assert pod.spec["enableServiceLinks"] is False, pod.workload


def test_every_container_has_resource_requests_and_a_memory_limit(manifests):
    for pod in manifests.pods:
        for container in pod.containers:
            resources = container["resources"]
            assert set(resources["requests"]) == {"cpu", "memory"}, pod.workload
            # A CPU limit would throttle requests on an idle node; a memory limit protects the node.
            assert set(resources["limits"]) == {"memory"}, pod.workload
