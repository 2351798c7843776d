"""Each cell of the API's table in docs/rights.md: anonymous, without a group, author, editor and administrator."""

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


class Actor:
    """A client of one user, or without a user, with objects of this user and of another one."""

    def __init__(self, client, user, other) -> None:
        self.client, self.user, self.other = client.as_(user) if user else client, user, other
        self.own_author, self.other_author = self._author(user), self._author(other)
        self.tag = services.create_tag(name="Sea")

    @staticmethod
    def _author(user) -> Author:
        name = user.username if user else "somebody"
        return Author.objects.get_or_create(user=user, defaults={"name": name, "slug": name})[0]

    def post(self, author: Author, **fields) -> Post:
        return services.create_post(by=None, title="A post", authors=[author], **fields)

    def image(self, user) -> Image:
        return create_image(by=user, file=ContentFile(jpeg(60, 40), "a.jpg"))

    def can_get(self, path: str) -> bool:
        return self.client.get(path).status_code == 200

    def can_patch(self, path: str, **fields) -> bool:
        succeeded = self.client.patch(path, fields, If_Match="*").status_code == 200
        if succeeded:
            shown = self.client.get(path).json()
            assert {name: shown[name] for name in fields} == fields
        return succeeded

    def can_delete(self, path: str) -> bool:
        return self.client.delete(path, If_Match="*").status_code == 204

    def can_post(self, path: str, **fields) -> bool:
        return self.client.post(path, fields).status_code == 201

    def draft(self, author: Author) -> str:
        return f"posts/{self.post(author).pk}/"

    def trashed(self) -> str:
        post = self.post(self.own_author, status="published", published_at=PAST)
        services.trash_post(post, by=None, expected_version=1)
        return f"posts/{post.pk}/"

    def comment(self) -> Comment:
        post = self.post(self.other_author, status="published", published_at=PAST)
        return create_comment(by=None, post=post, body="Text.", name="Rita")

    def can_read(self) -> bool:
        post = self.post(self.other_author, status="published", published_at=PAST)
        paths = [
            f"posts/{post.pk}/",
            f"tags/{self.tag.pk}/",
            f"authors/{self.other_author.pk}/",
            "posts/",
            "tags/",
            "authors/",
        ]
        return all(self.can_get(path) for path in paths)

    def write_comment(self) -> dict:
        post = self.post(self.other_author, status="published", published_at=PAST)
        return self.client.post("comments/", {"post": post.pk, "body": "Text.", "name": self.own_author.name}).json()

    def can_take_address(self) -> bool:
        services.create_alias(path="/former/", post=self.post(self.other_author))
        return self.can_patch(self.draft(self.own_author), slug="former")

    def can_translate_others(self) -> bool:
        original = self.post(self.other_author, status="published", published_at=PAST)
        return self.can_patch(self.draft(self.own_author), translation_of=original.pk, language="de")

    def can_upload(self) -> bool:
        headers = {"Authorization": f"Bearer {self.client.token}"} if self.client.token else {}
        file = SimpleUploadedFile("a.jpg", jpeg(60, 40), "image/jpeg")
        return Client().post("/api/v1/images/", {"file": file}, headers=headers).status_code == 201


ACTIONS: dict[str, Callable[[Actor], bool]] = {
    "read a published post, tags and authors": Actor.can_read,
    "read a draft of one's own": lambda actor: actor.can_get(actor.draft(actor.own_author)),
    "read somebody else's draft": lambda actor: actor.can_get(actor.draft(actor.other_author)),
    "write a post": lambda actor: actor.can_post("posts/", title="Mine", authors=[actor.own_author.slug]),
    "change a post of one's own": lambda actor: actor.can_patch(actor.draft(actor.own_author), title="New"),
    "publish a post of one's own": lambda actor: actor.can_patch(actor.draft(actor.own_author), status="published"),
    "move a post of one's own to the trash": lambda actor: actor.can_delete(actor.draft(actor.own_author)),
    "take a post of one's own out of the trash": lambda actor: actor.can_patch(actor.trashed(), trashed=False),
    "change somebody else's post": lambda actor: actor.can_patch(actor.draft(actor.other_author), title="New"),
    "publish somebody else's post": lambda actor: actor.can_patch(actor.draft(actor.other_author), status="published"),
    "move somebody else's post to the trash": lambda actor: actor.can_delete(actor.draft(actor.other_author)),
    "give a post the former address of somebody else's": Actor.can_take_address,
    "make a post the translation of somebody else's": Actor.can_translate_others,
    "make a tag": lambda actor: actor.can_post("tags/", name="Ocean"),
    "rename a tag": lambda actor: actor.can_patch(f"tags/{actor.tag.pk}/", name="Salt"),
    "delete a tag": lambda actor: actor.can_delete(f"tags/{actor.tag.pk}/"),
    "make an author": lambda actor: actor.can_post("authors/", name="Newcomer"),
    "change an author": lambda actor: actor.can_patch(f"authors/{actor.own_author.pk}/", bio="Writes."),
    "delete an author": lambda actor: actor.can_delete(f"authors/{actor.own_author.pk}/"),
    "comment on a post": lambda actor: "id" in actor.write_comment(),
    "comment with the badge of the site": lambda actor: actor.write_comment()["official"],
    "see comments that wait": lambda actor: actor.can_get("comments/?status=pending"),
    "approve a comment": lambda actor: actor.can_patch(f"comments/{actor.comment().pk}/", status="approved"),
    "move a comment to the trash": lambda actor: actor.can_delete(f"comments/{actor.comment().pk}/"),
    "see images": lambda actor: actor.can_get("images/"),
    "upload an image": Actor.can_upload,
    "describe an image of one's own": lambda actor: actor.can_patch(
        f"images/{actor.image(actor.user).pk}/", alt="A boat."
    ),
    "delete an image of one's own": lambda actor: actor.can_delete(f"images/{actor.image(actor.user).pk}/"),
    "describe somebody else's image": lambda actor: actor.can_patch(
        f"images/{actor.image(actor.other).pk}/", alt="A boat."
    ),
    "delete somebody else's image": lambda actor: actor.can_delete(f"images/{actor.image(actor.other).pk}/"),
}


def test_the_documented_table_lists_the_tested_actions():
    assert list(TABLE) == list(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("who", ["nobody", "no group", "Authors", "Editors", "Administrators"])
def test_the_permission_is_as_documented(who, action, client, alice, bob, charlie, erika, anna, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    user = {"nobody": None, "no group": charlie, "Authors": alice, "Editors": erika, "Administrators": anna}[who]
    assert ACTIONS[action](Actor(client, user, bob)) == TABLE[action][who], f"{who}: {action}"
