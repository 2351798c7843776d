"""docs/operations.md: an alert's link finds its runbook, and what the page names exists."""

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
    """The text of each alert's part, by its heading."""
    alerts = re.search(r"^## Alerts\n(.*?)^## ", GUIDE, re.MULTILINE | re.DOTALL)[1]
    parts = re.split(r"^### (.+)\n", alerts, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def anchor(heading: str) -> str:
    """What a link calls a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_alert_has_a_runbook_and_every_runbook_an_alert():
    assert set(runbooks()) == set(ALERTS)
    for alert, rule in ALERTS.items():
        assert rule["annotations"]["runbook_url"] == f"RUNBOOKS#{anchor(alert)}"


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_a_runbook_says_what_it_means_what_to_look_at_and_what_to_do(alert):
    text = runbooks()[alert]
    assert re.findall(r"^- \*\*(Means|Look at|Do)\*\*", text, re.MULTILINE) == ["Means", "Look at", "Do"]
    assert f"{ALERTS[alert]['labels']['severity'].title()}." in text.split("**Look at**")[0]


def test_every_link_leads_somewhere():
    headings = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", GUIDE):
        if target.startswith("#"):
            assert target[1:] in headings, target
        else:
            assert (ROOT / "docs" / target).exists(), target


def test_every_file_and_folder_that_it_names_exists():
    named = set(re.findall(r"\b(?:deploy/kustomize|tools|benchmarks|tests|docs)/[\w./-]*\w", GUIDE)) - {
        "deploy/kustomize/overlays/mine"
    }
    named |= {
        f"deploy/kustomize/{path}" for path in re.findall(r"`((?:components|examples|overlays|roles)/[\w-]+)", GUIDE)
    }
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path.replace("<role>", "")).exists()] == []


def test_the_secrets_made_by_hand_are_those_that_production_asks_for(tmp_path):
    kubectl = need("kubectl")
    made = tmp_path / "made.yaml"
    dry = f'kubectl() {{ {kubectl} "$@" --dry-run=client --output=yaml >>{made} && echo --- >>{made}; }}\n'
    subprocess.run(["bash", "-euc", dry + SECRETS], input="a-password\n", text=True, check=True, cwd=tmp_path)
    secrets = [item for item in yaml.safe_load_all(made.read_text()) if item]
    production = render(KUSTOMIZE / "overlays" / "production")
    asked_for = {
        name
        for pod in production.pods
        for kind, name, _key, optional in references(pod)
        if kind == "Secret" and not optional
    }
    assert {item["metadata"]["name"] for item in secrets} == asked_for
    assert {item["metadata"]["namespace"] for item in secrets} == {production.namespace}
    assert {key for item in secrets for key in item["data"]} == {"SECRET_KEY", "DATABASE_URL"}


def test_every_deployment_and_metric_that_it_names_exists():
    production = render(KUSTOMIZE / "overlays" / "production")
    deployments = {item["metadata"]["name"] for item in production.all("Deployment")}
    named = set(re.findall(r"deploy(?:ment)?[ /](broadsheet-\w+)", GUIDE)) - {"broadsheet-"}
    assert named
    assert named <= deployments
    # Settings are in capitals.
    for name in re.findall(r"^\| `([a-z_]+)`", GUIDE, re.MULTILINE):
        if "_" in name:
            assert name.removesuffix("_total") in (ROOT / "apps" / "core" / "metrics.py").read_text(), name
