"""What a reader sees while the database is away, and what must be so whether or not an nginx stands in front."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from typing import NamedTuple

from tests.database_servers import PrivateServer
from tests.server.clients import Client, wait_for
from tests.servers import Server
from tools.local_cluster.processes import children

SECONDS = int(os.environ.get("OUTAGE_SECONDS", "4"))
"""How long the database is away: longer than an age may be off. By hand: OUTAGE_SECONDS=600."""
RECOVERY = 5
"""Seconds within which everything works again, once the server takes connections."""
SLACK = 2
"""Seconds that an age may be off: whole seconds, and how often the database is asked."""


FILL = """
from io import StringIO
from django.core.management import call_command
from apps.posts.models import Post
call_command("make_posts", "40", stdout=StringIO())
print(*Post.objects.values_list("slug", flat=True))
"""


class Blog(NamedTuple):
    """A running site, the client that reads it, and the posts to read."""

    server: Server
    client: Client
    kept: list[str]
    missed: list[str]
    """Addresses that nobody asks for before the database is away."""

    @classmethod
    def filled(cls, server: Server, client: Client) -> Blog:
        """Write posts, and read some of them so that they are kept."""
        posts = [f"/{slug}/" for slug in server.shell(FILL).split()]
        blog = cls(server, client, ["/", "/feed.atom", *posts[:5]], posts[5:])
        wait_for(lambda: client.ask("GET", posts[0])[0].status == 200, "the posts to be seen")
        for path in blog.kept:
            client.get(path)
        return blog

    def processes(self) -> list[int]:
        """Return gunicorn's arbiter and its workers."""
        return [self.server.process.pid, *children(self.server.process.pid)]


@contextmanager
def outage(database: PrivateServer) -> Iterator[float]:
    """Stop the database, and start it again afterwards; yield when it stopped (time.monotonic)."""
    since = time.monotonic()
    database.stop()
    try:
        yield since
    finally:
        database.start()


def age(response: HTTPResponse) -> float:
    """Return how old an answer says that it is, by its Age and by its Date (RFC 9111, 4.2.3)."""
    apparent = time.time() - parsedate_to_datetime(response.headers["Date"]).timestamp()
    return max(int(response.headers["Age"]), apparent)


def assert_endured(blog: Blog, database: PrivateServer) -> None:
    """Take the database away for a while, and hold what is answered against what must be."""
    before, missed = blog.processes(), iter(blog.missed * SECONDS)
    with outage(database) as since:
        # Until the last moment of its stopping it may have been asked whether pages are new.
        stopping = time.monotonic() - since
        while time.monotonic() - since < SECONDS:
            for path in blog.kept:
                response, body = blog.client.ask("GET", path)
                assert (response.status, len(body) > 200) == (200, True), path
                assert -SLACK - stopping <= age(response) - (time.monotonic() - since) <= SLACK, path
            response, body = blog.client.ask("GET", next(missed))
            assert (response.status, response.headers["Retry-After"]) == (503, "10")
            assert b"<html" in body
            assert [blog.client.ask("GET", path)[0].status for path in ("/livez", "/readyz")] == [200, 200]
            time.sleep(0.5)
    back = time.monotonic()
    wait_for(lambda: blog.client.ask("GET", next(missed))[0].status == 200, "the site to be back")
    wait_for(lambda: blog.client.ask("GET", blog.kept[0])[0].headers["Age"] == "0", "pages to be new again")
    assert time.monotonic() - back < RECOVERY
    assert blog.processes() == before, "something was restarted"
