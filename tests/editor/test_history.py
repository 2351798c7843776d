"""The history of a post: who changed what, when and why, and restoring a version."""

import pytest
from django.urls import reverse

from apps.posts import services
from apps.posts.models import Post, PostAlias, Tag


@pytest.fixture
def history_of():
    return lambda post: reverse("admin:posts_post_history", args=[post.pk])


def version_url(post, number: int) -> str:
    record = post.history.get(version=number)
    return reverse("admin:posts_post_simple_history", args=[post.pk, record.history_id])


@pytest.fixture
def changed(alice, erika, make_post):
    sea, sun = services.create_tag(name="Sea"), services.create_tag(name="Sun")
    post = make_post("Tides", body="One.\n\nTwo.", tags=[sea], authors=[alice.author], by=alice, seo_title="Old SEO")
    services.update_post(
        post,
        by=erika,
        expected_version=1,
        title="Tides and times",
        slug="times",
        body="One.\n\nThree.",
        tags=[sun],
        seo_title="New SEO",
        reason="a better ending",
    )
    return post


def test_each_version_shows_its_user_reason_and_changes(erika, log_in, changed, history_of):
    page = " ".join(log_in(erika).get(history_of(changed)).content.decode().split())
    assert "Version 2" in page
    assert "Version 1" in page
    assert "erika" in page
    assert "alice" in page
    assert "<q>a better ending</q>" in page
    assert "<ins> and times</ins>" in page
    assert "<del>Two</del>" in page
    assert "<ins>Three</ins>" in page
    assert "<del>Sea</del>" in page
    assert "<del>Old</del>" in page


def test_restoring_makes_a_new_version_with_the_old_tags_authors_slug_and_seo_fields(erika, log_in, changed):
    client = log_in(erika)
    page = client.get(version_url(changed, 1)).content.decode()
    assert "What restoring it would change" in page
    response = client.post(version_url(changed, 1), {"version": "2", "at_once": "1"}, follow=True)
    assert "Version 1 is back, as version 3." in response.content.decode()
    post = Post.objects.get()
    assert (post.title, post.slug, post.body, post.seo_title) == ("Tides", "tides", "One.\n\nTwo.", "Old SEO")
    assert ([str(tag) for tag in post.tags.all()], [str(author) for author in post.ordered_authors]) == (
        ["Sea"],
        ["Alice Adams"],
    )
    assert (post.version, post.history.count()) == (3, 3)
    assert post.history.first().history_change_reason == "restored version 1"
    assert post.history.first().history_user == erika
    assert set(PostAlias.objects.values_list("path", flat=True)) == {"/times/"}


def test_restoring_does_not_unpublish(erika, make_post, log_in):
    post = make_post("Tides", status="draft")
    services.update_post(post, by=None, expected_version=1, status="published", title="Out")
    log_in(erika).post(version_url(post, 1), {"version": "2", "at_once": "1"})
    stored = Post.objects.get()
    assert stored.title == "Tides"
    assert stored.is_public()


def test_restoring_what_readers_see_says_so_and_offers_to_let_it_wait(erika, log_in, changed):
    client = log_in(erika)
    page = client.get(version_url(changed, 1)).content.decode()
    assert "restored, readers see this version at once." in page
    assert 'name="at_once" value="Restore and publish at once"' in page
    assert "These cannot wait, and stay as they are: " in page
    response = client.post(version_url(changed, 1), {"version": "2", "later": "1"}, follow=True)
    page = response.content.decode()
    assert "Version 1 waits beside the post." in page
    post = Post.objects.get()
    assert (post.title, post.slug, post.version) == ("Tides and times", "times", 2)
    assert (post.pending.changes["title"], post.pending.reason) == ("Tides", "restored version 1")
    assert 'name="later"' not in client.get(version_url(changed, 1)).content.decode()


def test_a_press_on_a_page_that_did_not_ask_restores_nothing_that_readers_see(erika, log_in, changed):
    client = log_in(erika)
    response = client.post(version_url(changed, 1), {"version": "2"}, follow=True)
    assert "Readers would see this version at once." in response.content.decode()
    assert (Post.objects.get().version, Post.objects.get().pending) == (2, None)


def test_the_list_of_versions_leads_to_the_question_where_readers_see_the_post(erika, log_in, changed, history_of):
    page = log_in(erika).get(history_of(changed)).content.decode()
    assert f'href="{version_url(changed, 1)}#restore"' in page
    assert "formaction" not in page


def test_restoring_after_a_concurrent_save_is_refused(erika, log_in, changed):
    services.update_post(Post.objects.get(), by=None, expected_version=2, title="Theirs")
    response = log_in(erika).post(version_url(changed, 1), {"version": "2", "at_once": "1"}, follow=True)
    assert "The post was saved meanwhile" in response.content.decode()
    assert Post.objects.get().title == "Theirs"


def test_restoring_a_slug_that_another_post_uses_is_refused(erika, make_post, log_in, changed):
    PostAlias.objects.all().delete()
    make_post("Another", slug="tides")
    response = log_in(erika).post(version_url(changed, 1), {"version": "2", "at_once": "1"}, follow=True)
    assert "This slug is taken." in response.content.decode()
    assert Post.objects.get(pk=changed.pk).title == "Tides and times"


def test_a_deleted_tag_is_marked_and_not_restored(erika, log_in, changed):
    services.delete_tag(Tag.objects.get(name="Sea"))
    client = log_in(erika)
    assert "(deleted since)" in client.get(version_url(changed, 1)).content.decode()
    client.post(version_url(changed, 1), {"version": "2", "at_once": "1"})
    assert Post.objects.get().title == "Tides"
    assert not Post.objects.get().tags.exists()


def test_an_author_cannot_restore_a_version_of_which_they_are_not_an_author(alice, bob, log_in, make_post):
    post = make_post("Tides", authors=[bob.author])
    services.update_post(post, by=None, expected_version=1, authors=[alice.author])
    response = log_in(alice).post(version_url(post, 1), {"version": "2", "at_once": "1"}, follow=True)
    assert "You are not among the authors of that version" in response.content.decode()
    assert Post.objects.get().version == 2


def test_a_long_history_is_paginated_with_bounded_queries(
    erika, make_post, log_in, history_of, django_assert_max_num_queries
):
    post = make_post("Tides")
    for version in range(1, 25):
        services.update_post(
            post, by=erika, expected_version=version, body=f"Text {version}.", reason=f"reason {version}"
        )
    client = log_in(erika)
    with django_assert_max_num_queries(12):
        first = client.get(history_of(post))
    seen = []
    while True:
        page = first.content.decode()
        seen += [number for number in range(1, 26) if f">Version {number}<" in page]
        if not first.context["older"]:
            break
        first = client.get(history_of(post) + first.context["older"])
    assert sorted(seen) == list(range(1, 26))


def test_the_history_page_of_a_post_of_a_megabyte_is_bounded(erika, make_post, log_in, history_of):
    lines = [f"Line {number} of a long text that goes on." for number in range(20_000)]
    post = make_post("Long", body="\n".join(lines), status="draft")
    lines[100], lines[19_000] = "Changed near the beginning", "Changed near the end"
    services.update_post(post, by=erika, expected_version=1, body="\n".join(lines))
    services.update_post(post, by=erika, expected_version=2, body="\n".join(reversed(lines)))
    response = log_in(erika).get(history_of(post))
    assert response.status_code == 200
    assert len(response.content) < 200_000


@pytest.mark.parametrize("version_id", ["0", "999999", "x", "9" * 30])
def test_an_unknown_version_is_a_404(version_id, erika, make_post, log_in):
    post = make_post()
    assert log_in(erika).get(f"/admin/posts/post/{post.pk}/history/{version_id}/").status_code == 404


def test_a_post_without_records_has_an_empty_history(erika, make_post, log_in, history_of):
    post = make_post()
    post.history.all().delete()
    assert "Nothing is recorded of this post." in log_in(erika).get(history_of(post)).content.decode()


def test_restoring_a_version_with_a_merged_tag_restores_the_merge_target(erika, make_post, log_in):
    sea, ocean = services.tags_named(["Sea", "Ocean"])
    post = make_post("Tides", tags=[sea])
    services.update_post(post, by=erika, expected_version=1, tags=[])
    services.merge_tags(sea, into=ocean)
    first = post.history.order_by("history_id").first()
    url = reverse("admin:posts_post_simple_history", args=[post.pk, first.history_id])
    client = log_in(erika)
    assert "Ocean" in client.get(url).content.decode()
    client.post(url, {"version": "2", "at_once": "1"})
    assert list(Post.objects.get().tags.all()) == [ocean]
