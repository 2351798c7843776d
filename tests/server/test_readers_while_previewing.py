"""Readers of the monolith are answered while people preview texts that take seconds to render."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import servers

pytestmark = [pytest.mark.server, pytest.mark.heavy, pytest.mark.any_database]

PEOPLE = [f"editor-{number}" for number in range(8)]
HOSTILE = "<img src=a>" * 60_000
"""A text that takes seconds and is not refused."""
PREVIEW = "/admin/posts/post/render/"


@pytest.fixture
def server(serve) -> servers.Server:
    """A monolith of one worker."""
    return serve(HTTPS="0")


@pytest.fixture
def editors(server) -> dict[str, dict[str, str]]:
    """Editors who are logged in: the headers of their requests."""
    server.shell(f"""
from django.contrib.auth.models import User
for name in {PEOPLE!r}:
    User.objects.create_superuser(name, password="x")
""")
    token = "a" * 32
    return {
        name: {"Cookie": f"sessionid={server.session(name)['value']}; csrftoken={token}", "X-CSRFToken": token}
        for name in PEOPLE
    }


def answer_to(request: urllib.request.Request) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_eight_hostile_previews_at_once_do_not_keep_readers_waiting(server, editors):
    body = urllib.parse.urlencode({"title": "T", "body": HOSTILE, "language": ""}).encode()
    order: list[tuple[str, int, bytes]] = []

    def preview(headers: dict[str, str]) -> None:
        order.append(("preview", *answer_to(urllib.request.Request(server.url + PREVIEW, body, headers))))

    def read(number: int) -> None:
        # Each address is another one for the page cache, and every page is made.
        order.append(("page", *answer_to(urllib.request.Request(f"{server.url}/search/?q=word{number}"))))

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        previews = [pool.submit(preview, headers) for headers in editors.values()]
        number = 0
        while not all(one.done() for one in previews):
            read(number)
            number += 1
        for one in previews:
            one.result()
    pages = [status for kind, status, _content in order if kind == "page"]
    shown = [content for kind, status, content in order if kind == "preview" and status == 200]
    refused = [content for kind, status, content in order if kind == "preview" and status == 429]
    assert set(pages) == {200}
    assert len(shown) >= 2
    assert len(shown) + len(refused) == len(PEOPLE)
    # At most two work and four wait, so that two threads are left; who is refused is told why.
    assert len(refused) >= 2
    assert all("still under way" in json.loads(content)["detail"] for content in refused)
    first = next(place for place, (kind, status, _content) in enumerate(order) if (kind, status) == ("preview", 200))
    assert sum(kind == "page" for kind, _status, _content in order[:first]) >= 3
