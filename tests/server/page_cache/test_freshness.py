"""Changes show at once in the process that wrote them, within two seconds elsewhere; scheduled posts on time."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from apps.core.content_state import MAX_AGE_SECONDS
from tests.server.clients import Client

pytestmark = pytest.mark.server

SOON = MAX_AGE_SECONDS + 1
"""Seconds after which a change shows in every process: the state they use is at most a second old."""


Seen = dict[str, tuple[int, set[str]]]


class Blog:
    """Two processes of one site: `here` is written to, `there` is only read."""

    def __init__(self, here, there, token: str) -> None:
        self.here, self.there, self.token = Client(here.url), Client(there.url), token

    def write(self, method: str, path: str, **fields) -> dict:
        """Write through the API; return the document of the response."""
        headers = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/json", "If_Match": "*"}
        response, body = self.here.request(method, f"/api/v1/{path}", json.dumps(fields).encode(), **headers)
        assert response.status in (200, 201, 204), body
        return json.loads(body) if body else {}

    def read(self, where: Client) -> Seen:
        """Return, for each list and each post's page, the status and the posts that it shows."""
        found = {}
        for path in [*LISTS, *(f"/{post}/" for post in POSTS)]:
            response, body = where.request("GET", path)
            # A post's page also links to other posts.
            posts = [post for post in POSTS if path in (*LISTS, f"/{post}/")]
            found[path] = (response.status, {post for post in posts if f"{post} bird".encode() in body})
        return found


POSTS = ["quetzal", "hoatzin", "kinkajou"]
LISTS = ["/", "/feed.atom", "/api/v1/posts/"]
SETUP = """
from django.contrib.auth.models import Group, User
from apps.api.models import ApiToken
from apps.posts.services import create_author
erika = User.objects.create_user('erika', 'erika@example.org', is_staff=True)
erika.groups.set(Group.objects.filter(name='Editors'))
create_author(name='Erika', user=erika)
print(ApiToken.objects.issue(user=erika, scopes=["create", "read", "update", "delete"], expires_at=None)[1])
"""


@pytest.fixture(scope="module")
def blog(serve, databases):
    url = databases.new()
    here, there = serve(url), serve(url)
    return Blog(here, there, here.shell(SETUP).strip())


def shown(*posts: str, otherwise: int = 404) -> Seen:
    """Return what `read` returns if these posts are public and the others' pages have the status `otherwise`."""
    pages = {f"/{post}/": (200, {post}) if post in posts else (otherwise, set()) for post in POSTS}
    return {path: (200, {*posts}) for path in LISTS} | pages


def test_each_change_of_a_post_shows_everywhere(blog):
    assert blog.read(blog.here) == blog.read(blog.there) == shown()
    first, second, third = (f"posts/{number}/" for number in create(blog))
    for changes, after in [
        ([], shown(*POSTS)),
        (
            [("PATCH", first, {"title": "Another"}), ("PATCH", second, {"status": "draft"}), ("DELETE", third, {})],
            shown() | {"/quetzal/": (200, set()), "/kinkajou/": (410, set())},
        ),
        (
            [
                ("PATCH", first, {"title": "A quetzal bird"}),
                ("PATCH", second, {"status": "published"}),
                ("PATCH", third, {"trashed": False}),
            ],
            shown(*POSTS),
        ),
        ([("DELETE", post, {}) for post in (first, second, third)], shown(otherwise=410)),
    ]:
        for method, path, fields in changes:
            blog.write(method, path, **fields)
        # Read your writes.
        assert blog.read(blog.here) == after
        time.sleep(SOON)
        assert blog.read(blog.there) == after


def create(blog) -> list[int]:
    """Create the posts and return their ids."""
    fields = [{"title": f"A {post} bird", "slug": post, "status": "published"} for post in POSTS]
    return [blog.write("POST", "posts/", **each)["id"] for each in fields]


def test_a_scheduled_post_appears_on_time(blog):
    at = datetime.now(UTC) + timedelta(seconds=5)
    blog.write("POST", "posts/", title="A bird to come", slug="later", status="published", published_at=at.isoformat())
    early = []
    # Requested all the time, so that the pages are cached up to that moment.
    while datetime.now(UTC) < at:
        seen = [see(where) for where in (blog.here, blog.there)]
        if datetime.now(UTC) < at:
            early += seen
    assert early, "the machine is too slow for this test"
    assert set(early) == {(404, False)}
    assert [see(where) for where in (blog.here, blog.there)] == [(200, True)] * 2


def see(where: Client) -> tuple[int, bool]:
    """Return the status of the scheduled post's page, and whether the home page shows it."""
    return where.request("GET", "/later/")[0].status, b"bird to come" in where.get("/")
