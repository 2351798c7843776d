"""Each line of the API's table in docs/rights.md, tried as nobody, without a group, as author, editor, administrator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.comments.models import Comment
from apps.comments.services import create_comment
from apps.media.models import Image
from apps.media.services import create_image
from apps.posts import services
from apps.posts.models import Author, Post
from tests.media.files import jpeg
from tests.rights import table

pytestmark = pytest.mark.any_database

TABLE = table("Over the API")
PAST = datetime(2026, 1, 1, tzinfo=UTC)


class Program:
    """A program of somebody, with a post of theirs and one of somebody else's."""

    def __init__(self, client, user, other) -> None:
        self.client, self.user, self.other = client.as_(user) if user else client, user, other
        self.mine, self.theirs = self._author(user), self._author(other)
        self.tag = services.create_tag(name="Sea")

    @staticmethod
    def _author(user) -> Author:
        name = user.username if user else "somebody"
        return Author.objects.get_or_create(user=user, defaults={"name": name, "slug": name})[0]

    def post(self, author: Author, **fields) -> Post:
        return services.create_post(by=None, title="A post", authors=[author], **fields)

    def image(self, user) -> Image:
        return create_image(by=user, file=ContentFile(jpeg(60, 40), "a.jpg"))

    def gets(self, path: str) -> bool:
        return self.client.get(path).status_code == 200

    def patches(self, path: str, **fields) -> bool:
        done = self.client.patch(path, fields, If_Match="*").status_code == 200
        if done:
            shown = self.client.get(path).json()
            assert {name: shown[name] for name in fields} == fields
        return done

    def deletes(self, path: str) -> bool:
        return self.client.delete(path, If_Match="*").status_code == 204

    def posts(self, path: str, **fields) -> bool:
        return self.client.post(path, fields).status_code == 201

    def draft(self, author: Author) -> str:
        return f"posts/{self.post(author).pk}/"

    def trashed(self) -> str:
        post = self.post(self.mine, status="published", published_at=PAST)
        services.trash_post(post, by=None, expected_version=1)
        return f"posts/{post.pk}/"

    def comment(self) -> Comment:
        post = self.post(self.theirs, status="published", published_at=PAST)
        return create_comment(by=None, post=post, body="Text.", name="Rita")

    def reads(self) -> bool:
        post = self.post(self.theirs, status="published", published_at=PAST)
        paths = [
            f"posts/{post.pk}/",
            f"tags/{self.tag.pk}/",
            f"authors/{self.theirs.pk}/",
            "posts/",
            "tags/",
            "authors/",
        ]
        return all(self.gets(path) for path in paths)

    def comments(self) -> dict:
        post = self.post(self.theirs, status="published", published_at=PAST)
        return self.client.post("comments/", {"post": post.pk, "body": "Text.", "name": "Me"}).json()

    def uploads(self) -> bool:
        headers = {"Authorization": f"Bearer {self.client.token}"} if self.client.token else {}
        file = SimpleUploadedFile("a.jpg", jpeg(60, 40), "image/jpeg")
        return Client().post("/api/v1/images/", {"file": file}, headers=headers).status_code == 201


TRIES: dict[str, Callable[[Program], bool]] = {
    "read a published post, tags and authors": Program.reads,
    "read a draft of one's own": lambda by: by.gets(by.draft(by.mine)),
    "read somebody else's draft": lambda by: by.gets(by.draft(by.theirs)),
    "write a post": lambda by: by.posts("posts/", title="Mine", authors=[by.mine.slug]),
    "change a post of one's own": lambda by: by.patches(by.draft(by.mine), title="New"),
    "publish a post of one's own": lambda by: by.patches(by.draft(by.mine), status="published"),
    "move a post of one's own to the trash": lambda by: by.deletes(by.draft(by.mine)),
    "take a post of one's own out of the trash": lambda by: by.patches(by.trashed(), trashed=False),
    "change somebody else's post": lambda by: by.patches(by.draft(by.theirs), title="New"),
    "publish somebody else's post": lambda by: by.patches(by.draft(by.theirs), status="published"),
    "move somebody else's post to the trash": lambda by: by.deletes(by.draft(by.theirs)),
    "make a tag": lambda by: by.posts("tags/", name="Ocean"),
    "rename a tag": lambda by: by.patches(f"tags/{by.tag.pk}/", name="Salt"),
    "delete a tag": lambda by: by.deletes(f"tags/{by.tag.pk}/"),
    "make an author": lambda by: by.posts("authors/", name="Newcomer"),
    "change an author": lambda by: by.patches(f"authors/{by.mine.pk}/", bio="Writes."),
    "delete an author": lambda by: by.deletes(f"authors/{by.mine.pk}/"),
    "comment on a post": lambda by: "id" in by.comments(),
    "comment with the badge of the site": lambda by: by.comments()["official"],
    "see comments that wait": lambda by: by.gets("comments/?status=pending"),
    "approve a comment": lambda by: by.patches(f"comments/{by.comment().pk}/", status="approved"),
    "move a comment to the trash": lambda by: by.deletes(f"comments/{by.comment().pk}/"),
    "see images": lambda by: by.gets("images/"),
    "upload an image": Program.uploads,
    "describe an image of one's own": lambda by: by.patches(f"images/{by.image(by.user).pk}/", alt="A boat."),
    "delete an image of one's own": lambda by: by.deletes(f"images/{by.image(by.user).pk}/"),
    "describe somebody else's image": lambda by: by.patches(f"images/{by.image(by.other).pk}/", alt="A boat."),
    "delete somebody else's image": lambda by: by.deletes(f"images/{by.image(by.other).pk}/"),
}


def test_the_table_has_the_lines_that_are_tried():
    assert list(TABLE) == list(TRIES)


@pytest.mark.parametrize("what", TRIES)
@pytest.mark.parametrize("who", ["nobody", "no group", "Authors", "Editors", "Administrators"])
def test_the_line_holds(who, what, client, alice, bob, charlie, erika, anna, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    user = {"nobody": None, "no group": charlie, "Authors": alice, "Editors": erika, "Administrators": anna}[who]
    assert TRIES[what](Program(client, user, bob)) == TABLE[what][who], f"{who}: {what}"
