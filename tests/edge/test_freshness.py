"""Behind nginx too a change shows within two seconds, a scheduled post at its second, and what is gone stays gone."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import servers

pytestmark = pytest.mark.server

SOON = 2.0
"""Seconds within which every change shows."""
WORKING = 1.0
"""Seconds that making the page again and asking for it may take on a busy machine."""

CREATE = """
from datetime import timedelta
from django.utils import timezone
from apps.posts import services
post = services.create_post(by=None, title=%r, slug=%r, status="published", body="quetzal", published_at=%s)
"""


class Writer:
    """A process of its own that writes when it is told to, so that no start of one is measured."""

    def __init__(self, env: dict[str, str]) -> None:
        command = [servers.sys.executable, str(servers.ROOT / "manage.py"), "shell", "--no-imports", "-c", LOOP]
        pipe = servers.subprocess.PIPE
        self.process = servers.subprocess.Popen(
            command, env=env, stdin=pipe, stdout=pipe, text=True, cwd=servers.ROOT, bufsize=1
        )
        assert self.process.stdout.readline() == "ready\n"

    def run(self, code: str) -> float:
        """Run Python; return when it was done (time.monotonic)."""
        self.process.stdin.write(repr(code) + "\n")
        assert self.process.stdout.readline() == "done\n"
        return time.monotonic()


LOOP = """
import ast, sys
from apps.posts import services
from apps.posts.models import Post

def change(what, slug, **fields):
    post = Post.objects.get(slug=slug)
    what(post, by=None, expected_version=post.version, **fields)

print("ready", flush=True)
for line in sys.stdin:
    exec(ast.literal_eval(line))
    print("done", flush=True)
"""


@pytest.fixture(scope="module")
def writer(edge):
    made = Writer(edge.server.env | {"ROLE": "all"})
    yield made
    made.process.stdin.close()
    made.process.wait(30)


class Crowd:
    """Readers who ask for some addresses all the time, and what they saw last of the word, and when."""

    def __init__(self, edge, *paths: str) -> None:
        self.edge, self.paths, self.stop = edge, paths, threading.Event()
        self.seen: dict[str, list[tuple[float, int, bool]]] = {path: [] for path in paths}

    def __enter__(self) -> Crowd:
        self.pool = ThreadPoolExecutor(len(self.paths))
        self.readers = [self.pool.submit(self._read, path) for path in self.paths]
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        self.pool.shutdown()
        for reader in self.readers:
            reader.result()

    def _read(self, path: str) -> None:
        while not self.stop.is_set():
            begun = time.monotonic()
            response, body = self.edge.get(path)
            self.seen[path].append((begun, response.status, b"quetzal" in body))
            time.sleep(0.02)

    def after(self, moment: float) -> set[tuple[int, bool]]:
        """Return what was answered to requests that began after a moment."""
        time.sleep(max(0, moment + 0.5 - time.monotonic()))
        return {answer[1:] for seen in self.seen.values() for answer in seen if answer[0] > moment}


def test_each_step_of_a_post_s_life_shows_soon_to_readers_who_ask_all_the_time(edge, writer):
    with Crowd(edge, "/", "/fresh/") as crowd:
        time.sleep(1)
        written = writer.run(CREATE % ("The quetzal", "fresh", "None"))
        assert crowd.after(written + SOON + WORKING) == {(200, True)}
        written = writer.run("change(services.trash_post, 'fresh')")
        assert crowd.after(written + SOON + WORKING) == {(200, False), (410, False)}
        written = writer.run("change(services.restore_post, 'fresh')")
        assert crowd.after(written + SOON + WORKING) == {(200, True)}
        written = writer.run("change(services.update_post, 'fresh', status='draft')")
        assert crowd.after(written + SOON + WORKING) == {(200, False), (404, False)}


def test_the_first_who_come_after_a_long_time_all_see_the_change(edge, writer):
    writer.run(CREATE % ("Seldom read", "seldom", "None"))
    time.sleep(SOON)
    assert edge.get("/seldom/")[0].status == 200
    writer.run("change(services.trash_post, 'seldom')")
    time.sleep(SOON + 1)
    with ThreadPoolExecutor(8) as together:
        statuses = list(together.map(lambda _one: edge.get("/seldom/")[0].status, range(8)))
    assert statuses == [410] * 8


def test_a_scheduled_post_appears_at_its_second_and_not_before(edge, writer):
    due = time.time() + 4.7
    moment = f"__import__('datetime').datetime.fromtimestamp({due}, __import__('datetime').UTC)"
    with Crowd(edge, "/scheduled/", "/") as crowd:
        writer.run(CREATE % ("Scheduled", "scheduled", moment))
        appears = time.monotonic() + due - time.time()
        late = crowd.after(appears + WORKING)
    assert late == {(200, True)}
    early = {answer[1:] for answer in crowd.seen["/scheduled/"] if answer[0] < appears - WORKING}
    assert early == {(404, False)}


def test_what_is_gone_does_not_come_back_when_the_process_fails(edge, writer):
    writer.run(CREATE % ("Withdrawn", "withdrawn", "None"))
    time.sleep(SOON)
    assert edge.get("/withdrawn/")[0].status == 200
    writer.run("change(services.update_post, 'withdrawn', status='draft')")
    time.sleep(SOON + 1)
    assert edge.get("/withdrawn/")[0].status == 404
    edge.server.stop()
    assert edge.get("/withdrawn/")[0].status == 404
