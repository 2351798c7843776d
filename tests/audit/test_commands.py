"""Every command that writes is recorded; of each other one it is said here why it writes nothing to record."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.utils import timezone

from apps.accounts.models import Session
from apps.api.models import KEY_LIFETIME, ApiToken, IdempotencyKey
from apps.audit.commands import RecordedCommand
from apps.audit.models import AuditEntry
from apps.comments.models import Comment
from apps.comments.services import create_comment
from apps.core.models import Change
from apps.posts import services
from apps.posts.models import PendingVersion, Post, Tag
from tests.accounts.factors import with_app

PACKAGES = ("apps.", "axes", "simple_history", "django_otp", "django.contrib.sessions")
COMMANDS = sorted(name for name, app in get_commands().items() if app.startswith(PACKAGES))
WRITES_NOTHING = {
    "audit": "it reads the audit trail",
    "axes_list_attempts": "it reads",
    "export_markdown": "it reads the database and writes files that whoever runs it names",
    "httproute": "it prints manifests",
    "migrate": "the table of migrations records them, and the first ones make the audit trail",
    "wait_for_database": "it connects",
}


def forget_one_address(user, post, folder) -> None:
    Comment.objects.update(created_at=timezone.now() - timedelta(days=99), address="192.0.2.1")
    call_command("forget_addresses")


def clear_one_key(user, post, folder) -> None:
    IdempotencyKey.objects.create(digest="d", fingerprint="f", created_at=timezone.now() - KEY_LIFETIME)
    call_command("clear_idempotency_keys")


def trim_one_change(user, post, folder) -> None:
    old = timezone.now() - timedelta(days=400)
    Change.objects.update(at=old, visible_at=old, was_visible_at=None)
    call_command("trim_changes")


def trim_one_entry(user, post, folder) -> None:
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=400))
    call_command("trim_audit")


def render_again(user, post, folder) -> None:
    Post.objects.update(rendered_by="old")
    call_command("rerender")


def refresh_one_document(user, post, folder) -> None:
    post.search_document.tags = "stale"
    post.search_document.save()
    call_command("refresh_search")


def write_one_update(user, post, folder) -> None:
    services.keep_for_later(post, by=user, expected_version=post.version, title="Ebb")
    row = PendingVersion.objects.get()
    row.schedule(timezone.now())
    row.save()
    call_command("write_due_updates")


def tidy_one_folder(user, post, folder) -> None:
    name = default_storage.save(f"{'0' * 64}/1.png", ContentFile(b"x"))
    os.utime(default_storage.path(name), (0, 0))
    call_command("tidy_images")


def import_folder(user, post, folder) -> None:
    (folder / "a-post.md").write_text("---\ntitle: A post\n---\nWords.\n")
    call_command("import_markdown", str(folder))


def import_ghost(user, post, folder) -> None:
    row = {"id": "1", "uuid": "u", "title": "T", "slug": "t", "html": "<p>x</p>", "status": "draft", "type": "post"}
    data = {"posts": [row | {"created_at": "2020-01-01T00:00:00.000Z"}], "users": [], "tags": []}
    (folder / "old.json").write_text(json.dumps({"db": [{"meta": {"version": "5.0"}, "data": data}]}))
    call_command("import_ghost", str(folder / "old.json"))


def end_sessions(user, post, folder) -> None:
    Session.objects.create(session_key="x", expire_date=timezone.now() - timedelta(days=1))
    call_command("clearsessions")


def with_attempts(name: str, *args: str, **options) -> Callable:
    def run(user, post, folder) -> None:
        AccessAttempt.objects.create(username="erika", ip_address="192.0.2.1", failures_since_start=1)
        call_command(name, *args, **options)

    return run


RUNS: dict[str, Callable] = {
    "addstatictoken": lambda user, post, folder: call_command("addstatictoken", "erika"),
    "axes_reset": with_attempts("axes_reset"),
    "axes_reset_ip": with_attempts("axes_reset_ip", "192.0.2.1"),
    "axes_reset_ip_username": with_attempts("axes_reset_ip_username", "192.0.2.1", "erika"),
    "axes_reset_username": with_attempts("axes_reset_username", "erika"),
    "clear_idempotency_keys": clear_one_key,
    "clearsessions": end_sessions,
    "create_token": lambda user, post, folder: call_command("create_token", "--user=erika", "--scopes=read"),
    "erase_commenter": lambda user, post, folder: call_command("erase_commenter", "rita@example.org"),
    "forget_addresses": forget_one_address,
    "import_ghost": import_ghost,
    "import_markdown": import_folder,
    "make_posts": lambda user, post, folder: call_command("make_posts", "1", "--words=20", verbosity=0),
    "refresh_search": refresh_one_document,
    "rerender": render_again,
    "reset_second_factor": lambda user, post, folder: (with_app(user), call_command("reset_second_factor", "erika")),
    "tidy_images": tidy_one_folder,
    "trim_audit": trim_one_entry,
    "trim_changes": trim_one_change,
    "write_due_updates": write_one_update,
}
NOT_RUN = {
    "axes_reset_failure_logs": "as axes_reset",
    "axes_reset_logs": "as axes_reset",
    "clean_duplicate_history": "as axes_reset",
    "clean_old_history": "as axes_reset",
    "populate_history": "as axes_reset",
    "database_grants": "tests/roles/test_grants_command.py",
    "import_wordpress": "as import_ghost",
}
"""Commands of which only their class is looked at here."""


@pytest.fixture
def post(make_post, erika) -> Post:
    post = make_post("Tides", authors=[services.create_author(name="An author")])
    create_comment(by=None, post=post, body="Words.", name="Rita", email="rita@example.org")
    return post


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_recorded_or_writes_nothing(name):
    command = load_command_class(get_commands()[name], name)
    assert isinstance(command, RecordedCommand) != (name in WRITES_NOTHING)


def test_each_command_that_writes_is_run_here():
    assert sorted([*RUNS, *NOT_RUN, *WRITES_NOTHING]) == COMMANDS


@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_writes_has_an_entry_with_the_name_of_the_command(name, erika, post, tmp_path, settings, capsys):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    (tmp_path / "folder").mkdir()
    before = AuditEntry.objects.order_by("-position").first().position
    RUNS[name](erika, post, tmp_path / "folder")
    entries = AuditEntry.objects.filter(position__gt=before).order_by("position")
    assert entries, "nothing was recorded"
    assert {entry.username for entry in entries} == {"manage.py"}
    assert {entry.message.partition(":")[0] for entry in entries} == {name}


def test_a_run_that_writes_nothing_has_no_entry(erika, post, capsys):
    before = AuditEntry.objects.count()
    for name in (
        "forget_addresses",
        "clear_idempotency_keys",
        "trim_changes",
        "refresh_search",
        "clearsessions",
        "write_due_updates",
    ):
        call_command(name)
    call_command("erase_commenter", "nobody@example.org")
    call_command("reset_second_factor", "erika")
    call_command("axes_reset")
    with pytest.raises(CommandError):
        call_command("create_token", user="nobody", scopes="read")
    assert AuditEntry.objects.count() == before


def test_the_entry_of_an_erased_commenter_does_not_name_them(post, capsys):
    call_command("erase_commenter", "rita@example.org")
    entry = AuditEntry.objects.order_by("position").last()
    assert entry.message == "erase_commenter: 1 comments erased"


def test_an_import_is_recorded_when_it_begins_and_with_its_counts_when_it_ends(db, tmp_path, capsys):
    import_folder(None, None, tmp_path)
    messages = list(AuditEntry.objects.order_by("position").values_list("message", flat=True))
    assert messages == [
        "import_markdown: begins",
        "import_markdown: posts: 1 created, 0 updated, 0 unchanged, 0 failed",
    ]


def test_an_import_that_is_only_tried_is_not_recorded(db, tmp_path, capsys):
    (tmp_path / "a-post.md").write_text("---\ntitle: A post\n---\nWords.\n")
    call_command("import_markdown", str(tmp_path), "--dry-run")
    assert not AuditEntry.objects.exists()


class Failing(RecordedCommand):
    """A command that writes a post, and then fails."""

    def handle(self, **options) -> None:
        services.create_tag(name="Half")
        raise OSError("the secret of rita@example.org")


def test_a_run_that_failed_is_recorded_without_the_text_of_its_error(db):
    with pytest.raises(OSError):
        call_command(Failing())
    entry = AuditEntry.objects.get()
    assert entry.message == "test_commands: (ended by OSError)"


def test_a_run_in_one_transaction_that_failed_has_written_nothing(db):
    command = Failing()
    command.in_one_transaction = True
    with pytest.raises(OSError):
        call_command(command)
    assert not Tag.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_token_made_by_a_command_has_one_entry_about_the_token(erika, capsys):
    AuditEntry.objects.all().delete()
    call_command("create_token", user="erika", scopes="read,create", name="Phone")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.model, entry.object_id) == ("added", "api.apitoken", str(ApiToken.objects.get().pk))
    assert entry.message.startswith("create_token: For create,read, until ")


def test_a_password_that_a_command_changed_is_recorded(erika, monkeypatch):
    AuditEntry.objects.all().delete()
    monkeypatch.setattr("sys.argv", ["manage.py", "changepassword", "erika"])
    monkeypatch.setattr(
        "django.contrib.auth.management.commands.changepassword.getpass.getpass", lambda prompt: "fjord-x9-qzk"
    )
    call_command("changepassword", "erika", stdout=StringIO())
    entry = AuditEntry.objects.get()
    assert (entry.username, entry.object_name, entry.message) == (
        "manage.py",
        "erika",
        "changepassword: Password set.",
    )


def test_a_superuser_that_a_command_made_is_recorded(db, monkeypatch):
    monkeypatch.setattr("sys.argv", ["manage.py", "createsuperuser"])
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "fjord-x9-qzk")
    call_command("createsuperuser", "--noinput", username="root", email="root@example.org", stdout=StringIO())
    entry = AuditEntry.objects.get()
    assert (entry.object_name, entry.message) == (
        "root",
        "createsuperuser: Rights: is_staff: False → True, is_superuser: False → True.",
    )
