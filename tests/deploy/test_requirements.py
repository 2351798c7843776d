"""`make lint` tells what is imported and not required, and what is required and not imported."""

from __future__ import annotations

import pytest

from tools import requirements_check


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A small project in which all is well; returns a function that writes a file of it."""

    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    monkeypatch.setattr(requirements_check, "ROOT", tmp_path)
    monkeypatch.setattr(requirements_check, "NOT_IMPORTED", {"ruff": "a command"})
    write("requirements/base.in", "# Comments.\nDjango~=5.2.0\nPyYAML\n")
    write("requirements/production.in", "-c base.txt\n")
    write("requirements/dev.in", "-c base.txt\npytest\nruff\n")
    write("requirements/tools.in", "")
    write(
        "apps/one.py", "import os\nimport yaml\nfrom django.db import models\nfrom . import two\nfrom tests import x\n"
    )
    write("tests/test_one.py", "import pytest\n")
    return write


def test_nothing_is_wrong_with_a_project_that_names_what_it_imports(tree):
    assert requirements_check.problems() == set()


def test_what_is_imported_has_to_be_named(tree):
    tree("tests/two.py", "def late():\n    import httpx\n")
    assert requirements_check.problems() == {
        "tests/two.py imports httpx: name httpx in base.in or production.in or dev.in or tools.in"
    }


def test_what_serves_readers_imports_no_tool_of_the_tests(tree):
    tree("apps/two.py", "from pytest import raises\n")
    assert requirements_check.problems() == {"apps/two.py imports pytest: name pytest in base.in or production.in"}


def test_what_is_named_has_to_be_imported(tree):
    tree("requirements/tools.in", "django-prometheus\n")
    assert requirements_check.problems() == {"requirements/*.in name django-prometheus, which nothing imports"}


def test_an_exception_that_is_not_needed_goes(tree):
    tree("requirements/dev.in", "pytest\n")
    assert requirements_check.problems() == {"NOT_IMPORTED names ruff, which no *.in does"}
