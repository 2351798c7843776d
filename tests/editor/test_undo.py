"""The button “Undo” in the message about a move to the trash restores the posts."""

import html5lib
import pytest
from django.test import Client
from django.urls import reverse

from apps.posts import services
from apps.posts.models import Post
from tests.editor.forms import HTML

UNDO = "/admin/posts/post/untrash/"


def undo_form(response) -> dict[str, list[str]]:
    """Return the fields of the form in the message."""
    page = html5lib.parse(response.content.decode())
    (form,) = [form for form in page.iter(f"{HTML}form") if form.get("class") == "undo"]
    assert form.get("action") == UNDO
    fields: dict[str, list[str]] = {}
    for field in form.iter(f"{HTML}input"):
        fields.setdefault(field.get("name"), []).append(field.get("value"))
    return fields


@pytest.fixture
def desk(erika, log_in):
    return log_in(erika, enforce_csrf_checks=True)


def trash(client, post):
    url = reverse("admin:posts_post_delete", args=[post.pk])
    token = client.get(url).context["csrf_token"]
    return client.post(url, {"post": "yes", "csrfmiddlewaretoken": str(token)}, follow=True)


def test_undo_restores_a_published_post(desk, make_post):
    post = make_post("Tides")
    response = trash(desk, post)
    assert "“Tides” was moved to the trash." in response.content.decode()
    assert Client().get("/tides/").status_code == 410
    response = desk.post(UNDO, undo_form(response), follow=True)
    assert "1 post was restored." in response.content.decode()
    assert response.request["PATH_INFO"] == reverse("admin:posts_post_change", args=[post.pk])
    assert Client().get("/tides/").status_code == 200


def test_undo_restores_all_posts_of_a_bulk_action(erika, log_in, make_post):
    desk = log_in(erika)
    posts = [make_post(f"Post {number}") for number in range(12)]
    response = desk.post(
        reverse("admin:posts_post_changelist"),
        {"action": "trash", "_selected_action": [post.pk for post in posts]},
        follow=True,
    )
    assert "12 posts were moved to the trash." in response.content.decode()
    desk.post(UNDO, undo_form(response))
    assert not Post.objects.filter(trashed_at__isnull=False).exists()


def test_a_second_undo_reports_that_there_is_nothing_to_undo(desk, make_post):
    fields = undo_form(trash(desk, make_post("Tides")))
    desk.post(UNDO, fields)
    assert "There was nothing to undo" in desk.post(UNDO, fields, follow=True).content.decode()
    assert Post.objects.get().version == 3


def test_undo_requires_post_and_a_csrf_token(desk, make_post):
    fields = undo_form(trash(desk, make_post("Tides")))
    assert desk.get(UNDO).status_code == 405
    assert desk.post(UNDO, {"post": fields["post"]}).status_code == 403
    assert Post.objects.get().trashed_at


def test_an_author_cannot_restore_the_post_of_somebody_else(alice, bob, log_in, make_post):
    post = make_post("Tides", authors=[bob.author])
    services.trash_post(post, by=bob, expected_version=1)
    log_in(alice).post(UNDO, {"post": post.pk})
    assert Post.objects.get().trashed_at


def test_invalid_keys_are_ignored(erika, log_in):
    response = log_in(erika).post(UNDO, {"post": ["x", "-1", "9" * 30, "7"]}, follow=True)
    assert "There was nothing to undo" in response.content.decode()


def test_a_title_with_markup_is_escaped_in_the_message(desk, make_post):
    page = trash(desk, make_post("<b>Tides</b>")).content.decode()
    assert "“&lt;b&gt;Tides&lt;/b&gt;” was moved" in page
