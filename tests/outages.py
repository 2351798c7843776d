"""Assertions about a site while its database is unavailable, with or without nginx in front."""

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
"""Duration of an outage: longer than the tolerance of ages. For long runs: OUTAGE_SECONDS=600."""
RECOVERY = 5
"""Seconds within which the site recovers once the database accepts connections."""
AGE_TOLERANCE = 2
"""Seconds by which an age may be off: it is in whole seconds, and the database is queried every second."""


CREATE_POSTS = """
from io import StringIO
from django.core.management import call_command
from apps.posts.models import Post
call_command("make_posts", "40", stdout=StringIO())
print(*Post.objects.values_list("slug", flat=True))
"""


class Blog(NamedTuple):
    """A running site with a client and the paths of its pages."""

    server: Server
    client: Client
    cached: list[str]
    uncached: list[str]
    """Paths that are not requested before the outage."""

    @classmethod
    def filled(cls, server: Server, client: Client) -> Blog:
        """Create posts, and request some of them so that they are cached."""
        posts = [f"/{slug}/" for slug in server.shell(CREATE_POSTS).split()]
        blog = cls(server, client, ["/", "/feed.atom", *posts[:5]], posts[5:])
        wait_for(lambda: client.request("GET", posts[0])[0].status == 200, "the posts to be public")
        for path in blog.cached:
            client.get(path)
        return blog

    def processes(self) -> list[int]:
        """Return the process ids of gunicorn's arbiter and its workers."""
        return [self.server.process.pid, *children(self.server.process.pid)]


@contextmanager
def outage(database: PrivateServer) -> Iterator[float]:
    """Stop the database in this block; yield the time when it was stopped (time.monotonic)."""
    since = time.monotonic()
    database.stop()
    try:
        yield since
    finally:
        database.start()


def age(response: HTTPResponse) -> float:
    """Return the age of a response in seconds, by its Age and Date headers (RFC 9111, 4.2.3)."""
    apparent = time.time() - parsedate_to_datetime(response.headers["Date"]).timestamp()
    return max(int(response.headers["Age"]), apparent)


def assert_survives_outage(blog: Blog, database: PrivateServer) -> None:
    """Stop the database for SECONDS; check the responses meanwhile, and the recovery afterwards."""
    before, uncached = blog.processes(), iter(blog.uncached * SECONDS)
    with outage(database) as since:
        # While it was stopping, the database may still have confirmed the state of the content.
        stopping = time.monotonic() - since
        while time.monotonic() - since < SECONDS:
            for path in blog.cached:
                response, body = blog.client.request("GET", path)
                assert (response.status, len(body) > 200) == (200, True), path
                assert -AGE_TOLERANCE - stopping <= age(response) - (time.monotonic() - since) <= AGE_TOLERANCE, path
            response, body = blog.client.request("GET", next(uncached))
            assert (response.status, response.headers["Retry-After"]) == (503, "10")
            assert b"<html" in body
            assert [blog.client.request("GET", path)[0].status for path in ("/livez", "/readyz")] == [200, 200]
            time.sleep(0.5)
    back = time.monotonic()
    wait_for(lambda: blog.client.request("GET", next(uncached))[0].status == 200, "the site to be back")
    wait_for(lambda: blog.client.request("GET", blog.cached[0])[0].headers["Age"] == "0", "pages to be fresh again")
    assert time.monotonic() - back < RECOVERY
    assert blog.processes() == before, "something was restarted"
