"""The image as the Dockerfile defines it, checked without a build: its content, command and user."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    """Return the arguments of every instruction of a name, with continued lines joined."""
    lines = (line for line in DOCKERFILE.splitlines() if not line.lstrip().startswith("#"))
    joined = "\n".join(lines).replace("\\\n", " ")
    return [" ".join(text.split()) for text in re.findall(rf"^{name} (.*)$", joined, re.MULTILINE)]


def variables() -> dict[str, str]:
    """Return the environment variables that the image sets."""
    return dict(pair.split("=", 1) for line in instructions("ENV") for pair in line.split())


@pytest.fixture(scope="module")
def container() -> dict:
    """The container in the workload's Deployment."""
    deployment = yaml.safe_load((ROOT / "deploy/kustomize/workload/deployment.yaml").read_text())
    return deployment["spec"]["template"]["spec"]["containers"][0]


def test_every_stage_starts_from_one_base_image_pinned_by_digest():
    [base] = [line.split("=", 1)[1] for line in instructions("ARG") if line.startswith("BASE_IMAGE=")]
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", base)
    assert {line.split()[0] for line in instructions("FROM")} == {"${BASE_IMAGE}"}


def test_the_image_starts_the_command_of_a_pod(container):
    assert yaml.safe_load(instructions("CMD")[-1]) == container["command"]


def test_the_image_listens_on_the_ports_of_a_pod(container):
    stated = {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}
    both = stated.keys() & variables().keys()
    assert {name: stated[name] for name in both} == {name: variables()[name] for name in both}
    ports = {str(port["containerPort"]) for port in container["ports"]}
    assert set(instructions("EXPOSE")[0].split()) == ports == {variables()["PORT"], variables()["METRICS_PORT"]}


def test_the_image_runs_as_the_user_of_the_workload(container):
    deployment = yaml.safe_load((ROOT / "deploy/kustomize/workload/deployment.yaml").read_text())
    user = deployment["spec"]["template"]["spec"]["securityContext"]
    assert instructions("USER") == [f"{user['runAsUser']}:{user['runAsGroup']}"]


def test_the_image_sets_no_variables_of_a_deployment():
    assert set(variables()) == {
        *("PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "MALLOC_ARENA_MAX", "RELEASE"),
        *("STATIC_ROOT", "BIND", "PORT", "METRICS_PORT"),
    }
    assert [line.split("=")[0] for line in instructions("ARG")] == ["BASE_IMAGE", "RELEASE", "REVISION", "CREATED"]


def test_packages_are_installed_with_hash_checking():
    [install] = [line for line in instructions("RUN") if "pip/bin/python -m pip" in line]
    assert "--require-hashes" in install


def test_only_listed_files_are_in_the_build_context():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == {
        *("apps", "blog_project", "manage.py"),
        *("requirements/base.txt", "requirements/production.txt"),
    }


def test_the_release_is_a_valid_image_tag():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", version)
