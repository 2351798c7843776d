"""Access in the admin: authors see and change their own posts, editors all posts, other users none."""

import pytest
from django.urls import reverse

from apps.posts.models import Post, Tag
from tests.editor.forms import fields_of

URL = "/admin/posts/post/"


@pytest.fixture
def posts(alice, bob, make_post):
    return make_post("By Alice", authors=[alice.author]), make_post("By Bob", authors=[bob.author])


def test_the_list_has_an_authors_own_posts_and_all_posts_for_an_editor(alice, erika, log_in, posts):
    page = log_in(alice).get(URL).content.decode()
    assert "By Alice" in page
    assert "By Bob" not in page
    page = log_in(erika).get(URL).content.decode()
    assert "By Alice" in page
    assert "By Bob" in page


@pytest.mark.parametrize("view", ["change", "delete", "history"])
def test_to_an_author_somebody_elses_post_does_not_exist(view, alice, log_in, posts):
    client = log_in(alice)
    response = client.get(reverse(f"admin:posts_post_{view}", args=[posts[1].pk]))
    missing = client.get(reverse(f"admin:posts_post_{view}", args=[999_999]))
    assert response.status_code == missing.status_code == 404
    assert response.content == missing.content
    assert "By Bob" not in response.content.decode()


def test_an_author_cannot_save_somebody_elses_post(alice, log_in, edit, posts):
    client = log_in(alice)
    _, form = edit(client, posts[0])
    client.post(reverse("admin:posts_post_change", args=[posts[1].pk]), {**form, "title": "Taken over"})
    assert not Post.objects.filter(title="Taken over").exists()


def test_authors_cannot_remove_themselves_from_their_post(alice, bob, log_in, edit, posts):
    client = log_in(alice)
    url, form = edit(client, posts[0])
    response = client.post(url, {**form, "author_list": [str(bob.author.pk)]})
    assert "You have to be among the authors" in response.content.decode()
    assert client.post(url, {**form, "author_list": [str(bob.author.pk), str(alice.author.pk)]}).status_code == 302


def test_a_user_in_the_group_without_an_author_is_told_what_to_do(alice, log_in):
    alice.author.delete()
    client = log_in(alice)
    assert "has no author yet" in client.get(URL).content.decode()
    response = client.get(reverse("admin:posts_post_add"), follow=True)
    assert "Ask an administrator" in response.content.decode()
    assert response.redirect_chain == [(URL, 302)]


def test_a_user_who_is_not_staff_is_redirected_to_the_login_page(charlie, log_in, posts):
    response = log_in(charlie).get(URL)
    assert response.url.startswith("/admin/login/")


def test_a_staff_user_without_permissions_sees_no_posts(charlie, log_in, posts):
    charlie.is_staff = True
    charlie.save()
    assert log_in(charlie).get(URL).status_code == 403


def test_an_author_can_add_tags_but_not_change_them(alice, log_in):
    client = log_in(alice)
    client.post(reverse("admin:posts_tag_add"), {"name": "Sea", "slug": "", "description": ""})
    tag = Tag.objects.get()
    client.post(reverse("admin:posts_tag_change", args=[tag.pk]), {"name": "Sky", "version": "1"})
    tag.refresh_from_db()
    assert tag.name == "Sea"


def test_only_users_who_may_view_users_can_set_the_user_of_an_author(alice, erika, log_in):
    client = log_in(erika)
    url = reverse("admin:posts_author_change", args=[alice.author.pk])
    form = fields_of(client.get(url), "author_form")
    assert "user" not in form
    client.post(url, {**form, "bio": "Writes.", "user": str(erika.pk)})
    alice.author.refresh_from_db()
    assert (alice.author.user, alice.author.bio) == (alice, "Writes.")
    erika.is_superuser = True
    erika.save()
    form = fields_of(client.get(url), "author_form")
    assert form["user"] == [str(alice.pk)]
    assert client.post(url, {**form, "user": str(erika.pk)}).status_code == 302
    alice.author.refresh_from_db()
    assert alice.author.user == erika


def test_the_form_links_to_the_preview_of_a_draft_and_to_the_page_of_a_public_post(erika, make_post, log_in):
    client = log_in(erika)
    draft, live = make_post("Draft", status="draft"), make_post("Live")
    page = client.get(reverse("admin:posts_post_change", args=[draft.pk])).content.decode()
    assert f'href="/preview/{draft.pk}/"' in page
    assert "View on site" not in page
    page = client.get(reverse("admin:posts_post_change", args=[live.pk])).content.decode()
    assert 'href="/live/" class="viewsitelink"' in page
