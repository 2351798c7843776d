"""A post that the user may not know of, where their own post refers to it: not named, and not lost by saving."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.core.admin.forms import NOT_AVAILABLE
from apps.editor.models import Autosave
from apps.posts import services
from apps.posts.models import Post

pytestmark = pytest.mark.any_database


@pytest.fixture
def secret(make_post, bob) -> Post:
    return make_post("Merger", status="draft", authors=[bob.author])


@pytest.fixture
def own(make_post, alice, erika, secret) -> Post:
    """A draft of Alice's, which an editor made a translation of Bob's draft in its second version."""
    post = make_post("Mine", status="draft", authors=[alice.author], language="de")
    return services.update_post(post, by=erika, expected_version=1, translation_of=secret)


def stored(post: Post) -> Post:
    return Post.objects.get(pk=post.pk)


def test_the_form_leaves_it_out_and_saving_keeps_it(alice, log_in, edit, own, secret):
    client = log_in(alice)
    url, fields = edit(client, own)
    assert fields.get("translation_of", [""]) in ([""], [])
    assert "Merger" not in client.get(url).content.decode()
    assert client.post(url, fields | {"title": "New"}).status_code == 302
    assert (stored(own).title, stored(own).translation_of) == ("New", secret)


def test_it_cannot_be_chosen_and_looks_like_one_that_does_not_exist(alice, log_in, edit, own, secret):
    client = log_in(alice)
    url, fields = edit(client, own)
    pages = [client.post(url, fields | {"translation_of": key}) for key in (secret.pk, 999_999)]
    assert [page.status_code for page in pages] == [200, 200]
    errors = [page.context["adminform"].form.errors["translation_of"] for page in pages]
    assert errors[0] == errors[1]


def test_an_editor_sees_and_removes_it(erika, log_in, edit, own, secret):
    client = log_in(erika)
    url, fields = edit(client, own)
    assert fields["translation_of"] == [str(secret.pk)]
    client.post(url, fields | {"translation_of": ""})
    assert stored(own).translation_of is None


@pytest.mark.parametrize("page", ["history", "change"])
def test_neither_history_nor_a_post_in_the_trash_names_it(page, alice, erika, log_in, own):
    client = log_in(alice)
    url = reverse(f"admin:posts_post_{page}", args=[own.pk])
    if page == "history":
        assert str(NOT_AVAILABLE) in client.get(url).content.decode()
    else:
        services.trash_post(own, by=None, expected_version=2)
    assert "Merger" not in client.get(url).content.decode()
    assert "Merger" in log_in(erika).get(url).content.decode()


def test_restoring_a_version_neither_restores_nor_removes_it(alice, erika, log_in, own, secret):
    first, second = own.history.order_by("history_id")
    client = log_in(alice)
    page = reverse("admin:posts_post_simple_history", args=[own.pk, first.pk])
    client.post(page, {"version": "2", "at_once": "1"})
    assert stored(own).translation_of == secret
    services.update_post(stored(own), by=erika, expected_version=stored(own).version, translation_of=None, title="New")
    page = reverse("admin:posts_post_simple_history", args=[own.pk, second.pk])
    client.post(page, {"version": str(stored(own).version), "at_once": "1"})
    assert (stored(own).title, stored(own).translation_of) == ("Mine", None)


def test_a_form_that_was_saved_as_a_post_which_is_somebody_elses_now_does_not_name_it(alice, log_in, secret):
    key = "new:abcdefghijklmnopqrst"
    Autosave.objects.create(user=alice, key=key, post=secret)
    answer = log_in(alice).post(reverse("autosave"), {"draft_key": key, "title": "Mine"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "This form was saved already.")


def test_undoing_says_why_a_translation_cannot_be_restored(alice, erika, log_in, own, make_post, secret):
    services.trash_post(own, by=None, expected_version=2)
    make_post("Another", language="de", status="draft", translation_of=secret)
    for user, words in ((alice, "not yours to see"), (erika, "“Another” is the text in the language “de” already")):
        page = log_in(user).post(reverse("untrash_posts"), {"post": own.pk}, follow=True).content.decode()
        assert words in page
    assert stored(own).trashed_at is not None
