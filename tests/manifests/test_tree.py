"""The manifests stay small and say everything once."""

from __future__ import annotations

import re

import yaml

from blog_project import roles
from tests.manifests.manifests import EXAMPLES, KUSTOMIZE, OVERLAYS, SHIPPED

SCREEN, SHORT = 52, 20
"""Lines."""
CLOUD = "overlays/cloud"


def kustomization(folder: str) -> tuple[list[str], dict]:
    text = (KUSTOMIZE / folder / "kustomization.yaml").read_text()
    return text.splitlines(), yaml.safe_load(text)


def test_a_role_is_its_pods_and_what_it_tells_the_migration():
    folders = {path.name for path in (KUSTOMIZE / "roles").iterdir() if path.is_dir()}
    assert folders == {*roles.Role, roles.ALL}
    for name in folders:
        folder = KUSTOMIZE / "roles" / name
        files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert files == {"kustomization.yaml", "pods/kustomization.yaml"}
        lines, content = kustomization(f"roles/{name}")
        assert len(lines) < SHORT, name
        assert content["resources"] == ["pods"]
        lines, content = kustomization(f"roles/{name}/pods")
        assert len(lines) < SHORT, name
        assert content["resources"] == ["../../../workload"]


def test_a_role_is_named_by_its_folder_and_its_line_alone():
    # Routes are printed by manage.py httproute; the components named here are about one role by their nature.
    may = re.compile(r"(roles|routing|examples|components/(edge-cache|housekeeping))/")
    names = "|".join(
        rf"broadsheet-(database-)?{r}\b|DATABASE_URL_{r.upper()}|component\W+(in \()?{r}\b" for r in roles.Role
    )
    for path in KUSTOMIZE.rglob("*.yaml"):
        text = re.sub("#.*", "", path.read_text())
        assert may.match(str(path.relative_to(KUSTOMIZE))) or not re.search(names, text), path


def test_an_environment_in_the_cloud_is_short_and_adds_to_what_they_share():
    for name in ("overlays/staging", "overlays/production"):
        lines, content = kustomization(name)
        assert len(lines) <= SHORT, name
        assert content["components"][0] == "../cloud"
        assert not content.get("resources")


def test_an_overlay_fits_a_screen():
    for name in [*SHIPPED, *EXAMPLES]:
        assert len(kustomization(name)[0]) <= SCREEN, name


def test_there_is_one_deployment_of_the_blog_in_the_tree():
    kinds = ["Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget"]
    found = {kind: [] for kind in kinds}
    for path in KUSTOMIZE.rglob("*.yaml"):
        if path.name == "kustomization.yaml":
            continue
        for item in yaml.safe_load_all(path.read_text()):
            if item and item.get("kind") in found and item["metadata"]["name"] == "broadsheet":
                found[item["kind"]].append(path.relative_to(KUSTOMIZE).parts[0])
    assert found == {kind: ["workload"] for kind in kinds}


def test_every_component_is_used_by_an_overlay_or_offered_by_one():
    texts = "".join((KUSTOMIZE / name / "kustomization.yaml").read_text() for name in [*OVERLAYS, CLOUD])
    for path in (KUSTOMIZE / "components").iterdir():
        if (path / "kustomization.yaml").exists():
            assert f"../../components/{path.name}" in texts, path.name
