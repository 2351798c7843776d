"""The audit trail of the admin: what is recorded, who may read it, and how it is searched."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from apps.api.models import ApiToken
from apps.audit.models import AuditEntry
from apps.posts import services
from apps.posts.models import Post, Tag
from tests.editor.forms import fields_of

URL = "/admin/audit/auditentry/"
POSTS = "/admin/posts/post/"


@pytest.fixture
def root(db) -> User:
    return User.objects.create_superuser("root", "root@example.org", "a-long-password")


@pytest.fixture(autouse=True)
def known_request_id(settings):
    """Accept the request id of the client, without a proxy."""
    settings.TRUSTED_PROXIES = 0


def audit_entries(**filters) -> list[tuple[str, str, str, str]]:
    entries = AuditEntry.objects.filter(**filters).exclude(action__in=("logged_in", "account")).order_by("at", "id")
    return [(entry.username, entry.action, entry.object_name, entry.message) for entry in entries]


def run_action(client, action: str, *rows, url: str = POSTS, **fields):
    return client.post(url, {"action": action, "_selected_action": [row.pk for row in rows], "index": "0", **fields})


def test_a_saved_form_is_recorded_with_the_client_address_and_the_request_id(erika, log_in, edit):
    client = log_in(erika, REMOTE_ADDR="192.0.2.7")
    url, form = edit(client)
    response = client.post(url, {**form, "title": "Tides"}, headers={"X-Request-ID": "request-of-erika"})
    entry = AuditEntry.objects.get(action="added")
    assert (entry.username, entry.user, entry.object_name, entry.model) == ("erika", erika, "Tides", "posts.post")
    assert (entry.object_id, entry.address) == (str(Post.objects.get().pk), "192.0.2.7")
    assert entry.request_id == response["X-Request-ID"] == "request-of-erika"
    url, form = edit(client, Post.objects.get())
    client.post(url, {**form, "title": "Low tides"})
    assert audit_entries(action="changed") == [("erika", "changed", "Low tides", "Changed Title.")]


def test_an_action_on_several_posts_records_an_entry_for_each_changed_post(erika, make_post, log_in):
    draft, live = make_post("Draft", status="draft"), make_post("Live")
    run_action(log_in(erika), "publish", draft, live)
    assert audit_entries() == [("erika", "changed", "Draft", "Published.")]


def test_trashing_restoring_and_purging_a_post_are_recorded(erika, make_post, log_in):
    client, post = log_in(erika), make_post("Old")
    client.post(reverse("admin:posts_post_delete", args=[post.pk]), {"post": "yes"})
    run_action(client, "restore", post, url=f"{POSTS}?state=trash")
    run_action(client, "trash", post)
    run_action(client, "purge", post, url=f"{POSTS}?state=trash", confirmed="yes")
    recorded = [(action, message) for _user, action, _object, message in audit_entries()]
    assert recorded == [
        ("changed", "Moved to the trash."),
        ("changed", "Restored from the trash."),
        ("changed", "Moved to the trash."),
        ("deleted", ""),
    ]
    assert {entry.object_id for entry in AuditEntry.objects.filter(model="posts.post")} == {str(post.pk)}


def test_restoring_a_version_merging_tags_and_revoking_a_token_are_recorded(erika, make_post, log_in):
    client, post = log_in(erika), make_post("First")
    services.update_post(post, by=erika, expected_version=1, title="Second")
    old = post.history.order_by("history_id").first()
    url = reverse("admin:posts_post_simple_history", args=[post.pk, old.history_id])
    client.post(url, {"version": "2", "at_once": "1"})
    sea, ocean = services.tags_named(["Sea", "Ocean"])
    run_action(client, "merge", sea, ocean, url="/admin/posts/tag/", stays=ocean.pk)
    token = ApiToken.objects.issue(user=erika, scopes=["read"], expires_at=None, name="Reader")[0]
    run_action(client, "revoke", token, url="/admin/api/apitoken/")
    messages = [message for *_who, message in audit_entries(user=erika)]
    assert messages == ["Restored version 1.", "Merged into “Ocean”.", "Revoked."]


def test_logins_failed_logins_and_lockouts_are_recorded_with_the_user_name(erika, client, settings):
    settings.AXES_FAILURE_LIMIT = 2
    for password in ("a-long-password", "wrong", "wrong", "wrong", "wrong"):
        client.post("/admin/login/", {"username": "erika", "password": password, "next": "/admin/"})
    client.post("/admin/login/", {"username": "nobody", "password": "x"}, REMOTE_ADDR="192.0.2.9")
    entries = AuditEntry.objects.exclude(action="account").order_by("id")
    entries = entries.values_list("username", "action", "address")
    assert list(entries) == [
        ("erika", "logged_in", "127.0.0.1"),
        ("erika", "login_failed", "127.0.0.1"),
        ("erika", "login_failed", "127.0.0.1"),
        ("erika", "locked_out", "127.0.0.1"),
        ("nobody", "login_failed", "192.0.2.9"),
    ]


def test_deleting_a_user_deletes_their_tokens_but_not_their_audit_entries(root, erika, make_post, log_in):
    draft = make_post("Draft", status="draft")
    run_action(log_in(erika), "publish", draft)
    ApiToken.objects.issue(user=erika, scopes=["read"], expires_at=None)
    url = reverse("admin:auth_user_delete", args=[erika.pk])
    client = log_in(root)
    page = client.get(url).content.decode()
    assert "1 API token" in page
    assert "would require deleting" not in page
    client.post(url, {"post": "yes"})
    assert not User.objects.filter(username="erika").exists()
    assert not ApiToken.objects.exists()
    assert audit_entries(username="erika") == [("erika", "changed", "Draft", "Published.")]
    assert audit_entries(action="deleted") == [("root", "deleted", "erika", "")]


def test_only_administrators_can_read_the_audit_trail(root, erika, alice, log_in):
    assert log_in(root).get(URL).status_code == 200
    for user in (erika, alice):
        assert log_in(user).get(URL).status_code == 403


def test_audit_entries_cannot_be_added_changed_or_deleted_in_the_admin(root, log_in):
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
        ({"token": "bst_ab12 Phone"}, ["erika"]),
        ({"q": "bst_ab12 Phone"}, ["erika"]),
        ({"role": "update"}, ["erika"]),
        ({"role": "create.update"}, []),
        ({"q": "nobody"}, []),
    ],
)
def test_the_audit_trail_can_be_filtered_and_searched(query, found, root, log_in):
    AuditEntry.objects.all().delete()
    which = {"role": "update", "token": "bst_ab12 Phone"}
    AuditEntry.objects.create(action="locked_out", username="erika", address="192.0.2.7", request_id="-", **which)
    AuditEntry.objects.create(
        action="changed", username="alice", address="192.0.2.8", request_id="a" * 32, model="posts.tag"
    )
    response = log_in(root).get(URL, query)
    assert [entry.username for entry in response.context["cl"].result_list] == found


def test_every_registered_model_admin_is_audited():
    from django.contrib import admin

    from apps.accounts.audit import AuditedAdmin

    assert all(isinstance(model_admin, AuditedAdmin) for model_admin in admin.site._registry.values())
    assert Tag in admin.site._registry
