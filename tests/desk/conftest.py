"""What the tests of the desk share: clients, forms, and browsers that are logged in at a real server."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.admin.conftest import edit, log_in, save_first  # noqa: F401

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
    """Log somebody in, in a browser of their own; the page collects what its console complains about."""

    def open_desk(name: str, **options):
        page = new_page(**options)
        page.complaints = []
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"{desk.url}/admin/")
        sign_in(page, name)
        return page

    return open_desk


def sign_in(page, name: str) -> None:
    """Fill in the login page."""
    page.fill("#id_username", name)
    page.fill("#id_password", "a-long-password")
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


def wait_until(page, condition: str) -> None:
    """Wait until a condition holds; Playwright's own waiting evaluates it in a way that the CSP forbids."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def save(page, button: str = "_continue") -> None:
    """Press a button that saves, and wait for the page that follows."""
    with page.expect_navigation():
        page.click(f"input[name={button}]")


def shot(page, name: str) -> None:
    """Keep a picture where somebody asked for them (SHOTS names a folder)."""
    if folder := os.environ.get("SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png")
