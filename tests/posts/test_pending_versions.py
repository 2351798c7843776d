"""Changes of a published post can wait as its pending version, which readers see nothing of until it is published."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.core.models import Change, ContentGeneration
from apps.markdown import rendering
from apps.media import services as media
from apps.posts import services
from apps.posts.models import PendingVersion, Post, SearchDocument
from apps.posts.post_fields import AT_ONCE_FIELDS, AUTHORED_FIELDS, WAITING_FIELDS
from tests.media import files


@pytest.fixture
def post(make_post) -> Post:
    return make_post("Tides", body="The *old* text.", summary="Old.", tags=services.tags_named(["Sea"]))


@pytest.fixture
def image(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return media.create_image(by=None, file=ContentFile(files.jpeg(64, 64), name="lake.jpg"))


@pytest.fixture
def keep(post):
    """Keep changes of the post for later; return the pending version."""

    def keep_changes(by=None, **fields) -> PendingVersion | None:
        stored = Post.objects.get(pk=post.pk)
        expected = stored.pending.version if stored.pending else 0
        options = {"expected_version": stored.version, "expected_pending": expected}
        return services.keep_for_later(stored, by=by, **options | fields)

    return keep_changes


@pytest.fixture
def publish(post):
    """Publish what waits of the post; return the post."""

    def publish_changes(by=None, **fields) -> Post:
        stored = Post.objects.get(pk=post.pk)
        options = {"expected_version": stored.version, "expected_pending": stored.pending.version}
        return services.publish_pending(stored, by=by, **options | fields)

    return publish_changes


def seen(post: Post) -> dict[str, object]:
    """Return everything that readers and programs see of a post, and what tells them that it has changed."""
    client = Client()
    paths = [f"/{post.slug}/", "/", "/feed.atom", "/sitemaps/posts-1.xml", "/search/?q=text", "/tags/sea/"]
    api = client.get(f"/api/v1/posts/{post.pk}/")
    return {
        **{path: client.get(path).content for path in paths},
        "api": (api.json(), api["ETag"]),
        "list": client.get("/api/v1/posts/?q=text").content,
        "changes": Change.objects.count(),
        "generation": ContentGeneration.objects.get().value,
        "search": list(SearchDocument.objects.values()),
        "versions": post.history.count(),
    }


def test_every_authored_field_either_waits_or_takes_effect_at_once():
    assert {*WAITING_FIELDS, *AT_ONCE_FIELDS} == {*AUTHORED_FIELDS}
    assert WAITING_FIELDS == (
        "title",
        "summary",
        "body",
        "typography",
        "comments_allowed",
        "seo_title",
        "seo_description",
        "canonical_url",
        "cover_image",
    )


def test_readers_and_programs_see_nothing_of_what_waits(post, keep, erika):
    before = seen(post)
    keep(by=erika, title="Ebb and flow", body="Another text.", comments_allowed=False)
    assert seen(post) == before
    post.refresh_from_db()
    assert (post.title, post.version, post.comments_allowed) == ("Tides", 1, True)


def test_only_what_differs_from_the_post_is_kept(keep, erika):
    row = keep(by=erika, title=" Ebb ", summary="Old.", body="The *old* text.", reason="shorter")
    assert row.changes == {"title": "Ebb"}
    assert row.rendered == {}
    assert (row.based_on, row.version, row.written_by, row.reason) == (1, 1, erika, "shorter")


def test_a_second_change_is_added_to_what_waits(keep):
    keep(title="Ebb")
    keep(body="Another text.")
    row = PendingVersion.objects.get()
    assert row.changes == {"title": "Ebb", "body": "Another text."}
    assert row.version == 2
    assert "Another text." in row.rendered["body_html"]


def test_changes_that_are_taken_back_leave_nothing_that_waits(keep):
    keep(title="Ebb")
    assert keep(title="Tides") is None
    assert not PendingVersion.objects.exists()
    assert keep(title="Tides") is None


def test_publishing_makes_a_version_by_the_person_who_wrote_it(post, keep, publish, erika, alice):
    before = ContentGeneration.objects.get().value
    keep(by=alice, title="Ebb", body="Another text.", reason="shorter")
    published = publish(by=erika)
    newest = post.history.first()
    assert (newest.history_user, newest.version, newest.history_change_reason) == (alice, 2, "shorter")
    assert (published.title, published.version) == ("Ebb", 2)
    assert "Another text." in Client().get("/tides/").content.decode()
    assert SearchDocument.objects.get().body == "Another text."
    assert ContentGeneration.objects.get().value == before + 1
    assert Change.objects.filter(kind="post", object_id=post.pk, version=2).exists()
    assert not PendingVersion.objects.exists()


def test_what_is_changed_while_publishing_is_by_the_person_who_publishes(post, keep, publish, erika, alice):
    keep(by=alice, title="Ebb", body="Another text.")
    publish(by=erika, title="Flood")
    post.refresh_from_db()
    assert (post.title, post.body) == ("Flood", "Another text.")
    assert post.history.first().history_user == erika


def test_publishing_what_the_post_says_already_only_ends_the_waiting(post, keep, publish):
    keep(title="Ebb")
    services.update_post(Post.objects.get(), by=None, expected_version=1, title="Ebb")
    publish(title="Ebb")
    assert Post.objects.get().version == 2
    assert not PendingVersion.objects.exists()


def test_another_field_of_the_post_can_change_meanwhile(post, keep, publish):
    keep(title="Ebb")
    services.update_post(Post.objects.get(), by=None, expected_version=1, slug="ebb", tags=[], body="Corrected.")
    assert Post.objects.get().pending.overlap(Post.objects.get()) == []
    publish()
    post.refresh_from_db()
    assert (post.title, post.slug, post.body, post.version) == ("Ebb", "ebb", "Corrected.", 3)


def test_a_field_that_was_changed_in_the_post_too_is_not_published_unseen(post, keep, publish):
    keep(title="Ebb", body="Another text.")
    services.update_post(Post.objects.get(), by=None, expected_version=1, body="Corrected.")
    with pytest.raises(services.Overlap) as overlap:
        publish()
    assert overlap.value.names == ["body"]
    assert Post.objects.get().body == "Corrected."
    assert PendingVersion.objects.get().changes["body"] == "Another text."
    publish(body="Another text, corrected.")
    assert (Post.objects.get().title, Post.objects.get().body) == ("Ebb", "Another text, corrected.")


def test_without_a_record_of_the_seen_version_every_waiting_field_has_to_be_looked_at(post, keep):
    keep(title="Ebb")
    services.update_post(Post.objects.get(), by=None, expected_version=1, summary="New.")
    post.history.all().delete()
    assert Post.objects.get().pending.overlap(Post.objects.get()) == ["title"]


def test_keeping_again_with_a_view_of_the_post_settles_the_overlap(post, keep, publish):
    keep(body="Another text.")
    services.update_post(Post.objects.get(), by=None, expected_version=1, body="Corrected.")
    keep(body="Both.")
    publish()
    assert Post.objects.get().body == "Both."


def test_who_comes_second_to_the_pending_version_is_refused(post, keep):
    keep(title="Ebb")
    keep(title="Flood")
    for change in (
        lambda: services.keep_for_later(post, by=None, expected_version=1, expected_pending=1, title="Mine"),
        lambda: services.keep_for_later(post, by=None, expected_version=1, title="Mine"),
        lambda: services.publish_pending(post, by=None, expected_version=1, expected_pending=1),
        lambda: services.discard_pending(post, expected_pending=1),
    ):
        with pytest.raises(services.StaleVersion):
            change()
    assert PendingVersion.objects.get().changes == {"title": "Flood"}
    assert Post.objects.get().title == "Tides"


def test_changes_that_were_made_from_an_older_version_of_the_post_are_refused(post, keep):
    services.update_post(Post.objects.get(), by=None, expected_version=1, summary="New.")
    with pytest.raises(services.StaleVersion):
        services.keep_for_later(Post.objects.get(), by=None, expected_version=1, title="Ebb")
    assert not PendingVersion.objects.exists()


def test_what_cannot_wait_is_written_together_with_what_is_kept(post, keep, erika):
    keep(by=erika, title="Ebb", at_once={"slug": "ebb", "tags": []})
    post.refresh_from_db()
    assert (post.slug, post.title, post.version, post.tags.count()) == ("ebb", "Tides", 2, 0)
    row = PendingVersion.objects.get()
    assert (row.changes, row.based_on) == ({"title": "Ebb"}, 2)


def test_if_what_cannot_wait_is_refused_nothing_is_kept(keep, make_post):
    make_post("Ebb")
    with pytest.raises(ValidationError, match="slug"):
        keep(title="Low water", at_once={"slug": "ebb"})
    assert not PendingVersion.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"status": "draft"}, {"published_at": timezone.now() + timedelta(days=9)}], ids=["draft", "scheduled"]
)
def test_only_changes_of_what_readers_see_can_wait(make_post, fields):
    with pytest.raises(ValidationError, match="Only changes of a post that readers see can wait"):
        services.keep_for_later(make_post("Ebb", **fields), by=None, expected_version=1, title="Flood")


def test_a_field_that_cannot_wait_is_a_programming_error(post):
    with pytest.raises(TypeError, match="slug"):
        services.keep_for_later(post, by=None, expected_version=1, slug="ebb")


def test_invalid_values_are_refused_when_they_are_kept(keep):
    with pytest.raises(ValidationError) as refused:
        keep(title="", canonical_url="nonsense")
    assert {*refused.value.message_dict} == {"title", "canonical_url"}


def test_discarding_changes_nothing_of_the_post(post, keep, image):
    keep(title="Ebb", cover_image=image)
    before = seen(post)
    services.discard_pending(Post.objects.get(), expected_pending=1)
    assert seen(post) == before
    assert not PendingVersion.objects.exists()
    media.delete_image(image)


def test_the_trash_keeps_what_waits_and_restoring_brings_it_back(post, keep, publish):
    keep(title="Ebb")
    services.trash_post(Post.objects.get(), by=None, expected_version=1)
    with pytest.raises(ValidationError, match="Restore it before"):
        publish()
    services.restore_post(Post.objects.get(), by=None, expected_version=2)
    assert publish().title == "Ebb"


def test_purging_a_post_deletes_what_waits(post, keep, image):
    keep(cover_image=image)
    services.trash_post(Post.objects.get(), by=None, expected_version=1)
    services.purge_post(Post.objects.get(), by=None)
    assert not PendingVersion.objects.exists()
    media.delete_image(image)


def test_unpublishing_keeps_what_waits_for_the_draft(post, keep, publish):
    keep(title="Ebb")
    services.update_post(Post.objects.get(), by=None, expected_version=1, status="draft")
    assert publish().title == "Ebb"
    assert Post.objects.get().status == "draft"


def test_an_image_that_waits_is_in_use_but_not_public(post, keep, publish, image, erika, alice):
    keep(body=f"![A lake](/media/{image.digest}/64.jpg)")
    for by, words in ((erika, "changes of “Tides” that are not published yet"), (alice, "not yours to see")):
        with pytest.raises(ValidationError, match=words):
            media.delete_image(image, by=by)
    assert not type(image).objects.unused().exists()
    assert Client().get(f"/api/v1/posts/{post.pk}/?fields=images").json()["images"] == []
    publish()
    assert Client().get(f"/api/v1/posts/{post.pk}/?fields=images").json()["images"] == [image.pk]


def test_a_cover_that_waits_is_published(post, keep, publish, image):
    row = keep(cover_image=image)
    assert row.changes == {"cover_image": image.pk}
    assert publish().cover_image == image


def test_rerendering_renders_what_waits_too(keep, monkeypatch):
    keep(body="Another text.")
    PendingVersion.objects.update(rendered={"body_html": "old"}, rendered_by="old")
    call_command("rerender", verbosity=0)
    row = PendingVersion.objects.get()
    assert "Another text." in row.rendered["body_html"]
    assert (row.rendered_by, row.version) == (rendering.VERSION, 1)


def test_what_waits_survives_the_account_of_its_writer(post, keep, publish, alice, erika):
    keep(by=alice, title="Ebb")
    alice.author.delete()
    alice.delete()
    publish(by=erika)
    assert post.history.first().history_user == erika
