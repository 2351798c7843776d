"""A form keeps its content when the session has expired, the CSRF token is stale or the database fails."""

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.urls import reverse

from apps.posts.models import Post, Tag
from tests.editor.forms import fields_of

pytestmark = pytest.mark.any_database

TEXT = 'Über <b>alles</b> & "mehr"\n\nzwei'


def _text(form: dict) -> str:
    return form["body"][0].strip().replace("\r\n", "\n")


def test_a_form_of_an_expired_session_is_shown_again_after_the_login(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika)
    url, form = edit(client, post)
    client.logout()

    login = client.post(url, {**form, "title": "Typed for an hour", "body": TEXT})
    assert "What you typed is kept" in login.content.decode()
    carried = fields_of(login, "login-form")
    wrong = client.post(reverse("admin:login") + f"?next={url}", {**carried, "username": "erika", "password": "wrong"})
    carried = fields_of(wrong, "login-form")
    back = client.post(
        reverse("admin:login") + f"?next={url}", {**carried, "username": "erika", "password": "a-long-password"}
    )

    assert back.status_code == 200
    again = fields_of(back, "post_form")
    assert again["title"] == ["Typed for an hour"]
    assert _text(again) == TEXT
    assert f'action="{url}"' in back.content.decode()
    assert "not saved yet" in back.content.decode()
    assert Post.objects.get().version == 1
    assert client.post(url, again).status_code == 302
    assert Post.objects.get().title == "Typed for an hour"


def test_a_new_post_of_an_expired_session_keeps_its_tags_and_authors(alice, log_in, edit):
    tag = Tag.objects.create(name="Sea", slug="sea")
    client = log_in(alice)
    url, form = edit(client)
    client.logout()
    login = client.post(url, {**form, "title": "New", "body": TEXT, "tag_list": [str(tag.pk)]})
    carried = {**fields_of(login, "login-form"), "username": "alice", "password": "a-long-password"}
    back = client.post(reverse("admin:login") + f"?next={url}", carried)
    again = fields_of(back, "post_form")
    assert client.post(url, again).status_code == 302
    post = Post.objects.get()
    assert (post.title, list(post.tags.all()), post.ordered_authors) == ("New", [tag], [alice.author])


def test_a_concurrent_save_is_a_conflict_for_a_carried_form_too(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika)
    url, form = edit(client, post)
    client.logout()
    login = client.post(url, {**form, "body": TEXT})
    other = log_in(erika)
    other_url, other_form = edit(other, post)
    other.post(other_url, {**other_form, "body": "Theirs"})
    carried = {**fields_of(login, "login-form"), "username": "erika", "password": "a-long-password"}
    back = client.post(reverse("admin:login") + f"?next={url}", carried)
    assert "Two texts" in back.content.decode()
    assert _text(fields_of(back, "post_form")) == TEXT


def test_a_form_with_a_stale_csrf_token_is_shown_again(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika, enforce_csrf_checks=True)
    url, form = edit(client, post)
    client.get(reverse("admin:login"))
    login = fields_of(log_in(erika).get(url), "post_form")  # The token of another session.
    refused = client.post(url, {**form, "csrfmiddlewaretoken": login["csrfmiddlewaretoken"], "body": TEXT})
    assert refused.status_code == 403
    again = fields_of(refused, "post_form")
    assert _text(again) == TEXT
    assert Post.objects.get().version == 1
    assert client.post(url, again).status_code == 302
    assert Post.objects.get().body.replace("\r\n", "\n") == TEXT


def test_a_form_sent_without_cookies_is_shown_again_after_the_login(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika, enforce_csrf_checks=True)
    url, form = edit(client, post)
    client.cookies.clear()
    login = client.post(url, {**form, "body": TEXT})
    carried = {**fields_of(login, "login-form"), "username": "erika", "password": "a-long-password"}
    back = client.post(reverse("admin:login") + f"?next={url}", carried)
    assert _text(fields_of(back, "post_form")) == TEXT


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_cross_site_form_is_not_shown_again(headers, erika, make_post, log_in):
    post = make_post("Tides")
    client = log_in(erika, enforce_csrf_checks=True)
    url = reverse("admin:posts_post_change", args=[post.pk])
    refused = client.post(url, {"title": "Planted", "body": "planted", "version": "1"}, headers=headers)
    assert refused.status_code == 403
    assert "planted" not in refused.content.decode().lower()


def test_a_login_page_with_a_stale_token_still_carries_the_form(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika, enforce_csrf_checks=True)
    url, form = edit(client, post)
    client.cookies.clear()
    login = fields_of(client.post(url, {**form, "body": TEXT}), "login-form")
    stale = {**login, "csrfmiddlewaretoken": "x" * 64, "username": "erika", "password": "a-long-password"}
    fresh = fields_of(client.post(reverse("admin:login") + f"?next={url}", stale), "login-form")
    carried = {**fresh, "username": "erika", "password": "a-long-password"}
    back = client.post(reverse("admin:login") + f"?next={url}", carried)
    assert _text(fields_of(back, "post_form")) == TEXT


@pytest.mark.parametrize("carried", ["", "not json", "[]", "[1, 2]", '{"a": 1}', "null", '[["a", null]]'])
def test_an_invalid_carried_form_is_ignored_at_the_login(carried, erika, client):
    form = {"username": "erika", "password": "a-long-password", "carried_fields": carried, "next": "/admin/posts/"}
    assert client.post(reverse("admin:login"), form).url == "/admin/posts/"


def test_a_password_is_never_carried_through_the_login_page(erika, client):
    """The forms of users are not carried through the login page."""
    response = client.post(reverse("admin:auth_user_add"), {"username": "new", "password1": "secret-one"})
    assert response.status_code == 302
    assert not User.objects.filter(username="new").exists()


class FailStatements:
    """A query wrapper that fails statements which begin with `beginning`."""

    def __init__(self, beginning: str) -> None:
        self.beginning = beginning

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(self.beginning):
            raise OperationalError(1205, "Lock wait timeout exceeded")
        return execute(sql, params, many, context)


def test_a_form_is_shown_again_if_the_database_refuses_the_update(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika)
    url, form = edit(client, post)
    with connection.execute_wrapper(
        FailStatements('UPDATE "posts_post"' if connection.vendor == "sqlite" else "UPDATE `posts_post`")
    ):
        refused = client.post(url, {**form, "body": TEXT})
    assert refused.status_code == 503
    assert "Nothing was saved and your text is here" in refused.content.decode()
    again = fields_of(refused, "post_form")
    assert _text(again) == TEXT
    assert client.post(url, again).status_code == 302
    assert Post.objects.get().version == 2


def test_the_typed_text_is_shown_if_the_database_is_unavailable(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika)
    url, form = edit(client, post)
    with connection.execute_wrapper(FailStatements("")):
        refused = client.post(url, {**form, "body": TEXT})
    assert refused.status_code == 503
    again = fields_of(refused, "unsaved_form")
    assert _text(again) == TEXT
    assert client.post(url, again).status_code == 302
    assert Post.objects.get().body.replace("\r\n", "\n") == TEXT
