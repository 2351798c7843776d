"""Each line of the table in docs/rights.md, tried as an author, an editor and a superuser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from apps.api.models import ApiToken
from apps.comments.models import Comment
from apps.comments.services import create_comment
from apps.posts import services
from apps.posts.models import Author, Post, Tag
from tests.editor.forms import fields_of
from tests.rights import table

pytestmark = pytest.mark.any_database

TABLE = table("At the desk")
POSTS, TAGS = "/admin/posts/post/", "/admin/posts/tag/"


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

    def revokes_token(self) -> bool:
        token, _secret = ApiToken.objects.issue(user=User.objects.get(username="bob"), scopes=["read"], expires_at=None)
        self.act("/admin/api/apitoken/", "revoke", token)
        return not ApiToken.objects.get(pk=token.pk).is_usable()

    def makes_superuser(self) -> bool:
        bob = User.objects.get(username="bob")
        self.save(f"/admin/auth/user/{bob.pk}/change/", "user_form", is_superuser="on", first_name="Bob")
        return User.objects.get(pk=bob.pk).is_superuser

    def changes_superuser(self) -> bool:
        root = User.objects.create_superuser("another", "another@example.org", "a-long-password")
        page = f"/admin/auth/user/{root.pk}/"
        self.save(f"{page}change/", "user_form", first_name="New")
        self.client.post(
            f"{page}password/", {"usable_password": "true", "password1": "q9-Zebra", "password2": "q9-Zebra"}
        )
        changed = User.objects.get(pk=root.pk)
        seen = {changed.first_name == "New", not changed.check_password("a-long-password")}
        self.act("/admin/auth/user/", "delete_selected", root, post="yes")
        seen.add(not User.objects.filter(pk=root.pk).exists())
        assert len(seen) == 1
        return seen.pop()

    def administers_users(self) -> bool:
        somebody = User.objects.get(username="bob")
        pages = ["/admin/auth/user/", "/admin/auth/user/add/", f"/admin/auth/user/{somebody.pk}/delete/"]
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
    "revoke an API token of somebody else": Desk.revokes_token,
    "add, change and delete users": Desk.administers_users,
    "read the audit trail": lambda desk: desk.client.get("/admin/accounts/auditentry/").status_code == 200,
    "make somebody a superuser": Desk.makes_superuser,
    "change, or delete, a superuser": Desk.changes_superuser,
}


def test_the_table_has_the_lines_that_are_tried():
    assert list(TABLE) == list(TRIES)


@pytest.mark.parametrize("what", TRIES)
@pytest.mark.parametrize("who", ["Authors", "Editors", "Administrators", "superusers"])
def test_the_line_holds(what, who, alice, erika, anna, bob, log_in):
    root = User.objects.create_superuser("root", "root@example.org", "a-long-password")
    user = {"Authors": alice, "Editors": erika, "Administrators": anna, "superusers": root}[who]
    assert TRIES[what](Desk(log_in(user), user, bob)) == TABLE[what][who], f"{who}: {what}"
