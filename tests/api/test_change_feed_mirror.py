"""A mirror that follows the change feed is what the site shows, whatever is written, scheduled and committed late."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.utils import timezone

from apps.comments import services as comments
from apps.comments.models import Comment
from apps.core import content_state
from apps.media import services as media
from apps.media.models import Image
from apps.posts import services
from apps.posts.models import Author, Post, Tag
from tests.api.mirrors import Mirror
from tests.media.files import jpeg

pytestmark = pytest.mark.slow

MARGIN = timedelta(milliseconds=5)
"""SQLite's clock has milliseconds."""


class Writer:
    """Writes at random, of all that can be written."""

    def __init__(self, seed: int, images: list[int]) -> None:
        self.random, self.images, self.number = Random(seed), images, 0

    def begin(self) -> None:
        """Write what the others change: posts with tags, authors and comments."""
        tags = [services.create_tag(name=self.name("Tag")) for _number in range(3)]
        authors = [services.create_author(name=self.name("Author")) for _number in range(2)]
        for number in range(4):
            links = {"tags": tags[: number + 1], "authors": authors[: number + 1]}
            services.create_post(by=None, title=self.name("Post"), body="Words.", status="published", **links)
            self.create_comment()
            self.create_comment()

    def write(self) -> None:
        """Do one write of any kind."""
        actions = [
            *[self.create_post] * 3,
            *[self.change_post] * 5,
            *[self.trash_or_restore] * 2,
            *[self.change_comment] * 3,
            self.purge,
            *[self.change_tag] * 2,
            self.merge_or_delete_tag,
            self.change_author,
            self.change_image,
            self.create_comment,
            self.erase,
        ]
        try:
            self.random.choice(actions)()
        except (ValidationError, services.StaleVersion, IntegrityError, OperationalError, *GONE):
            pass  # Another writer was first: it has changed or deleted what this one read, or holds its lock.

    def name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix} {self.random.randrange(10**9)}-{self.number}"

    def one(self, rows):
        pks = list(rows.order_by("pk").values_list("pk", flat=True))
        return rows.get(pk=self.random.choice(pks)) if pks else None

    def some(self, rows) -> list:
        found = list(rows.order_by("pk"))
        return self.random.sample(found, min(len(found), self.random.randrange(3)))

    def fields(self) -> dict:
        return {
            "status": self.random.choice(["draft", "published", "published", "published"]),
            "published_at": self.date(),
            "body": self.body(),
            "cover_image": Image.objects.filter(pk=self.random.choice([0, *self.images])).first(),
        }

    def date(self) -> datetime | None:
        now = timezone.now()
        soon = now + timedelta(seconds=self.random.uniform(0.1, 1.5))
        return self.random.choice([None, now, now - timedelta(days=3), soon, soon, now + timedelta(days=1)])

    def body(self) -> str:
        image = Image.objects.filter(pk=self.random.choice(self.images)).first()
        return f"Words.\n\n{image.markdown}" if image and self.random.random() < 0.3 else "Words."

    def create_post(self) -> None:
        links = {"tags": self.some(Tag.objects), "authors": self.some(Author.objects)}
        services.create_post(
            by=None, title=self.name("Post"), kind=self.random.choice(["post", "page"]), **links, **self.fields()
        )

    def change_post(self) -> None:
        if post := self.one(Post.objects.filter(trashed_at=None)):
            choice = {"title": self.name("Post"), "slug": self.name("slug").replace(" ", "-")} | self.fields()
            names = self.random.sample(sorted(choice), self.random.randrange(1, 3))
            links = self.random.choice([{}, {}, {"tags": self.some(Tag.objects), "authors": self.some(Author.objects)}])
            fields = {name: choice[name] for name in names}
            services.update_post(post, by=None, expected_version=post.version, **links, **fields)

    def trash_or_restore(self) -> None:
        if post := self.one(Post.objects.all()):
            service = services.trash_post if post.trashed_at is None else services.restore_post
            service(post, by=None, expected_version=post.version)

    def purge(self) -> None:
        if post := self.one(Post.objects.filter(trashed_at__isnull=False)):
            services.purge_post(post, by=None)

    def change_tag(self) -> None:
        if (tag := self.one(Tag.objects.all())) and self.random.random() < 0.8:
            services.update_tag(tag, expected_version=tag.version, name=self.name("Tag"), slug="")
        else:
            services.create_tag(name=self.name("Tag"))

    def merge_or_delete_tag(self) -> None:
        one, other = self.one(Tag.objects.all()), self.one(Tag.objects.all())
        if one and other and one != other:
            services.merge_tags(one, into=other)
        elif one and self.random.random() < 0.5:
            services.delete_tag(one)

    def change_author(self) -> None:
        if (author := self.one(Author.objects.all())) and self.random.random() < 0.8:
            services.update_author(author, expected_version=author.version, name=self.name("Author"), slug="")
        else:
            services.create_author(name=self.name("Author"))

    def change_image(self) -> None:
        if image := self.one(Image.objects.all()):
            media.update_image(image, by=None, expected_version=image.version, alt=self.name("Image"))

    def create_comment(self) -> None:
        if post := self.one(Post.objects.filter(kind="post")):
            parent = self.one(Comment.objects.filter(post=post)) if self.random.random() < 0.4 else None
            status = self.random.choice(["approved", "approved", "pending"])
            comments.import_comment(
                post=post,
                parent=parent,
                created_at=timezone.now(),
                body="W.",
                name="R",
                email="r@example.org",
                status=status,
            )

    def change_comment(self) -> None:
        comment = self.one(Comment.objects.all())
        if comment is None:
            self.create_comment()
        elif comment.status == "trash":
            comments.purge_comment(comment)
        elif self.random.random() < 0.3:
            comments.trash_comment(comment, by=None, expected_version=comment.version)
        else:
            status = self.random.choice(["approved", "pending"])
            comments.update_comment(comment, by=None, expected_version=comment.version, status=status, is_quiet=True)

    def erase(self) -> None:
        if self.random.random() < 0.2:
            comments.erase_commenter("r@example.org")


GONE = (Post.DoesNotExist, Tag.DoesNotExist, Author.DoesNotExist, Comment.DoesNotExist, Image.DoesNotExist)


@pytest.fixture
def images(erika, settings_of_images) -> list[int]:
    files = [ContentFile(jpeg(40 + number, 30), "a.jpg") for number in range(3)]
    return [media.create_image(by=erika, file=file).pk for file in files]


@pytest.fixture
def settings_of_images(tmp_path) -> Iterator[None]:
    """Keep the files of images in a folder of the test. (The servers need not know where, to show their addresses.)"""
    from django.test import override_settings

    with override_settings(MEDIA_ROOT=str(tmp_path)):
        yield


def check_equal(mirror: Mirror, client) -> None:
    """Follow the feed, and compare the mirror with all that the API shows; again if something came due meanwhile."""
    while True:
        before = timezone.now()
        mirror.follow()
        expected = Mirror(client).copy
        if not Post.objects.filter(published_at__gte=before - MARGIN, published_at__lte=timezone.now()).exists():
            break
    assert mirror.copy == expected


@pytest.mark.parametrize("seed", range(6))
def test_a_mirror_is_equal_to_the_site_after_every_round(client, images, seed):
    writer = Writer(seed, images)
    writer.begin()
    mirror = Mirror(client, page_size=[1, 2, 5, 20, 100, 3][seed])
    for _round in range(6):
        for _write in range(writer.random.randrange(1, 12)):
            writer.write()
        check_equal(mirror, client)
    # What was scheduled comes due without another write.
    last = (
        Post.objects.filter(published_at__lte=timezone.now() + timedelta(seconds=5)).order_by("-published_at").first()
    )
    while last and last.published_at + MARGIN > timezone.now():
        time.sleep(0.05)
    check_equal(mirror, client)


@contextmanager
def clock_differs(monkeypatch, seconds: float) -> Iterator[None]:
    """Let the clock of this process, not that of the database, differ."""
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: datetime.now(UTC) + timedelta(seconds=seconds))
        yield


@pytest.mark.parametrize("writes_at", [-5, 0, 5])
@pytest.mark.parametrize("reads_at", [-5, 0, 5])
def test_nothing_is_missed_where_clocks_differ(client, images, monkeypatch, writes_at, reads_at):
    writer = Writer(100 + writes_at + reads_at, images)
    mirror = Mirror(client)
    for _round in range(3):
        with clock_differs(monkeypatch, writes_at):
            for _write in range(6):
                writer.write()
        with clock_differs(monkeypatch, reads_at):
            mirror.follow()
    # Until all that is scheduled for the next seconds is past by every clock.
    soon = Post.objects.filter(published_at__lte=timezone.now() + timedelta(seconds=60))
    last = soon.order_by("-published_at").first()
    while last and last.published_at + MARGIN > timezone.now():
        time.sleep(0.05)
    check_equal(mirror, client)


@pytest.fixture
def server_database(transactional_db) -> None:
    """A database whose transactions run side by side."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")


def in_thread(pool: ThreadPoolExecutor, function: Callable[[], None]):
    """Run a function in a thread that has a database connection of its own."""

    def run() -> None:
        try:
            function()
        finally:
            connections.close_all()

    return pool.submit(run)


def test_what_is_committed_late_is_told_late_and_not_missed(server_database, client, make_post):
    mirror = Mirror(client)
    begun, release = threading.Event(), threading.Event()

    def write_late() -> None:
        with transaction.atomic(), content_state.bump_at_end():
            make_post("Late", published_at=timezone.now() - timedelta(days=1))
            make_post("Late and just now")
            begun.set()
            release.wait(20)

    with ThreadPoolExecutor(1) as pool:
        late = in_thread(pool, write_late)
        assert begun.wait(20)
        for number in range(3):
            make_post(f"Early {number}")
            check_equal(mirror, client)
        release.set()
        late.result()
    check_equal(mirror, client)
    assert len(mirror.copy) == 5


def test_rows_become_visible_in_the_order_of_their_ids(server_database, client, make_post):
    """A transaction that has told its change and is not committed yet lets no other be told before it."""
    mirror = Mirror(client)
    told, release = threading.Event(), threading.Event()

    def write_and_hold() -> None:
        with transaction.atomic():
            make_post("Held")
            told.set()
            release.wait(20)

    with ThreadPoolExecutor(2) as pool:
        held = in_thread(pool, write_and_hold)
        assert told.wait(20)
        other = in_thread(pool, lambda: make_post("Other"))
        check_equal(mirror, client)
        assert mirror.copy == {}
        release.set()
        held.result()
        other.result()
    check_equal(mirror, client)
    assert len(mirror.copy) == 2


@pytest.mark.parametrize("seed", [1, 2])
def test_a_mirror_is_equal_to_the_site_after_writers_side_by_side(server_database, client, images, seed):
    mirror = Mirror(client, page_size=7)
    for number in range(3):
        with ThreadPoolExecutor(4) as pool:
            writers = [Writer(1000 * seed + 10 * number + index, images) for index in range(4)]
            running = [in_thread(pool, lambda writer=writer: [writer.write() for _ in range(6)]) for writer in writers]
            while not all(future.done() for future in running):
                mirror.follow()
            for future in running:
                future.result()
        check_equal(mirror, client)
