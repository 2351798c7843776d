"""What the blog writes on a machine that others use can be read by its owner alone, whatever the umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from apps.media.stores import DiskStore
from tests.media import files

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.any_database

WRITE = """
import os, sys
os.umask(0)
import django
django.setup()
from django.db import connection
connection.cursor().execute("CREATE TABLE secrets (secret text)")
print(sorted(f"{name} {os.stat(name).st_mode & 0o777:o}" for name in os.listdir() if "sqlite" in name))
"""


def test_a_database_of_sqlite_and_the_files_beside_it_are_private(tmp_path):
    environment = {"DEBUG": "1", "ROLE": "all", "DATABASE_URL": f"sqlite:///{tmp_path}/blog.sqlite3"}
    environment |= {"DJANGO_SETTINGS_MODULE": "blog_project.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WRITE]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | environment, capture_output=True, text=True)
    assert done.stdout.strip() == str([f"blog.sqlite3{suffix} 600" for suffix in ("", "-shm", "-wal")]), done.stderr


@pytest.fixture
def _no_umask():
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_no_umask")
def test_the_files_of_images_and_their_folders_are_private(tmp_path):
    store = DiskStore(location=tmp_path)
    name = store.save("digest/480.jpg", ContentFile(files.jpeg(48, 48)))
    modes = [stat.S_IMODE(os.stat(path).st_mode) for path in (store.path(name), tmp_path / "digest")]
    assert modes == [0o600, 0o700]
