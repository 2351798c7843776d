"""A release: a copy of the files in an image, so that later edits do not change the running code."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tools.local_cluster import processes
from tools.local_cluster.manifests import ClusterError

COPIED = ("manage.py", "apps", "blog_project", "demo", "requirements", "tools")
"""The files and folders of a checkout that are copied; its `.env` and its data are not."""


class Release:
    """A copy of a checkout, with its static files collected."""

    def __init__(self, source: Path, path: Path) -> None:
        """Copy the checkout `source` to `path`; static files that were collected there before are kept."""
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        for name in COPIED:
            _copy(source / name, path / name)

    def run(self, code: str, environment: dict[str, str], **options) -> subprocess.CompletedProcess:
        """Run Python with Django set up and `run` (tools/run.py) imported; raises ClusterError if it fails."""
        prologue = "import sys; sys.path.insert(0, 'tools'); import run, django; django.setup()"
        return self._python(["-c", f"{prologue}; {code}"], environment, **options)

    @property
    def static_files(self) -> Path:
        """The folder of the collected static files."""
        return self.path / "var" / "static"

    def collect_static_files(self, environment: dict[str, str], like: Path | None = None) -> None:
        """Collect the static files if they have changed; start from a copy of `like`, those of another release.

        Compressing them takes ten seconds, and two releases often have the same files.
        """
        if like and not self.static_files.exists():
            shutil.copytree(like, self.static_files)
        self.run("run.collect_static_files()", environment, capture_output=True)

    def manage(self, arguments: tuple[str, ...], environment: dict[str, str], **options) -> subprocess.CompletedProcess:
        """Run a management command and return the finished process; raises ClusterError if it fails."""
        return self._python(["manage.py", *arguments], environment, **({"capture_output": True} | options))

    def _python(self, words: list[str], environment: dict[str, str], **options) -> subprocess.CompletedProcess:
        home = self.path / "home"
        environment = (
            processes.base_environment(home) | {"DJANGO_SETTINGS_MODULE": "blog_project.settings"} | environment
        )
        command = [str(processes.VENV / "python"), *words]
        done = subprocess.run(command, env=environment, cwd=self.path, text=True, **options)
        if done.returncode:
            raise ClusterError(f"{' '.join(words)} failed: {done.stderr or ''}")
        return done


def _copy(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)
