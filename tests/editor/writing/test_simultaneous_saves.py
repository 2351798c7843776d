"""Automatic saves that arrive at the same time, in several processes, make one post and lose nothing."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.editor.writing.conftest import CREATE_USERS
from tests.server.clients import Client

pytestmark = pytest.mark.server

AT_ONCE = 6
COUNT = """
from apps.posts.models import Post
print(*[f"{post.title}|{post.version}|{post.history.count()}" for post in Post.objects.order_by("pk")], sep="\\n")
"""


@pytest.fixture
def desk(serve):
    server = serve(WEB_CONCURRENCY="2", WSGI_THREADS="8")
    server.shell(CREATE_USERS)
    return server


@pytest.fixture
def send(desk):
    """Return a function that sends a form as Erika, to be saved automatically; returns the status and the answer."""
    session = desk.session("erika")
    cookie = f"{session['name']}={session['value']}"
    response, content = Client(desk.url).request("GET", "/admin/posts/post/session/", b"", Cookie=cookie)
    token = response.headers["Set-Cookie"].split(";")[0]
    headers = {
        "Cookie": f"{cookie}; {token}",
        "X-CSRFToken": json.loads(content)["csrf"],
        "Accept": "application/json",
        "Content_Type": "application/x-www-form-urlencoded",
        "Origin": desk.url,
    }

    def post(**form: str) -> tuple[int, dict]:
        body = urlencode({"kind": "post", **form}).encode()
        response, content = Client(desk.url).request("POST", "/admin/posts/post/autosave/", body, **headers)
        return response.status, json.loads(content)

    return post


def at_once(action) -> list[tuple[int, dict]]:
    barrier = threading.Barrier(AT_ONCE)

    def wait_and_act(index: int) -> tuple[int, dict]:
        barrier.wait()
        return action(index)

    with ThreadPoolExecutor(AT_ONCE) as executor:
        return list(executor.map(wait_and_act, range(AT_ONCE)))


def test_requests_of_one_new_form_that_arrive_together_create_one_post(desk, send):
    for number in range(3):
        key = f"new:abcdefghijkl{number}"
        answers = at_once(lambda index: send(draft_key=key, draft_tab="one", title="Tides", body=f"Text {index}."))  # noqa: B023
        assert {status for status, _answer in answers} <= {200, 503}
        keys = {answer["form"]["key"] for status, answer in answers if status == 200 and "form" in answer}
        assert len(keys) == 1
    posts = desk.shell(COUNT).split()
    assert len(posts) == 3
    # However often they were changed, nobody has saved them by hand: each has the record of its creation.
    assert {post.split("|")[2] for post in posts} == {"1"}


def test_of_two_pages_that_write_the_same_version_one_is_told_of_the_other(desk, send):
    _status, created = send(draft_key="new:mnopqrstuvwxyz", draft_tab="one", title="Waves")
    form = {"draft_key": created["form"]["key"], "version": str(created["form"]["version"]), "title": "Waves"}
    answers = at_once(lambda index: send(**form, body=f"Text {index}.", draft_tab=f"tab{index}"))
    assert {status for status, _answer in answers} <= {200, 503}
    written = [answer for _status, answer in answers if "form" in answer]
    assert len(written) == 1
    assert written[0]["form"]["version"] == 2
