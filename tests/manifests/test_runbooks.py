"""docs/operations.md: each alert has a runbook, and everything that the guide mentions exists."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from tests.manifests.manifests import KUSTOMIZE, ROOT, references, render
from tests.manifests.test_monitoring import ALERTS
from tests.programs import need

GUIDE = (ROOT / "docs" / "operations.md").read_text()
SECRETS = re.search(r"<!-- secrets -->\n```sh\n(.*?)```", GUIDE, re.DOTALL)[1]


def runbooks() -> dict[str, str]:
    """Return the text of each runbook by the name of its alert."""
    alerts = re.search(r"^## Alerts\n(.*?)^## ", GUIDE, re.MULTILINE | re.DOTALL)[1]
    parts = re.split(r"^### (.+)\n", alerts, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def anchor(heading: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_alert_has_a_runbook_and_every_runbook_an_alert():
    assert set(runbooks()) == set(ALERTS)
    for alert, rule in ALERTS.items():
        assert rule["annotations"]["runbook_url"] == f"RUNBOOKS#{anchor(alert)}"


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_a_runbook_explains_the_meaning_the_diagnosis_and_the_remedy(alert):
    text = runbooks()[alert]
    assert re.findall(r"^- \*\*(Means|Look at|Do)\*\*", text, re.MULTILINE) == ["Means", "Look at", "Do"]
    assert f"{ALERTS[alert]['labels']['severity'].title()}." in text.split("**Look at**")[0]


def test_every_link_has_an_existing_target():
    for target in re.findall(r"\]\(([^)]+)\)", GUIDE):
        name, _hash, fragment = target.partition("#")
        file = ROOT / "docs" / (name or "operations.md")
        assert file.exists(), target
        headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE) if fragment else []
        assert not fragment or fragment in map(anchor, headings), target


def test_every_file_and_folder_in_the_guide_exists():
    named = set(re.findall(r"\b(?:deploy/kustomize|tools|benchmarks|tests|docs)/[\w./-]*\w", GUIDE)) - {
        "deploy/kustomize/overlays/mine"
    }
    named |= {
        f"deploy/kustomize/{path}" for path in re.findall(r"`((?:components|examples|overlays|roles)/[\w-]+)", GUIDE)
    }
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path.replace("<role>", "")).exists()] == []


def test_the_commands_in_the_guide_create_the_secrets_of_production(tmp_path):
    kubectl = need("kubectl")
    created = tmp_path / "made.yaml"
    dry_run = f'kubectl() {{ {kubectl} "$@" --dry-run=client --output=yaml >>{created} && echo --- >>{created}; }}\n'
    subprocess.run(["bash", "-euc", dry_run + SECRETS], input="a-password\n", text=True, check=True, cwd=tmp_path)
    secrets = [item for item in yaml.safe_load_all(created.read_text()) if item]
    production = render(KUSTOMIZE / "overlays" / "production")
    required = {
        name
        for pod in production.pods
        for kind, name, _key, optional in references(pod)
        if kind == "Secret" and not optional
    }
    assert {item["metadata"]["name"] for item in secrets} == required
    assert {item["metadata"]["namespace"] for item in secrets} == {production.namespace}
    assert {key for item in secrets for key in item["data"]} == {"SIGNING_KEY", "SECRET_KEY", "DATABASE_URL"}


def test_every_deployment_and_metric_in_the_guide_exists():
    production = render(KUSTOMIZE / "overlays" / "production")
    deployments = {item["metadata"]["name"] for item in production.all("Deployment")}
    named = set(re.findall(r"deploy(?:ment)?[ /](broadsheet-\w+)", GUIDE)) - {"broadsheet-"}
    assert named
    assert named <= deployments
    # Names in lower case are metrics; settings are in capitals.
    for name in re.findall(r"^\| `([a-z_]+)`", GUIDE, re.MULTILINE):
        if "_" in name:
            assert name.removesuffix("_total") in (ROOT / "apps" / "core" / "metrics.py").read_text(), name
