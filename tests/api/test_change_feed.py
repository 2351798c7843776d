"""The change feed: what it tells, in which order, and what it never tells."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.comments import services as comments
from apps.comments.models import Comment
from apps.core import change_feed
from apps.core.change_feed import Position
from apps.core.models import Change, ContentGeneration
from apps.media import services as media
from apps.posts import services
from apps.posts.models import Post
from tests.api.mirrors import Feed, entries, told
from tests.media.files import jpeg


def update(post: Post, **fields) -> Post:
    """Change a post from its stored version."""
    post.refresh_from_db()
    return services.update_post(post, by=None, expected_version=post.version, **fields)


def trash(post: Post) -> Post:
    post.refresh_from_db()
    return services.trash_post(post, by=None, expected_version=post.version)


def come_due() -> None:
    """Let all that is scheduled be scheduled for this moment."""
    moment = timezone.now()
    while (now := change_feed.database_time()) <= moment:
        pass
    Post.objects.filter(published_at__gt=now).update(published_at=now)
    Change.objects.filter(visible_at__gt=now).update(visible_at=now)
    Change.objects.filter(was_visible_at__gt=now).update(was_visible_at=now)


@pytest.fixture
def feed(client) -> Feed:
    return Feed(client)


@pytest.fixture
def make_image(erika, settings, tmp_path):
    """Create images of different sizes."""
    settings.MEDIA_ROOT = str(tmp_path)
    sizes = iter(range(40, 90))
    return lambda: media.create_image(by=erika, file=ContentFile(jpeg(next(sizes), 30), "a.jpg"))


@pytest.fixture
def make_comment(erika):
    """Create approved comments of a reader."""

    def make(post: Post, parent: Comment | None = None, status: str = "approved") -> Comment:
        return comments.import_comment(
            post=post, parent=parent, created_at=timezone.now(), body="Words.", name="Rita", status=status
        )

    return make


# The answer


def test_each_change_is_told_once_in_order_with_type_id_version_moment_and_address(client, make_post):
    start = client.get("changes/?after=now").json()
    assert (start["results"], start["more"]) == ([], False)
    post = make_post()
    update(post, title="Other")
    trash(post)
    services.purge_post(post, by=None)
    found, following = entries(client, start["next"])
    assert [(entry["event"], entry["version"]) for entry in found] == [
        ("created", 1), ("changed", 2), ("unpublished", 3), ("deleted", 3),
    ]  # fmt: skip
    assert list(found[0]) == ["type", "id", "version", "event", "at", "url"]
    assert found[0]["url"] == f"http://testserver/api/v1/posts/{found[0]['id']}/"
    assert found[0]["at"].endswith("Z")
    assert [entry["at"] for entry in found] == sorted(entry["at"] for entry in found)
    assert client.get(following).json()["results"] == []


def test_next_is_in_the_link_header_too(client):
    response = client.get("changes/?after=now")
    assert response["Link"] == f'<{response.json()["next"]}>; rel="next"'


def test_without_a_cursor_the_feed_begins_with_the_oldest_entry(client, make_post):
    first, second = make_post(), make_post("B")
    found, _next = entries(client, "changes/")
    assert told(found) == [("post", first.pk, "created"), ("post", second.pk, "created")]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_pages_of_every_size_tell_the_same(client, make_post, make_comment, size):
    tags = services.tags_named(["Sea", "Land"])
    posts = [make_post(f"Post {number}", tags=tags) for number in range(5)]
    services.update_tag(tags[0], expected_version=1, name="Ocean")
    for post in posts[:2]:
        for _number in range(3):
            make_comment(post)
        update(post, status="draft")
        update(post, status="published")
    services.delete_tag(tags[1])
    expected, _next = entries(client, "changes/?page_size=50")
    assert len(expected) == 2 + 5 + 1 + 5 + 2 * (3 + 4 + 4) + 1 + 5
    pages, address = [], f"changes/?page_size={size}"
    while address:
        page = client.get(address).json()
        assert len(page["results"]) <= size
        pages += page["results"]
        address = page["next"] if page["more"] else ""
    assert pages == expected


def test_one_type_can_be_asked_for(client, make_post):
    tag = services.create_tag(name="Sea")
    post = make_post(tags=[tag])
    services.update_tag(tag, expected_version=1, name="Ocean")
    found, _next = entries(client, "changes/?type=post")
    assert told(found) == [("post", post.pk, "created"), ("post", post.pk, "changed")]
    found, _next = entries(client, "changes/?type=tag&page_size=1")
    assert told(found) == [("tag", tag.pk, "created"), ("tag", tag.pk, "changed")]


def test_an_unchanged_feed_is_answered_304(client, make_post):
    make_post()
    address = client.get("changes/").json()["next"]
    etag = client.get(address)["ETag"]
    assert client.get(address, If_None_Match=etag).status_code == 304
    make_post("B")
    assert client.get(address, If_None_Match=etag).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_feed_can_only_be_read(erika_client, method):
    response = erika_client.send(method, "changes/", {})
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert erika_client.send("HEAD", "changes/").status_code == 200


# Posts


def test_a_draft_that_is_published_is_told_as_published(feed, make_post):
    post = make_post(status="draft")
    assert feed() == []
    update(post, status="published")
    assert feed() == [("post", post.pk, "published")]


def test_a_page_is_told_like_a_post(feed, make_post):
    page = make_post(kind="page")
    assert feed() == [("post", page.pk, "created")]


def test_a_scheduled_post_is_told_when_it_comes_due_and_once(feed, make_post):
    post = make_post(published_at=timezone.now() + timedelta(minutes=5))
    update(post, title="Other")
    assert feed() == []
    come_due()
    assert feed() == [("post", post.pk, "published")]
    assert feed() == []


def test_scheduled_posts_of_one_moment_are_each_told_once_whatever_the_page(client, make_post):
    feed = Feed(client, "&page_size=1")
    moment = timezone.now() + timedelta(minutes=5)
    posts = [make_post(f"Post {number}", published_at=moment) for number in range(4)]
    come_due()
    page = {"results": [], "next": feed.next}
    while not page["results"]:  # Its own pages tell nothing of what was not due yet.
        page = client.get(page["next"]).json()
    assert (told(page["results"]), page["more"]) == ([("post", posts[0].pk, "published")], True)
    # Meanwhile a change is committed.
    update(posts[3], title="Other")
    feed.next = page["next"]
    assert sorted(feed()) == [
        ("post", posts[1].pk, "published"), ("post", posts[2].pk, "published"), ("post", posts[3].pk, "changed"),
    ]  # fmt: skip


def test_a_post_that_is_withdrawn_before_its_date_is_never_told(feed, make_post):
    post = make_post(published_at=timezone.now() + timedelta(minutes=5))
    update(post, status="draft")
    come_due()
    assert feed() == []


def test_a_public_post_that_is_scheduled_anew_leaves_and_comes_back(feed, make_post):
    post = make_post()
    update(post, published_at=timezone.now() + timedelta(minutes=5))
    assert feed() == [("post", post.pk, "created"), ("post", post.pk, "unpublished")]
    come_due()
    assert feed() == [("post", post.pk, "published")]


def test_a_post_with_an_old_date_is_told_when_it_is_written(feed, make_post):
    post = make_post(published_at=timezone.now() - timedelta(days=4000))
    assert feed() == [("post", post.pk, "created")]


def test_a_post_is_told_when_it_is_rendered_anew(feed, make_post):
    post = make_post()
    feed()
    Post.objects.update(body_html="<p>Old.</p>")
    services.rerender_post(Post.objects.get(), force=True)
    assert feed() == [("post", post.pk, "changed")]


def test_the_translations_of_a_deleted_post_are_told(feed, make_post):
    original = make_post()
    translation = make_post("Übersetzt", translation_of=original, language="de")
    pk = trash(original).pk
    feed()
    services.purge_post(original, by=None)
    assert sorted(feed()) == [("post", pk, "deleted"), ("post", translation.pk, "changed")]


def test_nothing_is_told_of_what_was_never_public(client, feed, make_post, make_image, make_comment):
    tag = services.create_tag(name="Sea")
    feed()
    image, cover = make_image(), make_image()
    draft = make_post(status="draft", body=image.markdown, cover_image=cover, tags=[tag])
    answer = make_comment(draft)
    media.update_image(image, by=None, expected_version=1, alt="Words")
    update(draft, title="Other", slug="other", cover_image=None)
    comments.trash_comment(answer, by=None, expected_version=1)
    comments.purge_comment(answer)
    trash(draft)
    services.purge_post(draft, by=None)
    scheduled = make_post(published_at=timezone.now() + timedelta(days=1), body=image.markdown, tags=[tag])
    services.update_tag(tag, expected_version=1, name="Ocean")
    trash(scheduled)
    services.purge_post(scheduled, by=None)
    for unused in (image, cover):
        media.delete_image(unused)
    post = make_post()
    waiting = make_comment(post, status="pending")
    waiting.status = "spam"
    waiting.save()
    comments.purge_comment(waiting)
    assert feed() == [("tag", tag.pk, "changed"), ("post", post.pk, "created")]


def test_a_draft_makes_no_row(make_post):
    draft = make_post(status="draft")
    update(draft, title="Other")
    trash(draft)
    services.purge_post(draft, by=None)
    assert not Change.objects.exists()


# What is shown with it


def test_a_renamed_tag_or_author_is_told_with_its_public_posts(feed, make_post):
    tag, author = services.create_tag(name="Sea"), services.create_author(name="Ada")
    old = make_post("Old", tags=[tag], authors=[author], published_at=timezone.now() - timedelta(days=9))
    new = make_post("New", tags=[tag], authors=[author])
    make_post("Draft", status="draft", tags=[tag], authors=[author])
    make_post("Scheduled", tags=[tag], authors=[author], published_at=timezone.now() + timedelta(seconds=30))
    feed()
    services.update_tag(tag, expected_version=1, name="Ocean")
    assert feed() == [("tag", tag.pk, "changed"), ("post", old.pk, "changed"), ("post", new.pk, "changed")]
    services.update_author(author, expected_version=1, slug="countess")
    assert feed() == [("author", author.pk, "changed"), ("post", old.pk, "changed"), ("post", new.pk, "changed")]


def test_a_deleted_tag_is_told_with_the_posts_that_had_it(feed, make_post):
    tag = services.create_tag(name="Sea")
    post = make_post(tags=[tag])
    make_post("Draft", status="draft", tags=[tag])
    pk = tag.pk
    feed()
    services.delete_tag(tag, expected_version=1)
    assert feed() == [("tag", pk, "deleted"), ("post", post.pk, "changed")]


def test_a_merged_tag_is_told_with_its_posts(feed, make_post):
    sea, ocean = services.tags_named(["Sea", "Ocean"])
    both, one = make_post("Both", tags=[sea, ocean]), make_post("One", tags=[sea])
    make_post("Other", tags=[ocean])
    pk = sea.pk
    feed()
    services.merge_tags(sea, into=ocean)
    assert sorted(feed()) == [("post", both.pk, "changed"), ("post", one.pk, "changed"), ("tag", pk, "deleted")]


def test_authors_and_tags_are_told_when_they_come_and_go(feed):
    tag, author = services.create_tag(name="Sea"), services.create_author(name="Ada")
    pks = tag.pk, author.pk
    services.delete_tag(tag)
    services.delete_author(author)
    assert feed() == [
        ("tag", pks[0], "created"), ("author", pks[1], "created"), ("tag", pks[0], "deleted"), ("author", pks[1], "deleted"),
    ]  # fmt: skip


def test_an_image_is_told_while_a_public_post_shows_it(feed, make_post, make_image):
    image = make_image()
    post = make_post(body=image.markdown)
    assert feed() == [("post", post.pk, "created"), ("image", image.pk, "published")]
    other = make_post("Other", status="draft", cover_image=image)
    update(other, status="published")
    feed()
    image = media.update_image(image, by=None, expected_version=1, alt="Words")
    assert feed() == [("image", image.pk, "changed"), ("post", post.pk, "changed"), ("post", other.pk, "changed")]
    update(post, body="No picture.")
    assert feed() == [("post", post.pk, "changed")]
    trash(other)
    assert feed() == [("post", other.pk, "unpublished"), ("image", image.pk, "unpublished")]
    services.purge_post(other, by=None)
    feed()
    media.delete_image(image)
    assert feed() == [("image", image.pk, "deleted")]


def test_the_images_of_a_scheduled_post_are_told_when_it_comes_due(feed, make_post, make_image):
    image = make_image()
    post = make_post(cover_image=image, published_at=timezone.now() + timedelta(minutes=5))
    assert feed() == []
    come_due()
    assert feed() == [("post", post.pk, "published"), ("image", image.pk, "published")]


# Comments


def test_a_comment_is_told_when_readers_begin_and_cease_to_see_it(feed, make_post, make_comment):
    post = make_post()
    comment = make_comment(post, status="pending")
    feed()
    comment = comments.update_comment(comment, by=None, expected_version=1, status="approved", is_quiet=True)
    assert feed() == [("comment", comment.pk, "published")]
    comments.update_comment(comment, by=None, expected_version=2, name="Ada")
    assert feed() == [("comment", comment.pk, "changed")]
    comments.trash_comment(comment, by=None, expected_version=3)
    assert feed() == [("comment", comment.pk, "unpublished")]
    pk = comment.pk
    comments.purge_comment(comment)
    assert feed() == [("comment", pk, "deleted")]


def test_a_new_comment_on_a_public_post_is_told_as_created(feed, make_post, erika):
    post = make_post()
    feed()
    comment = comments.create_comment(by=erika, post=post, body="Words.", name="Erika")
    assert feed() == [("comment", comment.pk, "created")]


def test_comments_come_and_go_and_move_with_their_post(feed, make_post, make_comment):
    post = make_post(status="draft")
    comment = make_comment(post)
    make_comment(post, status="pending")
    assert feed() == []
    update(post, status="published")
    assert feed() == [("post", post.pk, "published"), ("comment", comment.pk, "published")]
    update(post, title="Other")
    assert feed() == [("post", post.pk, "changed")]
    update(post, slug="moved")
    assert feed() == [("post", post.pk, "changed"), ("comment", comment.pk, "changed")]
    update(post, status="draft")
    assert feed() == [("post", post.pk, "unpublished"), ("comment", comment.pk, "unpublished")]


def test_a_comment_that_goes_before_the_feed_is_read_is_told_as_gone(feed, make_post, make_comment):
    post, other = make_post(), make_post("Other")
    comment, gone = make_comment(post), make_comment(other)
    feed()
    trash(post)
    comments.trash_comment(comment, by=None, expected_version=1)
    trash(other)
    services.purge_post(other, by=None)
    found = feed()
    assert ("comment", comment.pk, "unpublished") in found
    assert ("comment", gone.pk, "deleted") in found


def test_comments_of_a_scheduled_post_are_told_with_it(feed, make_post, make_comment):
    post = make_post(published_at=timezone.now() + timedelta(minutes=5))
    comment = make_comment(post)
    assert feed() == []
    come_due()
    assert feed() == [("post", post.pk, "published"), ("comment", comment.pk, "published")]


def test_a_scheduled_post_that_is_edited_after_it_came_due_is_told_with_its_comments(feed, make_post, make_comment):
    post = make_post(published_at=timezone.now() + timedelta(minutes=5))
    comment = make_comment(post)
    assert feed() == []
    come_due()
    update(post, title="Edited")
    update(post, title="Edited again")
    told = feed()
    assert told[0] == ("post", post.pk, "published")
    assert ("comment", comment.pk, "published") in told


def test_answers_are_told_when_their_parent_is_deleted(feed, make_post, make_comment):
    post = make_post()
    parent = make_comment(post)
    answer = make_comment(post, parent)
    comments.trash_comment(parent, by=None, expected_version=1)
    feed()
    pk = parent.pk
    comments.purge_comment(parent)
    assert sorted(feed()) == [("comment", pk, "deleted"), ("comment", answer.pk, "changed")]


def test_comments_are_told_when_their_writer_is_erased_or_their_user_deleted(feed, make_post, erika):
    post = make_post()
    official = comments.create_comment(by=erika, post=post, body="Words.", name="Erika")
    comment = comments.import_comment(
        post=post, parent=None, created_at=timezone.now(), body="W.", name="R", email="r@example.org", status="approved"
    )
    feed()
    comments.erase_commenter("r@example.org")
    assert feed() == [("comment", comment.pk, "changed")]
    erika.delete()
    assert feed() == [("comment", official.pk, "changed")]


# Cursors


@pytest.mark.parametrize("after", ["", "nonsense", "Now", "1", "WzFd:1xXcpg:abc"])
def test_a_cursor_that_is_none_is_refused_by_name(client, after):
    response = client.get(f"changes/?after={after}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "after"


def test_a_cursor_of_a_list_is_refused(client, make_post):
    make_post()
    make_post("B")
    cursor = client.get("posts/?page_size=1").json()["next"].partition("cursor=")[2].partition("&")[0]
    assert client.get(f"changes/?after={cursor}").status_code == 400


@pytest.mark.parametrize("query", ["type=posts", "type=", "page_size=0", "page_size=101", "status=draft"])
def test_a_wrong_parameter_is_refused(client, query):
    assert client.get(f"changes/?{query}").status_code == 400


def problem(response) -> str:
    return response.json()["type"].partition("#")[2]


@pytest.mark.in_process("runs a command with the settings of this process")
def test_a_cursor_whose_following_entries_were_deleted_is_gone(client, make_post):
    make_post("A")
    old = client.get("changes/").json()["next"]
    make_post("B")
    kept = client.get(old).json()["next"]
    make_post("C")
    oldest = list(Change.objects.order_by("pk").values_list("pk", flat=True)[:2])
    Change.objects.filter(pk__in=oldest).update(
        at=F("at") - timedelta(days=91), visible_at=F("visible_at") - timedelta(days=91)
    )
    call_command("trim_changes")
    assert Change.objects.count() == 1
    response = client.get(old)
    assert (response.status_code, problem(response)) == (410, "expired-cursor")
    assert "after=now" in response.json()["detail"]
    assert len(client.get(kept).json()["results"]) == 1


@pytest.mark.in_process("runs a command with the settings of this process")
def test_a_cursor_stays_valid_when_an_older_entry_is_deleted_after_newer_ones(client, make_post):
    make_post(published_at=timezone.now() + timedelta(days=1))
    make_post("A")
    kept = client.get("changes/").json()["next"]
    old = timedelta(days=91)
    Change.objects.update(at=F("at") - old)
    Change.objects.filter(visible_at__lt=timezone.now()).update(visible_at=F("visible_at") - old)
    call_command("trim_changes")
    assert Change.objects.count() == 1
    Change.objects.update(visible_at=F("visible_at") - old - timedelta(days=1))
    call_command("trim_changes")
    assert Change.objects.count() == 0
    assert client.get(kept).status_code == 200


@pytest.mark.in_process("runs a command with the settings of this process")
def test_a_scheduled_post_is_told_although_its_entry_is_old(client, make_post):
    post = make_post(published_at=timezone.now() + timedelta(days=1))
    Change.objects.update(at=F("at") - timedelta(days=199))
    feed = Feed(client)
    call_command("trim_changes")
    come_due()
    assert feed() == [("post", post.pk, "published")]


def test_a_cursor_from_before_something_came_due_that_was_deleted_is_gone(client, make_post):
    make_post(published_at=timezone.now() + timedelta(days=1))
    cursor = client.get("changes/").json()["next"]
    come_due()
    now = change_feed.database_time()
    assert change_feed.trim(now + timedelta(seconds=1)) == 1
    assert client.get(cursor).status_code == 410


def test_trimming_deletes_in_batches_and_keeps_what_is_younger(make_post):
    for number in range(7):
        make_post(f"Post {number}")
    Change.objects.update(at=F("at") - timedelta(days=10), visible_at=F("visible_at") - timedelta(days=10))
    make_post("Young")
    assert change_feed.trim(timezone.now() - timedelta(days=9), batch=2) == 7
    assert Change.objects.count() == 1
    assert ContentGeneration.objects.get().trimmed < Change.objects.get().pk


@pytest.mark.parametrize("is_ahead", [True, False])
def test_a_cursor_from_before_a_restore_is_gone(client, make_post, is_ahead):
    make_post("A")
    make_post("B")
    cursor = client.get("changes/").json()["next"]
    saved = Change.objects.order_by("pk").last()
    # What a restore of an older backup does: the last change is undone, and its id may be given again.
    saved.delete()
    if not is_ahead:
        saved.at -= timedelta(seconds=1)
        saved.save(force_insert=True)
    assert client.get(cursor).status_code == 410


# Cost


def count_queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.in_process("counts the queries of this process")
def test_a_page_takes_few_queries_however_much_it_tells(client, make_post, make_comment, make_image):
    tags = services.tags_named([f"Tag {number}" for number in range(30)])
    start = client.get("changes/?after=now&page_size=100").json()["next"]
    assert count_queries(client, start) <= 6
    for number in range(4):
        make_comment(make_post(f"Post {number}", tags=tags, cover_image=make_image()))
    for tag in tags:
        services.update_tag(tag, expected_version=1, description="Words.")
    for post in Post.objects.all():
        update(post, status="draft")
    address, more = start, True
    while more:
        assert count_queries(client, address) <= 60
        page = client.get(address).json()
        address, more = page["next"], page["more"]


@pytest.mark.in_process("counts the queries of this process")
def test_rows_that_tell_nothing_do_not_make_a_page_longer(client, feed, make_post):
    for number in range(12):
        make_post(f"Post {number}", published_at=timezone.now() + timedelta(days=1))
    post = make_post("Public")
    pages, address, more = [], feed.next + "&page_size=5", True
    while more:
        page = client.get(address).json()
        pages.append(told(page["results"]))
        address, more = page["next"], page["more"]
    assert pages == [[], [], [("post", post.pk, "created")]]


def test_a_rolled_back_write_is_not_told(feed, make_post):
    with transaction.atomic():
        make_post()
        transaction.set_rollback(True)
    assert feed() == []


# Plans


def plan_of(queryset) -> str:
    """Return the answer to EXPLAIN: a table of MariaDB, a tree of MySQL 9."""
    sql, parameters = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", parameters)
        return str(cursor.fetchall())


@pytest.mark.django_db(transaction=True)  # ANALYZE commits.
@pytest.mark.in_process("reads the plans of queries")
def test_the_rows_of_a_page_are_a_range_of_an_index(client):
    if connection.vendor == "sqlite":
        pytest.skip("of MySQL and MariaDB")
    now = change_feed.database_time()
    rows = [
        Change(kind="post", object_id=number, event="changed", at=now, visible_at=now - timedelta(seconds=number))
        for number in range(20_000)
    ]
    Change.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE core_change")
        cursor.fetchall()
    middle = Change.objects.order_by("pk")[10_000]
    reader = change_feed._Reader(Position(middle.pk, "", now - timedelta(seconds=100)), 100, ["post"])
    due = plan_of(reader._due()[:101])
    by_id = plan_of(Change.objects.filter(pk__gte=middle.pk).order_by("pk")[:101])
    for plan, index in [(due, "change_by_visibility"), (due, "change_by_object"), (by_id, "PRIMARY")]:
        assert index in plan
        assert "range" in plan
        assert "sort" not in plan.lower()
