"""The audit trail says who did what, to what, when and from where; it outlives users and cannot be changed."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.api.models import ApiToken
from apps.posts import services
from apps.posts.models import Post, Tag
from tests.editor.forms import fields_of

URL = "/admin/accounts/auditentry/"
POSTS = "/admin/posts/post/"


@pytest.fixture
def root(db) -> User:
    return User.objects.create_superuser("root", "root@example.org", "a-long-password")


@pytest.fixture(autouse=True)
def known_request_id(settings):
    """Nothing is asked of the cache or of a proxy."""
    settings.TRUSTED_PROXIES = 0


def trail(**of) -> list[tuple[str, str, str, str]]:
    entries = AuditEntry.objects.filter(**of).exclude(action="logged_in").order_by("at", "id")
    return [(entry.username, entry.action, entry.object_name, entry.message) for entry in entries]


def act(client, action: str, *rows, url: str = POSTS, **more):
    return client.post(url, {"action": action, "_selected_action": [row.pk for row in rows], "index": "0", **more})


def test_a_saved_form_is_an_entry_with_the_address_and_the_request_it_came_by(erika, log_in, edit):
    client = log_in(erika, REMOTE_ADDR="192.0.2.7")
    url, form = edit(client)
    response = client.post(url, {**form, "title": "Tides"}, headers={"X-Request-ID": "request-of-erika"})
    entry = AuditEntry.objects.get(action="added")
    assert (entry.username, entry.user, entry.object_name, entry.model) == ("erika", erika, "Tides", "posts.post")
    assert (entry.object_id, entry.address) == (str(Post.objects.get().pk), "192.0.2.7")
    assert entry.request_id == response["X-Request-ID"] == "request-of-erika"
    url, form = edit(client, Post.objects.get())
    client.post(url, {**form, "title": "Low tides"})
    assert trail(action="changed") == [("erika", "changed", "Low tides", "Changed Title.")]


def test_actions_on_several_posts_are_an_entry_for_each_post_that_they_changed(erika, make_post, log_in):
    draft, live = make_post("Draft", status="draft"), make_post("Live")
    act(log_in(erika), "publish", draft, live)
    assert trail() == [("erika", "changed", "Draft", "Published.")]


def test_the_trash_and_the_way_out_of_it_are_written_down(erika, make_post, log_in):
    client, post = log_in(erika), make_post("Old")
    client.post(reverse("admin:posts_post_delete", args=[post.pk]), {"post": "yes"})
    act(client, "restore", post, url=f"{POSTS}?state=trash")
    act(client, "trash", post)
    act(client, "purge", post, url=f"{POSTS}?state=trash", confirmed="yes")
    done = [(action, message) for _who, action, _what, message in trail()]
    assert done == [
        ("changed", "Moved to the trash."),
        ("changed", "Restored from the trash."),
        ("changed", "Moved to the trash."),
        ("deleted", ""),
    ]
    assert {entry.object_id for entry in AuditEntry.objects.filter(model="posts.post")} == {str(post.pk)}


def test_a_restored_version_a_merge_and_a_revoked_token_are_written_down(erika, make_post, log_in):
    client, post = log_in(erika), make_post("First")
    services.update_post(post, by=erika, expected_version=1, title="Second")
    old = post.history.order_by("history_id").first()
    url = reverse("admin:posts_post_simple_history", args=[post.pk, old.history_id])
    client.post(url, {"version": "2"})
    sea, ocean = services.tags_named(["Sea", "Ocean"])
    act(client, "merge", sea, ocean, url="/admin/posts/tag/", stays=ocean.pk)
    token = ApiToken.objects.issue(user=erika, scopes=["read"], expires_at=None, name="Reader")[0]
    act(client, "revoke", token, url="/admin/api/apitoken/")
    messages = [message for *_who, message in trail()]
    assert messages == ["Restored version 1.", "Merged into “Ocean”.", "Revoked."]


def test_logins_are_written_down_those_that_failed_with_the_name_that_was_tried(erika, client, settings):
    settings.AXES_FAILURE_LIMIT = 2
    for password in ("a-long-password", "wrong", "wrong", "wrong", "wrong"):
        client.post("/admin/login/", {"username": "erika", "password": password, "next": "/admin/"})
    client.post("/admin/login/", {"username": "nobody", "password": "x"}, REMOTE_ADDR="192.0.2.9")
    entries = AuditEntry.objects.order_by("at", "id").values_list("username", "action", "address")
    assert list(entries) == [
        ("erika", "logged_in", "127.0.0.1"),
        ("erika", "login_failed", "127.0.0.1"),
        ("erika", "login_failed", "127.0.0.1"),
        ("erika", "locked_out", "127.0.0.1"),
        ("nobody", "login_failed", "192.0.2.9"),
    ]


def test_a_deleted_user_takes_their_tokens_along_but_not_the_trail(root, erika, make_post, log_in):
    draft = make_post("Draft", status="draft")
    act(log_in(erika), "publish", draft)
    ApiToken.objects.issue(user=erika, scopes=["read"], expires_at=None)
    url = reverse("admin:auth_user_delete", args=[erika.pk])
    client = log_in(root)
    page = client.get(url).content.decode()
    assert "1 API token" in page
    assert "would require deleting" not in page
    client.post(url, {"post": "yes"})
    assert not User.objects.filter(username="erika").exists()
    assert not ApiToken.objects.exists()
    assert trail(username="erika") == [("erika", "changed", "Draft", "Published.")]
    assert trail(action="deleted") == [("root", "deleted", "erika", "")]


def test_administrators_read_it_and_nobody_else(root, erika, alice, log_in):
    assert log_in(root).get(URL).status_code == 200
    for user in (erika, alice):
        assert log_in(user).get(URL).status_code == 403


def test_nobody_changes_it(root, log_in):
    client = log_in(root)
    entry = AuditEntry.objects.first()
    page = client.get(f"{URL}{entry.pk}/change/")
    assert page.status_code == 200
    assert "_save" not in fields_of(page, "auditentry_form")
    assert client.get(f"{URL}add/").status_code == 403
    assert client.post(f"{URL}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{URL}{entry.pk}/change/", {"username": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "erika"}, ["erika"]),
        ({"q": "192.0.2.8"}, ["alice"]),
        ({"q": "a" * 32}, ["alice"]),
        ({"action__exact": "locked_out"}, ["erika"]),
        ({"model": "posts.tag"}, ["alice"]),
        ({"q": "nobody"}, []),
    ],
)
def test_it_is_filtered_and_searched(query, found, root, log_in):
    AuditEntry.objects.create(action="locked_out", username="erika", address="192.0.2.7", request_id="-")
    AuditEntry.objects.create(
        action="changed", username="alice", address="192.0.2.8", request_id="a" * 32, model="posts.tag"
    )
    response = log_in(root).get(URL, query)
    assert [entry.username for entry in response.context["cl"].result_list] == found


def test_whatever_is_registered_is_audited():
    from django.contrib import admin

    from apps.accounts.audit import AuditedAdmin

    assert all(isinstance(model_admin, AuditedAdmin) for model_admin in admin.site._registry.values())
    assert Tag in admin.site._registry


def test_a_command_deletes_what_is_old(db, capsys):
    old = AuditEntry.objects.create(action="changed", username="erika", request_id="-")
    AuditEntry.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=400))
    AuditEntry.objects.create(action="changed", username="alice", request_id="-")
    call_command("trim_audit")
    assert "1 entries were deleted." in capsys.readouterr().out
    assert [who for who, *_rest in trail()] == ["alice"]
