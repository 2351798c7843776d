"""What is in a shared cache is data and never code: any pod could leave code there for the others."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core.json_cache import JSONSerializer

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parents[2]


class Code:
    """An object whose pickle makes a folder when it is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.folder),)


def test_counts_come_back_as_they_were():
    for value in (7, [1795981795.25, 1795981794.5], [], "text", None):
        stored = JSONSerializer().dumps(value)
        assert JSONSerializer().loads(stored.encode()) == value


def test_a_pickle_is_refused_and_not_run(tmp_path):
    with pytest.raises(ValueError):
        JSONSerializer().loads(pickle.dumps(Code(tmp_path / "made")))
    assert not (tmp_path / "made").exists()


def test_redis_is_read_so():
    code = "from django.conf import settings; print(settings.CACHES['default']['OPTIONS']['serializer'])"
    environment = {
        **os.environ,
        "CACHE_URL": "redis://127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "blog_project.settings",
    }
    found = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert found.stdout.strip() == f"{JSONSerializer.__module__}.{JSONSerializer.__qualname__}", found.stderr
