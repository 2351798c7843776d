"""Bulk actions on posts: publishing, unpublishing, trashing, restoring and purging."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.models import ContentGeneration
from apps.posts import services
from apps.posts.models import Post

URL = "/admin/posts/post/"
TRASH = URL + "?state=trash"


@pytest.fixture
def act(log_in):
    def send(user, action: str, posts, url: str = URL, **more) -> str:
        form = {"action": action, "_selected_action": [post.pk for post in posts], "index": "0", **more}
        response = log_in(user).post(url, form, follow=True)
        return " ".join(response.content.decode().replace("&#x27;", "'").split())

    return send


def test_publish_reports_the_numbers_and_the_skipped_posts_with_reasons(erika, make_post, act):
    draft, live = make_post("Draft", status="draft"), make_post("Live")
    later = make_post("Later", status="draft", published_at=timezone.now() + timedelta(days=1))
    page = act(erika, "publish", [draft, live, later])
    assert "1 post was published." in page
    assert "1 post will appear at its date." in page
    assert "1 post was not changed. “Live”: it is published already." in page
    draft.refresh_from_db()
    assert draft.is_public()
    assert draft.version == 2
    assert draft.history.first().history_change_reason == "published"
    assert draft.history.first().history_user == erika


def test_unpublish_makes_drafts_that_keep_their_date(erika, make_post, act):
    live = make_post("Live")
    assert "1 post is a draft again." in act(erika, "unpublish", [live])
    stored = Post.objects.get()
    assert (stored.status, stored.published_at) == ("draft", live.published_at)


def test_trash_and_restore_change_the_state_and_the_content_generation(erika, make_post, act):
    live = make_post("Live")
    before = ContentGeneration.objects.get().value
    assert "1 post was moved to the trash." in act(erika, "trash", [live])
    assert Post.objects.get().trashed_at
    assert ContentGeneration.objects.get().value == before + 1
    assert "1 post was restored." in act(erika, "restore", [live], TRASH)
    assert Post.objects.get().is_public()
    assert Post.objects.get().history.count() == 3


def test_purge_deletes_only_trashed_posts_and_after_a_confirmation(erika, make_post, act):
    thrown, kept = make_post("Thrown"), make_post("Kept")
    services.trash_post(thrown, by=erika, expected_version=1)
    question = act(erika, "purge", [thrown], TRASH)
    assert "Delete for good?" in question
    assert Post.objects.filter(pk=thrown.pk).exists()
    assert "1 post was deleted for good." in act(erika, "purge", [thrown], TRASH, confirmed="yes")
    assert list(Post.objects.all()) == [kept]
    act(erika, "purge", [kept], URL, confirmed="yes")
    assert list(Post.objects.all()) == [kept]


def test_a_post_that_is_changed_concurrently_is_skipped(erika, make_post, act, save_first):
    draft = make_post("Draft", status="draft")
    save_first(services, title="Draft, theirs")
    assert "it was changed meanwhile." in act(erika, "publish", [draft])
    assert (Post.objects.get().status, Post.objects.get().title) == ("draft", "Draft, theirs")


def test_an_author_cannot_act_on_posts_of_others(alice, make_post, act):
    theirs = make_post("Theirs", status="draft")
    act(alice, "publish", [theirs])
    assert Post.objects.get().status == "draft"


def test_the_number_of_posts_per_action_is_limited(erika, make_post, act, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.actions.MAX_POSTS", 1)
    posts = [make_post(f"Post {number}", status="draft") for number in range(2)]
    page = act(erika, "publish", posts[:1], select_across="1")
    assert "At most 1 posts can be changed at once. Nothing was changed." in page
    assert not Post.objects.filter(status="published").exists()


def test_the_default_bulk_deletion_is_not_available(erika, make_post, log_in, act):
    post = make_post()
    assert "delete_selected" not in log_in(erika).get(URL).content.decode()
    act(erika, "delete_selected", [post], post="yes")
    assert Post.objects.filter(pk=post.pk).exists()
