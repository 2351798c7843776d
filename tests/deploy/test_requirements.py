"""`make lint` reports packages that are imported and not required, or required and not imported."""

from __future__ import annotations

import pytest

from tools import requirements_check


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small project without problems; returns a function that writes a file in it."""

    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    monkeypatch.setattr(requirements_check, "ROOT", tmp_path)
    monkeypatch.setattr(requirements_check, "NOT_IMPORTED", {"ruff": "a command"})
    write("requirements/base.in", "# Comments.\nDjango~=5.2.0\nPyYAML\n")
    write("requirements/production.in", "-c base.txt\n")
    write("requirements/dev.in", "-c base.txt\npytest\nruff\n")
    write("requirements/tools.in", "")
    write("requirements/fuzz.in", "")
    write("requirements/bench.in", "")
    write(
        "apps/one.py", "import os\nimport yaml\nfrom django.db import models\nfrom . import two\nfrom tests import x\n"
    )
    write("tests/test_one.py", "import pytest\n")
    return write


def test_a_project_that_requires_exactly_its_imports_has_no_problems(project):
    assert requirements_check.problems() == set()


def test_an_imported_package_has_to_be_required(project):
    project("tests/two.py", "def late():\n    import httpx\n")
    assert requirements_check.problems() == {
        "tests/two.py imports httpx: name httpx in base.in or production.in or dev.in or tools.in or fuzz.in"
        " or bench.in"
    }


def test_deployed_code_must_not_import_test_requirements(project):
    project("apps/two.py", "from pytest import raises\n")
    assert requirements_check.problems() == {"apps/two.py imports pytest: name pytest in base.in or production.in"}


def test_a_required_package_has_to_be_imported(project):
    project("requirements/tools.in", "django-prometheus\n")
    assert requirements_check.problems() == {"requirements/*.in name django-prometheus, which nothing imports"}


def test_an_unneeded_exception_is_reported(project):
    project("requirements/dev.in", "pytest\n")
    assert requirements_check.problems() == {"NOT_IMPORTED names ruff, which no *.in does"}
