"""Fixtures for all tests: users, posts, real servers and a real browser."""

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
from apps.audit.models import AuditChain, AuditEntry
from apps.core import background_mail, content_state
from apps.core.request_ids import request_id
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
    """Load the plugin for the --through-* options."""
    if config.option.through:
        config.pluginmanager.register(import_module("tests.local_cluster.over_http"))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Exclude the objects loaded so far from garbage collection, which would traverse them repeatedly."""
    gc.collect()
    gc.freeze()
    # Collect less often than by default, as the server does (blog_project/gunicorn.conf.py).
    gc.set_threshold(10_000, 20, 20)


def _restore_migration_rows(sender, using: str, **kwargs) -> None:
    """Restore the rows that migrations wrote: a test with real transactions ends with all tables truncated."""
    schema_editor = SimpleNamespace(connection=connections[using])
    import_module("apps.core.migrations.0002_content_generation").create_row(apps, schema_editor)
    chain = import_module("apps.audit.migrations.0002_chain")
    chain.create_row(apps, schema_editor)
    for path in sorted(servers.ROOT.glob("apps/*/migrations/0*.py")):
        migration = import_module(".".join(path.relative_to(servers.ROOT).with_suffix("").parts))
        if hasattr(migration, "give"):  # The groups and their permissions.
            migration.give(apps, schema_editor)
    # Migrations record nothing, but these groups have just been given their permissions by the models of today.
    AuditEntry.objects.all().delete()
    AuditChain.objects.all().delete()
    chain.create_row(apps, schema_editor)


# Django also sends this signal after it has truncated the tables.
post_migrate.connect(_restore_migration_rows, sender=apps.get_app_config("posts"))


@pytest.fixture(autouse=True)
def _mails_of_this_test_alone() -> Iterator[None]:
    """Wait for the thread that sends mail: what it sends after a test would be in the outbox of the next one."""
    yield
    background_mail.wait()


@pytest.fixture(autouse=True)
def _outside_of_requests() -> Iterator[None]:
    """Refuse what a test leaves to the next one: with the id of a request, that would act as a request does."""
    yield
    left, _token = request_id.get(), request_id.set("-")
    assert left == "-", "the test has set request_id; contextvars.copy_context().run(…) keeps that to itself"


@pytest.fixture(autouse=True)
def _no_known_content_state() -> None:
    """Reset the cached state of the content: the writes of other tests were rolled back without changing it."""
    content_state.invalidate()


# Users: Alice and Bob are authors, Erika is an editor, Anna an administrator, Charlie is in no group.


def _user(name: str, *groups: str) -> User:
    user = User.objects.create_user(
        name.lower(), f"{name.lower()}@example.org", "a-long-password", is_staff=bool(groups)
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def alice(db) -> User:
    """An author, who may write posts and change her own."""
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
    """An editor, who may change all posts."""
    return _user("Erika", "Editors")


@pytest.fixture
def anna(db) -> User:
    """An administrator: an editor who also manages users."""
    return _user("Anna", "Administrators")


@pytest.fixture
def charlie(db) -> User:
    """A user in no group."""
    return _user("Charlie")


@pytest.fixture
def make_post(db) -> Callable[..., Post]:
    """Create posts through the services, published by default."""

    def make(title: str = "A post", **fields) -> Post:
        fields.setdefault("status", Post.Status.PUBLISHED)
        fields.setdefault("body", f"The text of *{title}*.")
        return services.create_post(by=fields.pop("by", None), title=title, **fields)

    return make


@pytest.fixture
def token_for() -> Callable[..., str]:
    """Issue API tokens, with all scopes by default; returns the secret."""

    def issue(user: User, *scopes: str, expires_at=None) -> str:
        return ApiToken.objects.issue(
            user=user, scopes=list(scopes) or ["create", "read", "update", "delete"], expires_at=expires_at
        )[1]

    return issue


# Real servers and a real browser

FAILURES = servers.ROOT / "var" / "test-failures"


@pytest.fixture(scope="session")
def databases(tmp_path_factory) -> Iterator[servers.Databases]:
    """Create migrated, empty databases for servers."""
    databases = servers.Databases(tmp_path_factory.mktemp("databases"))
    yield databases
    databases.drop_all()


@pytest.fixture(scope="session")
def static_files() -> None:
    """Collect the static files that servers in production mode serve."""
    servers.collect_static_files()


@pytest.fixture(scope="module")
def serve(databases, static_files, tmp_path_factory) -> Iterator[Callable[..., servers.Server]]:
    """Start gunicorn servers: `serve(ROLE="read")`, each on a new database unless `database_url` is given."""
    with ExitStack() as stack:

        def start(database_url: str | None = None, **extra: str) -> servers.Server:
            url = database_url or databases.new()
            return stack.enter_context(servers.serving(url, tmp_path_factory.mktemp("server"), **extra))

        yield start


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """A headless Chromium, driven by Playwright: that of the system, or that of CHROMIUM=…"""
    from playwright.sync_api import expect, sync_playwright

    # As long as Playwright waits for anything else, on a busy machine too; only a failing test waits that long.
    expect.set_options(timeout=30_000)
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
    """Open pages, each in a new browser context: `new_page(color_scheme="dark")`."""
    with ExitStack() as stack:

        def open_page(**options):
            context = stack.enter_context(chromium.new_context(**options))
            return context.new_page()

        yield open_page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """When a test fails, save a screenshot of every open page and list the files in the report."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("chromium")
    if browser and report.failed and call.when != "teardown":
        pages = [page for context in browser.contexts for page in context.pages]
        screenshots = [save_screenshot(page, f"{item.name}-{number}") for number, page in enumerate(pages, 1)]
        report.sections.append(("Pages in the browser", "\n".join(screenshots)))
    return report


def save_screenshot(page, name: str) -> str:
    """Save a screenshot of a page; return the URL of the page and the path of the file."""
    file = FAILURES / f"{re.sub(r'[^a-zA-Z0-9_.]+', '-', name)}.png"
    try:
        page.screenshot(path=file, timeout=5000)
    except Exception as error:  # The page may be closed or hang; the failure itself is more important.
        return f"{page.url}: no screenshot ({error})"
    return f"{page.url}: {file}"
