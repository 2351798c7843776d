"""Backups: consistent while the blog is written to, complete or not at all, and without exposed passwords."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import pytest

from tests.programs import need
from tests.server.clients import Client, wait_for
from tests.servers import ROOT, environment, manage

pytestmark = pytest.mark.server

PROSE = "“Quotes” 'n' \\backslashes\\, 日本語, emoji 🗞️, a NUL's name \\0, `code`;\n\n-- no comment\n\n" + "long " * 5000
EDITOR = """
from django.contrib.auth.models import User
from apps.api.models import ApiToken
editor = User.objects.create_superuser("erika")
print(ApiToken.objects.issue(user=editor, scopes=["create", "read"], expires_at=None)[1])
"""
FACTS = """
import json
from apps.core.models import ContentGeneration
from apps.posts.models import Post, SearchDocument
print(json.dumps({
    "posts": Post.objects.count(),
    "versions": Post.history.count(),
    "searchable": SearchDocument.objects.count(),
    "generation": ContentGeneration.objects.values_list("value", flat=True).get(),
}))
"""


@pytest.fixture(autouse=True)
def _program(databases) -> None:
    """Skip the tests on a database server if its dump program is missing."""
    if databases.server_url.startswith("mysql"):
        need("mysqldump")


def backup(database_url: str, *arguments: str | Path, **extra: str) -> subprocess.CompletedProcess:
    """Run tools/backup.py on a database."""
    command = [sys.executable, ROOT / "tools" / "backup.py", *arguments]
    env = os.environ | {"DATABASE_URL": database_url} | extra
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def assert_succeeded(done: subprocess.CompletedProcess) -> None:
    """Assert that a command succeeded; show its output otherwise."""
    assert done.returncode == 0, done.stdout + done.stderr


def all_rows(database_url: str) -> list[dict]:
    """Return every row of every table, sorted (some tables have no default order)."""
    rows = json.loads(manage(environment(database_url), "dumpdata", "--all").stdout)
    return sorted(rows, key=lambda row: (row["model"], str(row["pk"])))


def execute(database_url: str, *statements: str) -> None:
    """Run SQL in a database."""
    import MySQLdb

    parts = urlsplit(database_url)
    if parts.scheme == "sqlite":
        connection = sqlite3.connect(parts.path.removeprefix("/"))
    else:
        login = {"user": parts.username or "", "password": parts.password or ""}
        connection = MySQLdb.connect(host=parts.hostname, port=parts.port or 3306, **login)
        statements = (f"USE {parts.path.strip('/')}", *statements)
    for statement in statements:
        connection.cursor().execute(statement)
    connection.close()


@pytest.fixture
def empty_url(databases, tmp_path) -> str:
    """The URL of a database without tables."""
    if not databases.server_url.startswith("mysql"):
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    name = f"broadsheet_live_{uuid4().hex[:12]}"
    execute(urlunsplit(urlsplit(databases.server_url)._replace(path="/information_schema")), f"CREATE DATABASE {name}")
    databases.created.append(name)
    return urlunsplit(urlsplit(databases.server_url)._replace(path=f"/{name}"))


@pytest.fixture(scope="module")
def blog(serve):
    """A blog with a post; `blog.write(title)` creates another one and returns the status."""
    server = serve()
    server.database_url = server.env["DATABASE_URL"]
    client = Client(server.url)
    authorization = f"Bearer {server.shell(EDITOR).strip()}"

    def write(title: str) -> int:
        post = json.dumps({"title": title, "body": PROSE, "status": "published"}).encode()
        answer, _body = client.request(
            "POST", "/api/v1/posts/", post, Authorization=authorization, Content_Type="application/json"
        )
        return answer.status

    server.write = write
    assert write("Of pelicans") == 201
    return server


@pytest.fixture(scope="module")
def other_url(databases) -> str:
    """The URL of a migrated database of another, empty blog."""
    return databases.new()


def test_a_restored_blog_has_the_same_content_and_serves_it(blog, serve, empty_url, tmp_path):
    assert_succeeded(backup(blog.database_url, "save", tmp_path / "blog.gz"))
    assert_succeeded(backup(empty_url, "verify", tmp_path / "blog.gz"))
    assert_succeeded(backup(empty_url, "restore", tmp_path / "blog.gz"))
    assert all_rows(empty_url) == all_rows(blog.database_url)

    restored = Client(serve(empty_url).url)
    assert b"/of-pelicans/" in restored.get("/search/?q=pelicans")


def test_a_backup_is_consistent_while_posts_are_written(blog, empty_url, tmp_path):
    written, stop = [], threading.Event()

    def keep_writing() -> None:
        while not stop.is_set():
            written.append(blog.write(f"Number {len(written)}"))

    before = json.loads(blog.shell(FACTS))
    writers = [threading.Thread(target=keep_writing) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        wait_for(lambda: len(written) >= 10, "ten posts")
        started = len(written)
        done = backup(blog.database_url, "save", tmp_path / "blog.gz")
        ended = len(written) + len(writers)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert_succeeded(done)
    assert set(written) == {201}, "the backup blocked a writer"

    assert_succeeded(backup(empty_url, "restore", tmp_path / "blog.gz"))
    after = json.loads(manage(environment(empty_url), "shell", "--no-imports", "-c", FACTS).stdout)
    new = after["posts"] - before["posts"]
    assert started <= new <= ended
    assert {name: after[name] - before[name] for name in after} == dict.fromkeys(after, new)


def test_a_database_that_is_not_empty_is_replaced_only_with_force(blog, other_url, tmp_path):
    assert_succeeded(backup(blog.database_url, "save", tmp_path / "blog.gz"))
    execute(other_url, "CREATE TABLE of_a_later_release (id int)")
    content = all_rows(other_url)
    refused = backup(other_url, "restore", tmp_path / "blog.gz")
    assert refused.returncode == 1
    assert "not empty" in refused.stderr
    assert all_rows(other_url) == content

    assert_succeeded(backup(other_url, "restore", "--force", tmp_path / "blog.gz"))
    assert all_rows(other_url) == all_rows(blog.database_url)
    execute(
        other_url, "CREATE TABLE of_a_later_release (id int)"
    )  # Succeeds, because the restore has dropped the table.


def test_a_damaged_backup_is_not_restored(blog, other_url, tmp_path):
    file = tmp_path / "blog.gz"
    assert_succeeded(backup(blog.database_url, "save", file))
    content, before = file.read_bytes(), all_rows(other_url)
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 255
    nonsense = gzip.compress(b"")[:10] + b"\x07"  # An invalid type of deflate block.
    for damaged in (content[: -len(content) // 3], bytes(flipped), nonsense, b"DROP DATABASE everything;"):
        file.write_bytes(damaged)
        for verb in (["verify"], ["restore", "--force"]):
            refused = backup(other_url, *verb, file)
            assert refused.returncode == 1
            assert refused.stderr.startswith("broadsheet: "), refused.stderr
            assert "damaged" in refused.stderr
    assert all_rows(other_url) == before


def test_an_incomplete_dump_is_refused(databases, tmp_path):
    if not databases.server_url.startswith("mysql"):
        pytest.skip("SQLite's copies are checked by SQLite")
    (tmp_path / "half.gz").write_bytes(gzip.compress(b"CREATE TABLE half (id int);\n"))
    refused = backup(databases.server_url, "verify", tmp_path / "half.gz")
    assert refused.returncode == 1
    assert "no whole dump" in refused.stderr


def test_a_backup_is_private_and_does_not_overwrite_another(blog, tmp_path):
    file = tmp_path / "blog.gz"
    assert_succeeded(backup(blog.database_url, "save", file))
    assert file.stat().st_mode & 0o777 == 0o600
    content = file.read_bytes()
    assert "exists" in backup(blog.database_url, "save", file).stderr
    assert file.read_bytes() == content


def test_a_backup_that_fails_leaves_nothing_behind(databases, tmp_path):
    if databases.server_url.startswith("mysql"):
        url = urlunsplit(urlsplit(databases.server_url)._replace(path="/no_such_database"))
    else:
        url = f"sqlite:///{tmp_path / 'missing' / 'blog.sqlite3'}"
    failed = backup(url, "save", tmp_path / "blog.gz")
    assert failed.returncode == 1
    assert "broadsheet: " in failed.stderr
    assert "Traceback" not in failed.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_command_line_contains_the_password(blog, databases, tmp_path):
    if not databases.server_url.startswith("mysql"):
        pytest.skip("SQLite has no password")
    password = "p'a\"s\\s #;%$ word"
    name = urlsplit(blog.database_url).path.strip("/")
    user = f"{name[-20:]}_backup"
    for program in ("mysqldump", "mysql"):
        recorder = tmp_path / program
        real = subprocess.run(["which", program], capture_output=True, text=True, check=True).stdout.strip()
        recorder.write_text(f'#!/bin/sh\necho "$0 $@" >>{tmp_path}/seen\nexec {real} "$@"\n')
        recorder.chmod(0o755)
    parts = urlsplit(blog.database_url)
    url = urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{parts.hostname}:{parts.port}"))
    literal = password.replace("\\", "\\\\").replace("'", "\\'")
    try:
        execute(
            blog.database_url,
            f"CREATE USER {user}@'%' IDENTIFIED BY '{literal}'",
            f"GRANT SELECT ON {name}.* TO {user}@'%'",
        )
        assert_succeeded(backup(url, "save", tmp_path / "blog.gz", PATH=f"{tmp_path}:{os.environ['PATH']}"))
        refused = backup(url, "restore", tmp_path / "blog.gz", PATH=f"{tmp_path}:{os.environ['PATH']}")
    finally:
        execute(blog.database_url, f"DROP USER {user}@'%'")
    assert "not empty" in refused.stderr
    seen = (tmp_path / "seen").read_text()
    assert name in seen
    assert user not in seen
    assert "word" not in seen
