"""What all tests share: the cast, real servers, and a real browser."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connections
from django.db.models.signals import post_migrate

from apps.api.models import ApiToken
from apps.core import content_state
from apps.posts import services
from apps.posts.models import Author, Post
from tests import servers
from tests.programs import need

pytest_plugins = ["tests.report", "tests.selection"]

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's sync API keeps an event loop in this thread.


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that send the requests of the suites over HTTP."""
    group = parser.getgroup("broadsheet")
    for what, value in [("the split's gateway", "gateway"), ("one process of all roles", "monolith")]:
        option = {"action": "store_const", "const": value, "dest": "through"}
        group.addoption(f"--through-{value}", help=f"run tests/api and tests/frontend against {what}", **option)


def pytest_configure(config: pytest.Config) -> None:
    """Load what these options need."""
    if config.option.through:
        config.pluginmanager.register(import_module("tests.local_cluster.gateway"))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Take all that was loaded until here out of garbage collection, which would go through it again and again."""
    gc.collect()
    gc.freeze()
    # Nor is it worth looking for cycles as often as by default (as for the server, blog_project/gunicorn.conf.py).
    gc.set_threshold(10_000, 20, 20)


def _refill(sender, using: str, **kwargs) -> None:
    """Put back what migrations wrote: a test with real transactions ends with every table emptied."""
    schema_editor = SimpleNamespace(connection=connections[using])
    import_module("apps.core.migrations.0002_content_generation").create_row(apps, schema_editor)
    for name in ("accounts", "comments", "media", "site"):
        import_module(f"apps.{name}.migrations.0002_groups").give(apps, schema_editor)
    import_module("apps.posts.migrations.0003_groups").give(apps, schema_editor)


# Django sends this after it has emptied the tables, too.
post_migrate.connect(_refill, sender=apps.get_app_config("posts"))


@pytest.fixture(autouse=True)
def _nothing_is_known() -> None:
    """Have each test begin without the state of the content that another asked for: a rolled back write told nobody."""
    content_state._forget()


# The cast: Alice and Bob write, Erika edits, Anna administers, Charlie has an account and no rights.


def _user(name: str, *groups: str) -> User:
    user = User.objects.create_user(
        name.lower(), f"{name.lower()}@example.org", "a-long-password", is_staff=bool(groups)
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def alice(db) -> User:
    """An author: may write, and change her own."""
    user = _user("Alice", "Authors")
    Author.objects.create(name="Alice Adams", slug="alice-adams", user=user)
    return user


@pytest.fixture
def bob(db) -> User:
    """Another author."""
    user = _user("Bob", "Authors")
    Author.objects.create(name="Bob Brown", slug="bob-brown", user=user)
    return user


@pytest.fixture
def erika(db) -> User:
    """An editor: may change what anybody wrote."""
    return _user("Erika", "Editors")


@pytest.fixture
def anna(db) -> User:
    """An administrator: an editor who answers for users too."""
    return _user("Anna", "Administrators")


@pytest.fixture
def charlie(db) -> User:
    """A user in no group."""
    return _user("Charlie")


@pytest.fixture
def make_post(db) -> Callable[..., Post]:
    """Write a published post (unless told otherwise) through the services."""

    def make(title: str = "A post", **fields) -> Post:
        fields.setdefault("status", Post.Status.PUBLISHED)
        fields.setdefault("body", f"The text of *{title}*.")
        return services.create_post(by=fields.pop("by", None), title=title, **fields)

    return make


@pytest.fixture
def token_for() -> Callable[..., str]:
    """Issue a token for a user, for all operations unless told otherwise; return its secret."""

    def issue(user: User, *scopes: str, expires_at=None) -> str:
        return ApiToken.objects.issue(
            user=user, scopes=list(scopes) or ["create", "read", "update", "delete"], expires_at=expires_at
        )[1]

    return issue


# Real servers and a real browser

FAILURES = servers.ROOT / "var" / "test-failures"


@pytest.fixture(scope="session")
def databases(tmp_path_factory) -> Iterator[servers.Databases]:
    """Databases for servers, each migrated and empty."""
    made = servers.Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.drop_all()


@pytest.fixture(scope="session")
def static_files() -> None:
    """Collect the static files that servers in production mode serve."""
    servers.collected_static_files()


@pytest.fixture(scope="module")
def serve(databases, static_files, tmp_path_factory) -> Iterator[Callable[..., servers.Server]]:
    """Start gunicorn servers: `serve(ROLE="read")`, each on a database of its own unless given `database_url`."""
    with ExitStack() as stack:

        def start(database_url: str | None = None, **extra: str) -> servers.Server:
            url = database_url or databases.new()
            return stack.enter_context(servers.serving(url, tmp_path_factory.mktemp("server"), **extra))

        yield start


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """The system's Chromium (without windows, it takes half the work), driven by Playwright; or that of CHROMIUM=…"""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or need("chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium) -> Iterator[Callable]:
    """Open pages, each in a browser profile of its own: `new_page(color_scheme="dark")`."""
    with ExitStack() as stack:

        def open_page(**options):
            context = stack.enter_context(chromium.new_context(**options))
            return context.new_page()

        yield open_page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Keep a picture of every page that is open when a test fails, and name it in the report."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("chromium")
    if browser and report.failed and call.when != "teardown":
        pages = [page for context in browser.contexts for page in context.pages]
        pictures = [keep_picture(page, f"{item.name}-{number}") for number, page in enumerate(pages, 1)]
        report.sections.append(("Pages in the browser", "\n".join(pictures)))
    return report


def keep_picture(page, name: str) -> str:
    """Keep a picture of a page; return where the page was and where the picture is."""
    file = FAILURES / f"{re.sub(r'[^a-zA-Z0-9_.]+', '-', name)}.png"
    try:
        page.screenshot(path=file, timeout=5000)
    except Exception as error:  # A page may be closed or hang, which is no news beside the failure.
        return f"{page.url}: no picture ({error})"
    return f"{page.url}: {file}"
