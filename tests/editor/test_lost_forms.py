"""What an editor typed survives a session that ended, a token gone stale and a database that refuses."""

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


def test_an_expired_session_gives_the_text_back_after_logging_in(erika, make_post, log_in, edit):
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


def test_a_new_post_survives_an_expired_session_with_its_links(alice, log_in, edit):
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


def test_somebody_elses_save_meanwhile_is_still_a_conflict(erika, make_post, log_in, edit):
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


def test_a_stale_csrf_token_gives_the_text_back(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika, enforce_csrf_checks=True)
    url, form = edit(client, post)
    client.get(reverse("admin:login"))
    login = fields_of(log_in(erika).get(url), "post_form")  # Another token, of another login.
    refused = client.post(url, {**form, "csrfmiddlewaretoken": login["csrfmiddlewaretoken"], "body": TEXT})
    assert refused.status_code == 403
    again = fields_of(refused, "post_form")
    assert _text(again) == TEXT
    assert Post.objects.get().version == 1
    assert client.post(url, again).status_code == 302
    assert Post.objects.get().body.replace("\r\n", "\n") == TEXT


def test_cleared_cookies_give_the_text_back_after_logging_in(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika, enforce_csrf_checks=True)
    url, form = edit(client, post)
    client.cookies.clear()
    login = client.post(url, {**form, "body": TEXT})
    carried = {**fields_of(login, "login-form"), "username": "erika", "password": "a-long-password"}
    back = client.post(reverse("admin:login") + f"?next={url}", carried)
    assert _text(fields_of(back, "post_form")) == TEXT


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_that_another_site_sent_is_not_shown(headers, erika, make_post, log_in):
    post = make_post("Tides")
    client = log_in(erika, enforce_csrf_checks=True)
    url = reverse("admin:posts_post_change", args=[post.pk])
    refused = client.post(url, {"title": "Planted", "body": "planted", "version": "1"}, headers=headers)
    assert refused.status_code == 403
    assert "planted" not in refused.content.decode().lower()


def test_a_login_page_gone_stale_still_carries_the_text(erika, make_post, log_in, edit):
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
def test_a_mangled_carried_form_is_a_plain_login(carried, erika, client):
    form = {"username": "erika", "password": "a-long-password", "carried_fields": carried, "next": "/admin/posts/"}
    assert client.post(reverse("admin:login"), form).url == "/admin/posts/"


def test_a_password_is_never_carried_along(erika, client):
    """Forms of users are not among those that are kept."""
    response = client.post(reverse("admin:auth_user_add"), {"username": "new", "password1": "secret-one"})
    assert response.status_code == 302
    assert not User.objects.filter(username="new").exists()


class Refusing:
    """Makes the database refuse statements that begin like this."""

    def __init__(self, beginning: str) -> None:
        self.beginning = beginning

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(self.beginning):
            raise OperationalError(1205, "Lock wait timeout exceeded")
        return execute(sql, params, many, context)


def test_a_database_that_refuses_the_save_gives_the_text_back(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika)
    url, form = edit(client, post)
    with connection.execute_wrapper(
        Refusing('UPDATE "posts_post"' if connection.vendor == "sqlite" else "UPDATE `posts_post`")
    ):
        refused = client.post(url, {**form, "body": TEXT})
    assert refused.status_code == 503
    assert "Nothing was saved and your text is here" in refused.content.decode()
    again = fields_of(refused, "post_form")
    assert _text(again) == TEXT
    assert client.post(url, again).status_code == 302
    assert Post.objects.get().version == 2


def test_a_database_that_is_away_gives_the_text_back(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika)
    url, form = edit(client, post)
    with connection.execute_wrapper(Refusing("")):
        refused = client.post(url, {**form, "body": TEXT})
    assert refused.status_code == 503
    again = fields_of(refused, "unsaved_form")
    assert _text(again) == TEXT
    assert client.post(url, again).status_code == 302
    assert Post.objects.get().body.replace("\r\n", "\n") == TEXT
