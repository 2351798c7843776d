"""What changes shows: at once where it was written, within two seconds everywhere else, a scheduled post at its second."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from apps.posts.generation import SECONDS
from tests.process.clients import Client, wait_for

pytestmark = pytest.mark.server

SOON = SECONDS + 1
"""Seconds after which a change shows in every process: what they go by is at most a second old."""


class Blog:
    """Two processes of one site: `here` is written to, `there` is only read."""

    def __init__(self, here, there) -> None:
        self.here, self.there = Client(here.url), Client(there.url)
        self.token = here.manage("create_token", "--user=erika", "--scopes=create,read,update,delete").stdout.split()[
            -1
        ]

    def write(self, method: str, path: str, **fields) -> dict:
        """Write through the API; return what it answered."""
        headers = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/json", "If_Match": "*"}
        response, body = self.here.ask(method, f"/api/v1/{path}", json.dumps(fields).encode(), **headers)
        assert response.status in (200, 201, 204), body
        return json.loads(body) if body else {}

    def read(self, where: Client) -> dict[str, tuple[int, bool]]:
        """Return of each address its status and whether it shows the word."""
        answers = {path: where.ask("GET", path) for path in ("/", "/fresh/", "/feed.atom", "/api/v1/posts/")}
        return {path: (response.status, b"quetzal" in body) for path, (response, body) in answers.items()}


@pytest.fixture(scope="module")
def blog(serve, databases):
    url = databases.new()
    here, there = serve(url), serve(url)
    here.shell(
        "from django.contrib.auth.models import Group, User; from apps.posts.services import create_author;"
        "erika = User.objects.create_user('erika', 'erika@example.org', is_staff=True);"
        "erika.groups.set(Group.objects.filter(name='Editors')); create_author(name='Erika', user=erika)"
    )
    return Blog(here, there)


SHOWN = {"/": (200, True), "/fresh/": (200, True), "/feed.atom": (200, True), "/api/v1/posts/": (200, True)}
HIDDEN = {path: (404 if path == "/fresh/" else 200, False) for path in SHOWN}


def test_each_step_of_a_post_s_life_shows_everywhere(blog):
    before = HIDDEN
    assert blog.read(blog.here) == blog.read(blog.there) == before
    fields = {"title": "The quetzal", "slug": "fresh", "status": "published"}
    post = blog.write("POST", "posts/", **fields)
    gone = {**HIDDEN, "/fresh/": (410, False)}
    for change, after in [
        (None, SHOWN),
        (
            lambda: blog.write("PATCH", f"posts/{post['id']}/", title="Another bird"),
            dict.fromkeys(SHOWN, (200, False)),
        ),
        (lambda: blog.write("PATCH", f"posts/{post['id']}/", title="The quetzal"), SHOWN),
        (lambda: blog.write("PATCH", f"posts/{post['id']}/", status="draft"), HIDDEN),
        (lambda: blog.write("PATCH", f"posts/{post['id']}/", status="published"), SHOWN),
        (lambda: blog.write("DELETE", f"posts/{post['id']}/"), gone),
        (lambda: blog.write("PATCH", f"posts/{post['id']}/", trashed=False), SHOWN),
        (lambda: blog.write("DELETE", f"posts/{post['id']}/"), gone),
    ]:
        if change:
            change()
        # Whoever writes reads what they wrote.
        assert blog.read(blog.here) == after
        time.sleep(SOON)
        assert blog.read(blog.there) == after


def test_a_scheduled_post_appears_at_its_second(blog):
    at = datetime.now(UTC) + timedelta(seconds=5)
    blog.write(
        "POST", "posts/", title="A quetzal to come", slug="later", status="published", published_at=at.isoformat()
    )
    time.sleep(SOON)
    for where in (blog.here, blog.there):
        assert where.ask("GET", "/later/")[0].status == 404
        assert b"quetzal" not in where.get("/")
    assert datetime.now(UTC) < at, "the machine is too slow for this test"
    # Asked for all the time, so that the pages are kept until the very moment.
    wait_for(lambda: (blog.there.get("/"), blog.here.get("/")) and datetime.now(UTC) >= at, "the hour")
    for where in (blog.here, blog.there):
        assert where.ask("GET", "/later/")[0].status == 200
        assert b"quetzal" in where.get("/")
