"""What the tests of the desk share: clients, forms, and browsers that are logged in at a real server."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.editor.conftest import edit, log_in, save_first  # noqa: F401

# The editor sends a draft 2.5 seconds after something was typed, and looks every second at what tells it nothing.
PAUSE = 4000
# What a browser says of Playwright's clock, which does not get into the frame of the preview before that shows a text.
NO_CLOCK_THERE = "Blocked script execution in 'about:blank'"
PEOPLE = """
from django.contrib.auth.models import Group, User
from apps.posts import services
for name, group in (("alice", "Authors"), ("erika", "Editors"), ("frank", "Editors")):
    user = User.objects.create_user(name, f"{name}@example.org", "a-long-password", is_staff=True)
    user.groups.set(Group.objects.filter(name=group))
    services.create_author(name=f"{name.title()} Adams", user=user)
"""
POST = """
from apps.posts import services
from apps.posts.models import Author
print(services.create_post(
    by=None, title="Tides", body="One line.\\n\\nAnother line.\\n\\nA third line.", status="published",
    authors=[Author.objects.get(slug="alice-adams")],
).pk)
"""


@pytest.fixture(scope="module")
def desk(serve, tmp_path_factory):
    """A server with three people who write, and a folder of its own for their pictures."""
    server = serve(MEDIA_ROOT=str(tmp_path_factory.mktemp("media")))
    server.shell(PEOPLE)
    return server


@pytest.fixture
def post_url(desk) -> str:
    """The form of a post of its own."""
    return f"{desk.url}/admin/posts/post/{desk.shell(POST).split()[-1]}/change/"


@pytest.fixture
def desk_of(desk, new_page) -> Callable:
    """Open a browser in which somebody is logged in; the page collects what its console complains about."""

    def open_desk(name: str, **options):
        page = new_page(**options)
        page.context.add_cookies([desk.session(name)])
        page.complaints = []

        def listen(message) -> None:
            if message.type == "error" and not message.text.startswith(NO_CLOCK_THERE):
                page.complaints.append(message.text)

        page.on("console", listen)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    return open_desk


@pytest.fixture
def hasty_desk_of(desk_of) -> Callable:
    """Log somebody in at a desk whose clock goes as any, and can be put forward where one would only wait."""

    def open_desk(name: str, **options):
        page = desk_of(name, **options)
        page.context.clock.install()
        return page

    return open_desk


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
    """Wait until the editor's status says this."""
    page.wait_for_selector(f".editor-status[data-state={state}]", state="attached")


def send_draft(page, state: str = "kept") -> None:
    """Put the clock forward to when the editor sends a draft, and wait until its status says what became of it."""
    page.clock.run_for(PAUSE)
    wait_for_state(page, state)


def wait_until(page, condition: str) -> None:
    """Wait until a condition holds; Playwright's own waiting evaluates it in a way that the CSP forbids."""
    for _ in range(1500):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never came true: {condition}")


def wait_until_held(page, held: list, count: int = 1) -> None:
    """Wait until so many requests of a page are held back on their way to the server."""
    for _ in range(3000):
        if len(held) >= count:
            return
        page.wait_for_timeout(10)
    raise AssertionError(f"{len(held)} of {count} requests were sent")


def save(page, button: str = "_continue") -> None:
    """Press a button that saves, and wait for the page that follows."""
    with page.expect_navigation():
        page.click(f"input[name={button}]")


def shot(page, name: str) -> None:
    """Keep a picture where somebody asked for them (SHOTS names a folder)."""
    if folder := os.environ.get("SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png")
