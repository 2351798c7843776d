"""Fixtures and helpers for browser tests of the post form: a server, logged-in pages, and waiting for drafts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.editor.conftest import edit, log_in, save_first  # noqa: F401

# Milliseconds within which the editor sends a draft: 2.5 s after an input event, plus 1 s for polling other changes.
PAUSE = 4000
# The console error about Playwright's clock, which cannot be installed in the empty frame of the preview.
CLOCK_ERROR = "Blocked script execution in 'about:blank'"
CREATE_USERS = """
from django.contrib.auth.models import Group, User
from apps.posts import services
for name, group in (("alice", "Authors"), ("erika", "Editors"), ("frank", "Editors")):
    user = User.objects.create_user(name, f"{name}@example.org", "a-long-password", is_staff=True)
    user.groups.set(Group.objects.filter(name=group))
    services.create_author(name=f"{name.title()} Adams", user=user)
"""
CREATE_POST = """
from apps.posts import services
from apps.posts.models import Author
print(services.create_post(
    by=None, title="Tides", body="One line.\\n\\nAnother line.\\n\\nA third line.", status="published",
    authors=[Author.objects.get(slug="alice-adams")],
).pk)
"""


@pytest.fixture(scope="module")
def desk(serve, tmp_path_factory):
    """A server with three users who write, and its own media folder."""
    server = serve(MEDIA_ROOT=str(tmp_path_factory.mktemp("media")))
    server.shell(CREATE_USERS)
    return server


@pytest.fixture
def post_url(desk) -> str:
    """The URL of the form of a new post by Alice."""
    return f"{desk.url}/admin/posts/post/{desk.shell(CREATE_POST).split()[-1]}/change/"


@pytest.fixture
def open_page_as(desk, new_page) -> Callable:
    """Return a function that opens a page in which a user is logged in; `page.complaints` collects console errors."""

    def open_page(name: str, **options):
        page = new_page(**options)
        page.context.add_cookies([desk.session(name)])
        page.complaints = []

        def listen(message) -> None:
            if message.type == "error" and not message.text.startswith(CLOCK_ERROR):
                page.complaints.append(message.text)

        page.on("console", listen)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    return open_page


@pytest.fixture
def open_page_with_clock_as(open_page_as) -> Callable:
    """Like `open_page_as`, with a clock that can be put forward instead of waiting."""

    def open_page(name: str, **options):
        page = open_page_as(name, **options)
        page.context.clock.install()
        return page

    return open_page


def sign_in(page, name: str, password: str = "a-long-password") -> None:
    """Fill in the login page."""
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    with page.expect_navigation():
        page.click("#login-form input[type=submit]")


def begin_another_session(page, desk, name: str) -> None:
    """Log out and in again in another tab of the same browser."""
    other = page.context.new_page()
    other.goto(f"{desk.url}/admin/")
    with other.expect_navigation():
        other.click("#logout-form button")
    other.goto(f"{desk.url}/admin/")
    sign_in(other, name)


def wait_for_state(page, state: str) -> None:
    """Wait until the editor has this status."""
    page.wait_for_selector(f".editor-status[data-state={state}]", state="attached")


def send_draft(page, state: str = "kept") -> None:
    """Put the clock forward until the editor sends a draft, and wait for the resulting status."""
    page.clock.run_for(PAUSE)
    wait_for_state(page, state)


def wait_until(page, condition: str) -> None:
    """Wait until a JavaScript condition holds. (The CSP blocks the evaluation of Playwright's `wait_for_function`.)"""
    for _ in range(1500):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never came true: {condition}")


def wait_until_held(page, held: list, count: int = 1) -> None:
    """Wait until a route handler has held back `count` requests of the page."""
    for _ in range(3000):
        if len(held) >= count:
            return
        page.wait_for_timeout(10)
    raise AssertionError(f"{len(held)} of {count} requests were sent")


def save(page, button: str = "_continue") -> None:
    """Press a button that saves, and wait for the next page.

    (Not `expect_navigation`: the form of a new post changes its address when it is first saved automatically.)
    """
    with page.expect_event("load"):
        page.click(f"[name={button}]")


def screenshot(page, name: str) -> None:
    """Save a screenshot if the environment variable SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png")


def write(page, *parts: str) -> None:
    """Type texts and press keys, as `Enter` or `Control+B`, one after the other."""
    for part in parts:
        if (
            re.fullmatch(r"(?:(?:Control|Shift)\+)*(?:Enter|Tab|Escape|Backspace|Home|End|[\w\[\]])", part)
            and len(part) > 1
        ):
            page.keyboard.press(part)
        else:
            page.keyboard.type(part)
