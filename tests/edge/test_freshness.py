"""Behind nginx too, changes show within two seconds, scheduled posts on time, and withdrawn pages stay withdrawn."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from tests.server.clients import wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database, pytest.mark.heavy]

SOON = 2.0
"""Seconds within which a change shows."""
RENDER_SECONDS = 1.0
"""Additional seconds for rendering and requesting the page on a busy machine."""

WRITING = """
from datetime import UTC, datetime
from apps.posts import services
from apps.posts.models import Post

def create(slug, at=None):
    at = at and datetime.fromtimestamp(at, UTC)
    services.create_post(by=None, title=f"A {slug} bird", slug=slug, status="published", body="Text.", published_at=at)

def change(what, slug, **fields):
    post = Post.objects.get(slug=slug)
    what(post, by=None, expected_version=post.version, **fields)

"""


@pytest.fixture(scope="module")
def edge(module_edge):
    """A test of this module stops the server."""
    return module_edge


@pytest.fixture(scope="module")
def write(edge):
    """Write in a separate process, started beforehand; returns the time of completion (time.monotonic)."""
    edge.server.shell("from apps.posts import services")

    def run(code: str) -> float:
        edge.server.shell(WRITING + code)
        return time.monotonic()

    return run


class Observation(NamedTuple):
    """A response: when its request began and ended, its status, and the posts that it shows."""

    started: float
    ended: float
    status: int
    posts: frozenset[str]


class Readers:
    """Clients that request some paths continuously, with their observations of some posts."""

    def __init__(self, edge, posts: list[str], *paths: str) -> None:
        self.edge, self.posts, self.stop = edge, posts, threading.Event()
        self.seen: dict[str, list[Observation]] = {path: [] for path in paths}

    def __enter__(self) -> Readers:
        self.pool = ThreadPoolExecutor(len(self.seen))
        self.tasks = [self.pool.submit(self._read, path) for path in self.seen]
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        self.pool.shutdown()
        for task in self.tasks:
            task.result()

    def _read(self, path: str) -> None:
        # A post's page also links to other posts.
        posts = [post for post in self.posts if path in ("/", f"/{post}/")]
        while not self.stop.is_set():
            started = time.monotonic()
            response, body = self.edge.get(path)
            shown = frozenset(post for post in posts if f"{post} bird".encode() in body)
            self.seen[path].append(Observation(started, time.monotonic(), response.status, shown))
            time.sleep(0.02)

    def after(self, moment: float) -> dict[str, set[tuple[int, frozenset[str]]]]:
        """Return, per path, the results of requests that began after `moment`; wait for at least five of each."""
        wait_for(lambda: all(seen and seen[-5:][0].started > moment for seen in self.seen.values()), "enough requests")
        return {
            path: {(item.status, item.posts) for item in seen if item.started > moment}
            for path, seen in self.seen.items()
        }


FRESH, OTHER, SCHEDULED = "quetzal", "hoatzin", "kinkajou"


def pages(home: set[str], **statuses: int) -> dict[str, set[tuple[int, frozenset[str]]]]:
    """Return the expected results: the posts on the home page, and the status of each post's page."""
    found = {f"/{post}/": {(status, frozenset({post} if status == 200 else ()))} for post, status in statuses.items()}
    return {"/": {(200, frozenset(home))}} | found


def test_each_change_of_a_post_shows_soon_under_constant_requests(edge, write):
    with Readers(edge, [FRESH, OTHER], "/", f"/{FRESH}/", f"/{OTHER}/") as readers:
        readers.after(time.monotonic())
        for code, expected in [
            (f"create('{FRESH}'); create('{OTHER}')", pages({FRESH, OTHER}, quetzal=200, hoatzin=200)),
            (
                f"change(services.trash_post, '{FRESH}'); change(services.update_post, '{OTHER}', status='draft')",
                pages(set(), quetzal=410, hoatzin=404),
            ),
            (f"change(services.restore_post, '{FRESH}')", pages({FRESH}, quetzal=200, hoatzin=404)),
        ]:
            assert readers.after(write(code) + SOON + RENDER_SECONDS) == expected


def test_a_scheduled_post_appears_on_time_and_not_before(edge, write):
    path = f"/{SCHEDULED}/"
    with Readers(edge, [SCHEDULED], path, "/") as readers:
        due = time.time() + 4.7
        write(f"create('{SCHEDULED}', at={due})")
        appears = time.monotonic() + due - time.time()
        late = readers.after(appears + RENDER_SECONDS)
    assert late == pages({SCHEDULED}, kinkajou=200)
    for path, expected in pages(set(), kinkajou=404).items():
        assert {(item.status, item.posts) for item in readers.seen[path] if item.ended < appears} == expected


@pytest.fixture(scope="module")
def withdrawn_posts(edge, write) -> None:
    """Two posts that were requested and then withdrawn; there were no requests since."""
    write("create('seldom'); create('withdrawn')")
    time.sleep(SOON)
    assert [edge.get(path)[0].status for path in ("/seldom/", "/withdrawn/")] == [200, 200]
    write("change(services.trash_post, 'seldom'); change(services.update_post, 'withdrawn', status='draft')")
    time.sleep(SOON + 1)


@pytest.mark.usefixtures("withdrawn_posts")
def test_the_first_requests_after_a_long_pause_all_see_the_change(edge):
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _number: edge.get("/seldom/")[0].status, range(8)))
    assert statuses == [410] * 8


@pytest.mark.usefixtures("withdrawn_posts")
def test_a_withdrawn_page_does_not_reappear_when_the_process_stops(edge):
    assert edge.get("/withdrawn/")[0].status == 404
    edge.server.stop()
    assert edge.get("/withdrawn/")[0].status == 404
