"""A release: the files that an image holds, copied, so that what is edited later does not change what runs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tools.local_cluster import processes
from tools.local_cluster.manifests import SplitError

HELD = ("manage.py", "apps", "blog_project", "demo", "requirements", "tools")
"""What of a checkout is copied: not its `.env`, whose settings are its own, nor its data."""


class Release:
    """A copy of a checkout, with its static files collected."""

    def __init__(self, source: Path, path: Path) -> None:
        """Copy the checkout `source` to `path`; static files collected there before are kept."""
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        for name in HELD:
            _copy(source / name, path / name)

    def run(self, code: str, environment: dict[str, str], **options) -> subprocess.CompletedProcess:
        """Run Python with Django set up and `run` (tools/run.py) imported; raises SplitError when it fails."""
        prologue = "import sys; sys.path.insert(0, 'tools'); import run, django; django.setup()"
        return self._python(["-c", f"{prologue}; {code}"], environment, **options)

    @property
    def static_files(self) -> Path:
        """Where its static files are collected."""
        return self.path / "var" / "static"

    def collect_static_files(self, environment: dict[str, str], like: Path | None = None) -> None:
        """Collect the static files, where they are not what they were; `like` are those of another release.

        Compressing them takes ten seconds, and two releases often have the same.
        """
        if like and not self.static_files.exists():
            shutil.copytree(like, self.static_files)
        self.run("run.collect_static_files()", environment, capture_output=True)

    def manage(self, arguments: tuple[str, ...], environment: dict[str, str], **options) -> subprocess.CompletedProcess:
        """Run a management command and return what it printed; raises SplitError when it fails."""
        return self._python(["manage.py", *arguments], environment, **({"capture_output": True} | options))

    def _python(self, words: list[str], environment: dict[str, str], **options) -> subprocess.CompletedProcess:
        home = self.path / "home"
        environment = (
            processes.base_environment(home) | {"DJANGO_SETTINGS_MODULE": "blog_project.settings"} | environment
        )
        command = [str(processes.VENV / "python"), *words]
        done = subprocess.run(command, env=environment, cwd=self.path, text=True, **options)
        if done.returncode:
            raise SplitError(f"{' '.join(words)} failed: {done.stderr or ''}")
        return done


def _copy(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)
