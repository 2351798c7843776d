"""Each line of the table in docs/rights.md, tried as an author, an editor and a superuser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from apps.api.models import ApiToken
from apps.comments.models import Comment
from apps.comments.services import create_comment
from apps.posts import services
from apps.posts.models import Author, Post, Tag
from tests.admin.forms import fields_of

DOCS = Path(__file__).parents[2] / "docs" / "rights.md"
POSTS, TAGS = "/admin/posts/post/", "/admin/posts/tag/"


def table() -> dict[str, list[str]]:
    rows = [line.strip("|\n ").split(" | ") for line in DOCS.read_text().splitlines() if line.startswith("| ")]
    return {what: cells for what, *cells in rows[1:]}


class Desk:
    """Somebody at the desk, with a post of their own and one of somebody else's."""

    def __init__(self, client: Client, user: User, other: User) -> None:
        self.client, self.user = client, user
        mine, _ = Author.objects.get_or_create(user=user, defaults={"name": user.username, "slug": user.username})
        theirs, _ = Author.objects.get_or_create(user=other, defaults={"name": "Other", "slug": "other"})
        self.own = services.create_post(by=None, title="Own", authors=[mine])
        self.others = services.create_post(by=None, title="Others", authors=[theirs])
        self.tag, self.second = services.tags_named(["Sea", "Ocean"])

    def save(self, url: str, form_id: str, **fields) -> None:
        response = self.client.get(url)
        if response.status_code == 200 and b"_save" in response.content:
            self.client.post(url, {**fields_of(response, form_id), "_save": "1", **fields})

    def act(self, url: str, action: str, *rows, **more) -> None:
        keys = [row.pk for row in rows]
        self.client.post(url, {"action": action, "_selected_action": keys, "index": "0", **more})

    def change(self, post: Post) -> bool:
        self.save(reverse("admin:posts_post_change", args=[post.pk]), "post_form", title="New")
        return Post.objects.get(pk=post.pk).title == "New"

    def publish(self, post: Post) -> bool:
        self.act(POSTS, "publish", post, self.own)
        return Post.objects.get(pk=post.pk).status == "published"

    def trash(self, post: Post) -> bool:
        self.act(POSTS, "trash", post)
        if Post.objects.get(pk=post.pk).trashed_at is None:
            self.client.post(reverse("admin:posts_post_delete", args=[post.pk]), {"post": "yes"})
        return Post.objects.get(pk=post.pk).trashed_at is not None

    def write(self) -> bool:
        self.save(f"{POSTS}add/", "post_form", title="Written")
        return Post.objects.filter(title="Written").exists()

    def tags_others(self) -> bool:
        self.act(POSTS, "tag", self.others, self.own, tag=self.tag.pk, add="1")
        return self.others.tags.exists()

    def sees_others(self) -> bool:
        pages = [reverse(f"admin:posts_post_{page}", args=[self.others.pk]) for page in ("change", "history")]
        in_list = "Others" in self.client.get(POSTS).content.decode()
        seen = {in_list, *(self.client.get(page).status_code == 200 for page in pages)}
        assert len(seen) == 1
        return seen.pop()

    def makes_tag(self) -> bool:
        self.save(f"{POSTS}{self.own.pk}/change/", "post_form", tag_list=["new:Low water"])
        return Tag.objects.filter(name="Low water").exists()

    def renames_tag(self) -> bool:
        self.save(f"{TAGS}{self.tag.pk}/change/", "tag_form", name="Salt")
        return Tag.objects.filter(name="Salt").exists()

    def merges_tags(self) -> bool:
        self.act(TAGS, "merge", self.tag, self.second, stays=self.second.pk)
        return not Tag.objects.filter(pk=self.tag.pk).exists()

    def deletes_tag(self) -> bool:
        self.client.post(reverse("admin:posts_tag_delete", args=[self.tag.pk]), {"post": "yes"})
        return not Tag.objects.filter(pk=self.tag.pk).exists()

    def makes_author(self) -> bool:
        self.save("/admin/posts/author/add/", "author_form", name="Newcomer")
        return Author.objects.filter(name="Newcomer").exists()

    def moderates(self) -> bool:
        post = services.update_post(self.own, by=None, expected_version=1, status="published")
        comment = create_comment(by=None, post=post, body="Text.", name="Rita")
        self.act("/admin/comments/comment/", "approve", comment)
        return Comment.objects.get(pk=comment.pk).status == "approved"

    def changes_site(self) -> bool:
        return b"_save" in self.client.get("/admin/site/site/", follow=True).content

    def makes_token(self, **whose) -> bool:
        self.save("/admin/api/apitoken/add/", "apitoken_form", name="Reader", scopes=["read"], **whose)
        return ApiToken.objects.filter(user_id=whose.get("user", self.user.pk)).exists()

    def administers_users(self) -> bool:
        pages = ["/admin/auth/user/", "/admin/auth/user/add/", f"/admin/auth/user/{self.user.pk}/delete/"]
        seen = {self.client.get(page).status_code == 200 for page in pages}
        assert len(seen) == 1
        return seen.pop()


TRIES: dict[str, Callable[[Desk], bool]] = {
    "write a post": Desk.write,
    "change a post of one's own": lambda desk: desk.change(desk.own),
    "publish a post of one's own": lambda desk: desk.publish(desk.own),
    "move a post of one's own to the trash": lambda desk: desk.trash(desk.own),
    "change somebody else's post": lambda desk: desk.change(desk.others),
    "publish somebody else's post, also among several": lambda desk: desk.publish(desk.others),
    "tag somebody else's post, also among several": Desk.tags_others,
    "move somebody else's post to the trash": lambda desk: desk.trash(desk.others),
    "see somebody else's draft, and its history": Desk.sees_others,
    "make a tag": Desk.makes_tag,
    "rename a tag": Desk.renames_tag,
    "merge tags": Desk.merges_tags,
    "delete a tag": Desk.deletes_tag,
    "make or change an author": Desk.makes_author,
    "moderate comments": Desk.moderates,
    "change the site's settings": Desk.changes_site,
    "make an API token for oneself": Desk.makes_token,
    "make an API token for somebody else": lambda desk: desk.makes_token(
        user=User.objects.exclude(pk=desk.user.pk).get(username="bob").pk
    ),
    "add, change and delete users": Desk.administers_users,
    "read the audit trail": lambda desk: desk.client.get("/admin/desk/auditentry/").status_code == 200,
}


def test_the_table_has_the_lines_that_are_tried():
    assert list(table()) == list(TRIES)


@pytest.mark.parametrize("what", TRIES)
@pytest.mark.parametrize("who", ["Authors", "Editors", "superusers"])
def test_the_line_holds(what, who, alice, erika, bob, log_in):
    root = User.objects.create_superuser("root", "root@example.org", "a-long-password")
    user = {"Authors": alice, "Editors": erika, "superusers": root}[who]
    said = dict(zip(["Authors", "Editors", "superusers"], table()[what], strict=True))[who]
    assert TRIES[what](Desk(log_in(user), user, bob)) == (said == "yes"), f"{who}: {what}"
