"""From its moment on, everybody sees a scheduled update, with no job running, and the same after it was written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from apps.comments.models import Comment
from apps.comments.services import create_comment
from apps.core import change_feed, content_state
from apps.core.models import Change, ContentGeneration
from apps.media import services as media
from apps.posts import services
from apps.posts.models import ImageUse, PendingImageUse, PendingVersion, Post, SearchDocument
from apps.posts.post_fields import UNSEEN_FIELDS, WAITING_FIELDS
from apps.site.models import Site
from tests.media import files
from tests.posts.test_versions import needs_a_database_server, run

CHANGES = {
    "title": 'Ebb and "flow"',
    "summary": "Another summary.",
    "body": "Another *text*.\n\n## With a heading\n",
    "typography": False,
    "comments_allowed": False,
    "seo_title": "For search engines",
    "seo_description": "For search engines, too.",
    "canonical_url": "https://example.org/first",
}


@pytest.fixture
def images(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return [media.create_image(by=None, file=ContentFile(files.jpeg(64, 60 + n), name=f"{n}.jpg")) for n in range(2)]


@pytest.fixture
def post(make_post, images, alice) -> Post:
    published_at = timezone.now() - timedelta(days=40)
    series = services.create_series(title="Water")
    make_post("Waves", tags=services.tags_named(["Sea"]), published_at=published_at, series=series)
    fields = {
        "body": 'The *old* "text".',
        "series": series,
        "summary": "Old.",
        "cover_image": images[0],
        "authors": [alice.author],
    }
    made = make_post("Tides", tags=services.tags_named(["Sea"]), published_at=published_at, **fields)
    create_comment(by=None, post=made, body="Well said.", name="Rita")
    Comment.objects.update(status=Comment.Status.APPROVED)
    return made


def stored() -> Post:
    """Return the row as it is in the database."""
    return Post.objects.get(slug="tides")


def shown() -> Post:
    """Return the post as everybody sees it."""
    return Post.objects.with_due_update().get(slug="tides")


def schedule(by=None, moment: datetime | None = None, **changes: Any) -> PendingVersion:
    """Keep changes of the post, and schedule their publication for tomorrow."""
    services.keep_for_later(stored(), by=by, expected_version=stored().version, **changes)
    moment = moment or timezone.now() + timedelta(days=1)
    return services.schedule_pending(stored(), expected_version=stored().version, expected_pending=1, moment=moment)


def come_due() -> datetime:
    """Let the update be scheduled for this moment, which it returns."""
    moment = timezone.now()
    while change_feed.database_time() <= moment:
        pass
    row = PendingVersion.objects.get()
    Change.objects.filter(event="scheduled", visible_at=row.due_at).update(visible_at=moment)
    row.schedule(moment)
    row.save()
    return moment


def seen() -> dict[str, Any]:
    """Return what readers and programs see."""
    content_state.invalidate()
    client, post = Client(), stored()
    month = post.published_at.strftime("/archive/%Y/%m/")
    pages = ["/tides/", "/waves/", "/", "/tags/sea/", "/authors/alice-adams/", month]
    pages += ["/series/water/", "/sitemaps/posts-1.xml", "/tides/share.png"]
    feeds = [
        "/feed.atom",
        "/series/water/feed.atom",
        "/comments/feed.atom",
        "/feed.rss",
        "/feed.json",
        "/tags/sea/feed.atom",
    ]
    found = {path: client.get(path).content for path in [*pages, *feeds]}
    api = f"/api/v1/posts/{post.pk}/"
    for query in ("", "?fields=title,version", "?fields=body,body_html,seo_title", "?include=authors,tags"):
        answer = client.get(api + query)
        not_modified = client.get(api + query, headers={"If-None-Match": answer["ETag"]})
        found[query] = (answer.json(), answer["ETag"], not_modified.status_code, not_modified["ETag"])
    for query in ("", "?tag=sea", "?fields=title,body", "?status=published&ordering=-published_at"):
        answer = client.get("/api/v1/posts/" + query)
        found[f"list {query}"] = (answer.json(), answer["ETag"])
    return found


def write() -> bool:
    """Write the update for good."""
    with transaction.atomic():
        return services.scheduled.write_due_update(stored().pk)


def test_what_readers_pages_load_of_an_update_has_no_markdown(post):
    row = schedule(**CHANGES)
    assert set(PendingVersion.PUBLIC) == {"post", "due_at", "plan"}
    assert "body" not in row.plan["changes"]
    assert CHANGES["body"].strip() not in str(row.plan)
    assert "Another <em>text</em>" in row.plan["rendered"]["body_html"]


def test_until_its_moment_nobody_sees_a_scheduled_update(post):
    before = seen()
    schedule(**CHANGES)
    assert seen() == before
    assert not write()
    assert stored().pending.due_at > timezone.now()


@pytest.mark.parametrize("names", [[name] for name in CHANGES] + [[*CHANGES], ["cover_image"]], ids="+".join)
def test_everybody_sees_the_same_before_and_after_the_update_is_written(names, post, images):
    changes = {name: (CHANGES | {"cover_image": images[1]})[name] for name in names}
    before = seen()
    schedule(**changes)
    moment = come_due()
    due = seen()
    assert due != before
    representation = due[""][0]
    assert representation["version"] == 2
    assert datetime.fromisoformat(representation["updated_at"]) == moment
    for name in names:
        expected = images[1].pk if name == "cover_image" else changes[name]
        assert representation[name] == (expected.strip() if name == "body" else expected) or name == "body"
    assert stored().version == 1

    assert write()
    assert seen() == due
    assert (stored().version, stored().updated_at) == (2, moment)
    assert not PendingVersion.objects.exists()
    assert not write()


@pytest.mark.parametrize("is_due", [False, True])
def test_a_text_is_rendered_by_whatever_of_it_changes(is_due, post):
    row = schedule(typography=False)
    assert '"text"' in row.rendered["body_html"]
    if is_due:
        come_due()
        assert '"text"' in shown().body_html
        write()
    else:
        services.publish_pending(
            stored(), by=None, expected_version=1, expected_pending=PendingVersion.objects.get().version
        )
    assert '"text"' in stored().body_html


def test_these_are_all_fields_that_can_wait():
    assert {*CHANGES, "cover_image"} == {*WAITING_FIELDS}


def test_a_change_that_readers_do_not_notice_does_not_make_the_post_look_updated(post):
    revised = shown().modified_at
    schedule(seo_title="For search engines")
    come_due()
    assert "seo_title" in UNSEEN_FIELDS
    assert shown().modified_at == revised
    write()
    assert shown().modified_at == stored().modified_at == revised


def test_writing_makes_a_version_by_the_writer_at_the_moment(post, alice):
    schedule(by=alice, title="Ebb", reason="Shorter")
    moment = come_due()
    write()
    newest = post.history.order_by("-history_id").first()
    assert (newest.version, newest.history_user, newest.history_date) == (2, alice, moment)
    assert newest.history_change_reason == "Shorter"
    assert SearchDocument.objects.get(post=post).title == "Ebb"


def test_its_pictures_are_used_by_the_post_once_it_is_written(post, images):
    schedule(body=f"![](/media/{images[1].digest}/64.jpg)", cover_image=None)
    come_due()
    write()
    assert list(ImageUse.objects.filter(post=post).values_list("image_id", flat=True)) == [images[1].pk]
    assert not PendingImageUse.objects.exists()


def test_cached_pages_are_renewed_at_the_moment(post):
    row = schedule(title="Ebb")
    content_state.invalidate()
    assert content_state.fetch().due == row.due_at
    come_due()
    content_state.invalidate()
    assert content_state.fetch().due is None


def api_change(method: str, token: str, tag: str, body: dict | None = None):
    options = {"headers": {"Authorization": f"Bearer {token}", "If-Match": tag}, "content_type": "application/json"}
    return getattr(Client(), method)(f"/api/v1/posts/{stored().pk}/", body or "", **options)


def test_a_program_with_the_former_version_is_refused_after_the_moment(post, erika, token_for):
    token = token_for(erika)
    former = Client().get(f"/api/v1/posts/{post.pk}/")["ETag"]
    schedule(title="Ebb")
    come_due()
    assert api_change("patch", token, former, {"summary": "Mine."}).status_code == 412
    current = Client().get(f"/api/v1/posts/{post.pk}/")["ETag"]
    answer = api_change("patch", token, current, {"summary": "Mine."})
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["title"], answer.json()["summary"], answer.json()["version"]) == ("Ebb", "Mine.", 3)
    records = list(post.history.order_by("version").values_list("version", "title", "summary", "program"))
    assert [record[:3] for record in records] == [(1, "Tides", "Old."), (2, "Ebb", "Old."), (3, "Ebb", "Mine.")]
    assert records[1][3] == ""
    assert records[2][3].startswith("token:")


def test_the_first_change_of_the_text_after_the_moment_keeps_its_pictures(post, images, erika, token_for):
    schedule(body=f"![](/media/{images[1].digest}/64.jpg)")
    come_due()
    answer = api_change("patch", token_for(erika), "*", {"title": "Ebb"})
    assert answer.status_code == 200, answer.json()
    assert {*ImageUse.objects.filter(post=post).values_list("image_id", flat=True)} == {image.pk for image in images}


def test_a_program_that_deletes_the_post_after_the_moment_trashes_the_new_version(post, erika, token_for):
    schedule(title="Ebb")
    come_due()
    current = Client().get(f"/api/v1/posts/{post.pk}/")["ETag"]
    assert api_change("delete", token_for(erika), current).status_code == 204
    assert (stored().title, stored().version, bool(stored().trashed_at)) == ("Ebb", 3, True)


@pytest.mark.parametrize(
    "change",
    [{"title": "Theirs"}, {"status": "draft"}, {"language": "de"}],
    ids=["the same field", "unpublished", "another language"],
)
def test_a_change_of_the_post_that_it_concerns_lifts_the_schedule(change, post):
    row = schedule(title="Ebb", body="Another text.")
    services.update_post(stored(), by=None, expected_version=1, **change)
    lifted = PendingVersion.objects.get()
    assert (lifted.due_at, lifted.plan, lifted.lifted_at) == (None, None, row.due_at)
    assert lifted.changes["title"] == "Ebb"


def test_the_trash_lifts_the_schedule(post):
    schedule(title="Ebb")
    services.trash_post(stored(), by=None, expected_version=1)
    assert PendingVersion.objects.get().due_at is None


def test_a_change_of_another_field_leaves_the_schedule_and_is_part_of_the_update(post):
    schedule(title="Ebb")
    services.update_post(stored(), by=None, expected_version=1, summary="New.", tags=[])
    come_due()
    assert (shown().title, shown().summary, shown().version) == ("Ebb", "New.", 3)
    write()
    assert (stored().title, stored().summary, stored().version) == ("Ebb", "New.", 3)


def test_keeping_other_changes_leaves_the_schedule(post):
    row = schedule(title="Ebb")
    services.keep_for_later(stored(), by=None, expected_version=1, expected_pending=2, title="Flood")
    changed = PendingVersion.objects.get()
    assert (changed.due_at, changed.plan["changes"]) == (row.due_at, {"title": "Flood"})


def test_the_schedule_can_be_lifted_by_hand_and_publishing_ends_it(post):
    schedule(title="Ebb")
    services.schedule_pending(stored(), expected_version=1, expected_pending=2, moment=None)
    assert PendingVersion.objects.get().due_at is None
    services.schedule_pending(
        stored(), expected_version=1, expected_pending=3, moment=timezone.now() + timedelta(hours=1)
    )
    services.publish_pending(stored(), by=None, expected_version=1, expected_pending=4)
    assert (stored().title, stored().version) == ("Ebb", 2)
    assert not PendingVersion.objects.exists()


def test_what_is_due_does_not_wait_any_more(post):
    schedule(title="Ebb")
    come_due()
    assert stored().pending is None
    for refused in (
        lambda: services.publish_pending(shown(), by=None, expected_version=2, expected_pending=2),
        lambda: services.discard_pending(shown(), expected_pending=2),
    ):
        with pytest.raises(services.StaleVersion):
            refused()
    services.keep_for_later(shown(), by=None, expected_version=2, title="Flood")
    assert (stored().title, stored().version) == ("Ebb", 2)
    assert PendingVersion.objects.get().changes == {"title": "Flood"}


def test_a_moment_that_has_passed_is_refused(post):
    with pytest.raises(ValidationError, match="This moment has passed"):
        schedule(title="Ebb", moment=timezone.now() - timedelta(minutes=1))


def test_an_overlap_is_refused(post):
    services.keep_for_later(stored(), by=None, expected_version=1, title="Ebb")
    services.update_post(stored(), by=None, expected_version=1, title="Theirs")
    with pytest.raises(services.Overlap):
        services.schedule_pending(
            stored(), expected_version=2, expected_pending=1, moment=timezone.now() + timedelta(hours=1)
        )


def test_comments_end_at_the_moment(post):
    Site.objects.update_or_create(pk=1, defaults={"comments": "open"})
    first = create_comment(by=None, post=post, body="First.", name="Rita")
    Comment.objects.update(status=Comment.Status.APPROVED)
    schedule(comments_allowed=False)

    def answers() -> list[int]:
        bodies = [{"post": post.pk}, {"parent": first.pk}]
        words = {"body": "Words.", "name": "Rita"}
        return [
            Client().post("/api/v1/comments/", body | words, content_type="application/json").status_code
            for body in bodies
        ]

    assert answers() == [201, 201]
    come_due()
    assert all(400 <= status < 500 for status in answers())


def test_the_housekeeping_writes_what_is_due(post):
    before = ContentGeneration.objects.get().value
    schedule(title="Ebb")
    call_command("write_due_updates", verbosity=0)
    assert stored().title == "Tides"
    come_due()
    call_command("write_due_updates", verbosity=0)
    assert (stored().title, stored().version) == ("Ebb", 2)
    assert ContentGeneration.objects.get().value > before


class Feed:
    """Reads the change feed on."""

    def __init__(self) -> None:
        self.next = Client().get("/api/v1/changes/?after=now").json()["next"]
        self.told()

    def told(self) -> list[tuple[str, int, str]]:
        """Return the event, the version and the time of what was told since."""
        page = Client().get(self.next).json()
        self.next = page["next"]
        return [(entry["event"], entry["version"], datetime.fromisoformat(entry["at"])) for entry in page["results"]]


def test_the_change_feed_tells_an_update_once_at_its_moment(post):
    feed = Feed()
    feed.told()
    schedule(title="Ebb")
    assert feed.told() == []
    moment = come_due()
    assert feed.told() == [("changed", 2, moment)]
    write()
    assert feed.told() == []


def test_the_change_feed_tells_an_update_that_was_written_before_it_was_read(post):
    feed = Feed()
    feed.told()
    schedule(title="Ebb")
    moment = come_due()
    write()
    assert feed.told() == [("changed", 2, moment)]


def test_the_change_feed_tells_an_update_after_another_change_of_the_post(post):
    feed = Feed()
    feed.told()
    schedule(title="Ebb")
    services.update_post(stored(), by=None, expected_version=1, summary="New.")
    assert [told[:2] for told in feed.told()] == [("changed", 2)]
    moment = come_due()
    assert feed.told() == [("changed", 3, moment)]


@pytest.mark.parametrize("end", ["lift", "discard"])
def test_the_change_feed_tells_no_update_that_does_not_take_place(end, post):
    feed = Feed()
    feed.told()
    schedule(title="Ebb")
    if end == "lift":
        services.schedule_pending(stored(), expected_version=1, expected_pending=2, moment=None)
    else:
        services.discard_pending(stored(), expected_pending=2)
    assert {told[:2] for told in feed.told()} <= {("changed", 1)}
    Change.objects.filter(event="scheduled").update(visible_at=timezone.now())
    assert feed.told() == []


@pytest.mark.django_db(transaction=True)
@needs_a_database_server
def test_of_writers_at_the_moment_itself_one_succeeds_and_the_update_is_written_once(make_post):
    post = make_post("Tides")
    schedule(title="Ebb")
    come_due()
    own_copies = [shown() for _ in range(6)]
    changes = [
        lambda copy=copy, number=number: services.update_post(
            copy, by=None, expected_version=2, summary=f"By {number}."
        )
        for number, copy in enumerate(own_copies)
    ]
    results = run(*changes, *[services.write_due_updates for _ in range(3)])
    refused = [result for result in results if isinstance(result, services.StaleVersion)]
    won = [result for result in results if isinstance(result, Post)]
    assert (len(won), len(refused)) == (1, 5), results
    assert (stored().title, stored().summary, stored().version) == ("Ebb", won[0].summary, 3)
    assert list(post.history.order_by("history_id").values_list("version", flat=True)) == [1, 2, 3]
    assert not PendingVersion.objects.exists()


@pytest.mark.django_db(transaction=True)
@needs_a_database_server
@pytest.mark.parametrize("attempt", range(5))
def test_a_change_and_a_schedule_of_the_same_field_at_the_same_moment_do_not_miss_each_other(attempt, make_post):
    post = make_post("Tides")
    services.keep_for_later(stored(), by=None, expected_version=1, title="Ebb")
    own_copies, tomorrow = [stored(), stored()], timezone.now() + timedelta(days=1)
    run(
        lambda: services.update_post(own_copies[0], by=None, expected_version=1, title="Theirs"),
        lambda: services.schedule_pending(own_copies[1], expected_version=1, expected_pending=1, moment=tomorrow),
    )
    assert Post.objects.get(pk=post.pk).title == "Theirs"
    assert PendingVersion.objects.get().due_at is None
