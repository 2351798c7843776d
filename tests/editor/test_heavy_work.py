"""Somebody whose work is still under way is told so, and nothing that was sent is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core import heavy_work
from apps.posts import services
from apps.posts.models import Post
from tests.api.conftest import client, erika_client  # noqa: F401
from tests.media import files

pytestmark = pytest.mark.any_database

POSTS = "/admin/posts/post/"
LONG = "A long text. " * (heavy_work.SMALL_TEXT // 10)
SAID = "Other work like this is still under way"


@contextmanager
def working(person: object) -> Iterator[None]:
    """Hold a person's place in another thread."""
    has_begun, may_end = threading.Event(), threading.Event()

    def work() -> None:
        with heavy_work.take(person):
            has_begun.set()
            may_end.wait(30)

    thread = threading.Thread(target=work)
    thread.start()
    assert has_begun.wait(30)
    try:
        yield
    finally:
        may_end.set()
        thread.join(30)


@pytest.fixture
def occupy(monkeypatch) -> Iterator[Callable[..., None]]:
    """Let people work until the end of the test; nobody waits for them."""
    monkeypatch.setattr(heavy_work, "WAIT_SECONDS", 0.01)
    with ExitStack() as stack:
        yield lambda *people: [stack.enter_context(working(person)) for person in people]


def requests_of(post: Post) -> dict[str, tuple[str, dict | None]]:
    """Return the address and the fields of each request that does heavy work."""
    text = {"title": "T", "body": LONG, "language": ""}
    return {
        "preview": (f"{POSTS}render/", text),
        "checklist": (f"{POSTS}checklist/", text),
        "difference": (f"{POSTS}difference/", {"draft_key": f"post:{post.pk}"}),
        "history": (f"{POSTS}{post.pk}/history/", None),
        "version": (f"{POSTS}{post.pk}/history/{post.history.latest().pk}/", None),
        "comparison": (f"{POSTS}{post.pk}/history/?from=1&to=2", None),
        "upload": ("/admin/media/image/upload/", {"file": SimpleUploadedFile("a.jpg", files.jpeg(20, 20))}),
    }


KINDS = ["preview", "checklist", "difference", "history", "version", "comparison", "upload"]


@pytest.fixture
def post(erika):
    """A post in two versions."""
    post = services.create_post(by=erika, title="First", body=LONG)
    return services.update_post(post, by=erika, expected_version=1, title="Second") or post


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_own", [True, False])
def test_heavy_work_beside_other_is_refused_with_a_message(
    erika, log_in, post, occupy, settings, tmp_path, kind, is_own
):
    settings.MEDIA_ROOT = str(tmp_path)
    browser, (address, fields) = log_in(erika), requests_of(post)[kind]
    occupy(*([erika.pk] if is_own else ["somebody", "another"]))
    answer = browser.get(address) if fields is None else browser.post(address, fields)
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert SAID in answer.content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_heavy_work_beside_that_of_one_other_person_is_done(erika, log_in, post, occupy, settings, tmp_path, kind):
    settings.MEDIA_ROOT = str(tmp_path)
    browser, (address, fields) = log_in(erika), requests_of(post)[kind]
    occupy("somebody")
    answer = browser.get(address) if fields is None else browser.post(address, fields)
    assert answer.status_code in (200, 201)


def test_a_form_that_is_saved_meanwhile_is_shown_again_with_its_text(erika, log_in, edit, post, occupy):
    browser = log_in(erika)
    url, fields = edit(browser, post)
    occupy(erika.pk)
    answer = browser.post(url, fields | {"body": f"{LONG}And more."})
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert SAID in answer.content.decode()
    assert "And more." in answer.content.decode()
    post.refresh_from_db()
    assert "And more." not in post.body


def test_a_small_text_is_rendered_and_saved_meanwhile(erika, log_in, edit, post, occupy):
    browser = log_in(erika)
    url, fields = edit(browser, post)
    occupy(erika.pk)
    assert browser.post(f"{POSTS}render/", {"body": "Short.", "language": ""}).status_code == 200
    assert browser.post(url, fields | {"body": "Short."}).status_code == 302


def test_the_api_answers_429_and_writes_nothing(erika, erika_client, occupy):  # noqa: F811
    occupy(erika.pk)
    answer = erika_client.post("posts/", {"title": "T", "body": LONG})
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert SAID in answer.json()["detail"]
    assert answer.json()["type"].endswith("#too-many-requests")
    assert not Post.objects.exists()
    assert erika_client.post("posts/", {"title": "T", "body": "Short."}).status_code == 201
