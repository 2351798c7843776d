"""Behind nginx too a change shows within two seconds, a scheduled post at its second, and what is gone stays gone."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from tests.server.clients import wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]

SOON = 2.0
"""Seconds within which every change shows."""
WORKING = 1.0
"""Seconds that making the page again and asking for it may take on a busy machine."""

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
def edge(own_edge):
    """It is stopped in the end."""
    return own_edge


@pytest.fixture(scope="module")
def write(edge):
    """Write in a process of its own; return when it was done (time.monotonic). No start of one is measured."""
    edge.server.shell("from apps.posts import services")

    def run(code: str) -> float:
        edge.server.shell(WRITING + code)
        return time.monotonic()

    return run


class Seen(NamedTuple):
    """An answer to a reader: when it was asked for and there, its status, and the posts that it shows."""

    begun: float
    ended: float
    status: int
    posts: frozenset[str]


class Crowd:
    """Readers who ask for some addresses all the time, and what they saw of some posts."""

    def __init__(self, edge, posts: list[str], *paths: str) -> None:
        self.edge, self.posts, self.stop = edge, posts, threading.Event()
        self.seen: dict[str, list[Seen]] = {path: [] for path in paths}

    def __enter__(self) -> Crowd:
        self.pool = ThreadPoolExecutor(len(self.seen))
        self.readers = [self.pool.submit(self._read, path) for path in self.seen]
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        self.pool.shutdown()
        for reader in self.readers:
            reader.result()

    def _read(self, path: str) -> None:
        # A post's page names its neighbours too.
        posts = [post for post in self.posts if path in ("/", f"/{post}/")]
        while not self.stop.is_set():
            begun = time.monotonic()
            response, body = self.edge.get(path)
            shown = frozenset(post for post in posts if f"{post} bird".encode() in body)
            self.seen[path].append(Seen(begun, time.monotonic(), response.status, shown))
            time.sleep(0.02)

    def after(self, moment: float) -> dict[str, set[tuple[int, frozenset[str]]]]:
        """Return what was answered to requests that began after a moment, at each address; wait for some of each."""
        wait_for(lambda: all(seen and seen[-5:][0].begun > moment for seen in self.seen.values()), "readers to come")
        return {
            path: {(one.status, one.posts) for one in seen if one.begun > moment} for path, seen in self.seen.items()
        }


FRESH, OTHER, SCHEDULED = "quetzal", "hoatzin", "kinkajou"


def pages(home: set[str], **statuses: int) -> dict[str, set[tuple[int, frozenset[str]]]]:
    """Return what is to be seen: these posts at home, and of each its page with this status."""
    found = {f"/{post}/": {(status, frozenset({post} if status == 200 else ()))} for post, status in statuses.items()}
    return {"/": {(200, frozenset(home))}} | found


def test_each_step_of_a_post_s_life_shows_soon_to_readers_who_ask_all_the_time(edge, write):
    with Crowd(edge, [FRESH, OTHER], "/", f"/{FRESH}/", f"/{OTHER}/") as crowd:
        crowd.after(time.monotonic())
        for code, expected in [
            (f"create('{FRESH}'); create('{OTHER}')", pages({FRESH, OTHER}, quetzal=200, hoatzin=200)),
            (
                f"change(services.trash_post, '{FRESH}'); change(services.update_post, '{OTHER}', status='draft')",
                pages(set(), quetzal=410, hoatzin=404),
            ),
            (f"change(services.restore_post, '{FRESH}')", pages({FRESH}, quetzal=200, hoatzin=404)),
        ]:
            assert crowd.after(write(code) + SOON + WORKING) == expected


def test_a_scheduled_post_appears_at_its_second_and_not_before(edge, write):
    path = f"/{SCHEDULED}/"
    with Crowd(edge, [SCHEDULED], path, "/") as crowd:
        due = time.time() + 4.7
        write(f"create('{SCHEDULED}', at={due})")
        appears = time.monotonic() + due - time.time()
        late = crowd.after(appears + WORKING)
    assert late == pages({SCHEDULED}, kinkajou=200)
    for path, expected in pages(set(), kinkajou=404).items():
        assert {(one.status, one.posts) for one in crowd.seen[path] if one.ended < appears} == expected


@pytest.fixture(scope="module")
def rested(edge, write) -> float:
    """Two posts that somebody has read, and that are gone since; nobody has asked for anything for a long time."""
    write("create('seldom'); create('withdrawn')")
    time.sleep(SOON)
    assert [edge.get(path)[0].status for path in ("/seldom/", "/withdrawn/")] == [200, 200]
    write("change(services.trash_post, 'seldom'); change(services.update_post, 'withdrawn', status='draft')")
    time.sleep(SOON + 1)


@pytest.mark.usefixtures("rested")
def test_the_first_who_come_after_a_long_time_all_see_the_change(edge):
    with ThreadPoolExecutor(8) as together:
        statuses = list(together.map(lambda _one: edge.get("/seldom/")[0].status, range(8)))
    assert statuses == [410] * 8


@pytest.mark.usefixtures("rested")
def test_what_is_gone_does_not_come_back_when_the_process_fails(edge):
    assert edge.get("/withdrawn/")[0].status == 404
    edge.server.stop()
    assert edge.get("/withdrawn/")[0].status == 404
