"""Each row of the table in docs/rights.md, tried by an author, an editor, an administrator and a superuser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.accounts.second_factor import factors
from apps.api.models import ApiToken
from apps.comments.models import Comment
from apps.comments.services import create_comment
from apps.editor.models import Assignment, Note, ReviewRequest
from apps.posts import services
from apps.posts.models import Author, Post, Series, Tag
from tests.accounts.factors import code_of, with_app
from tests.editor.forms import fields_of
from tests.rights import table

pytestmark = pytest.mark.any_database

TABLE = table("In the admin")
POSTS, TAGS = "/admin/posts/post/", "/admin/posts/tag/"


class AdminSession:
    """A logged-in user with a post of their own and one of another author; each method tries an operation."""

    def __init__(self, client: Client, user: User, other: User) -> None:
        self.client, self.user = client, user
        mine, _ = Author.objects.get_or_create(user=user, defaults={"name": user.username, "slug": user.username})
        theirs, _ = Author.objects.get_or_create(user=other, defaults={"name": "Other", "slug": "other"})
        self.own = services.create_post(by=None, title="Own", authors=[mine])
        self.others = services.create_post(by=None, title="Others", authors=[theirs])
        self.tag, self.second = services.tags_named(["Sea", "Ocean"])

    def submit(self, url: str, form_id: str, **fields) -> None:
        response = self.client.get(url)
        if response.status_code == 200 and b"_save" in response.content:
            self.client.post(url, {**fields_of(response, form_id), "_save": "1", **fields})

    def act(self, url: str, action: str, *rows, **more) -> None:
        keys = [row.pk for row in rows]
        self.client.post(url, {"action": action, "_selected_action": keys, "index": "0", **more})

    def can_change(self, post: Post) -> bool:
        self.submit(reverse("admin:posts_post_change", args=[post.pk]), "post_form", title="New")
        return Post.objects.get(pk=post.pk).title == "New"

    def can_publish(self, post: Post) -> bool:
        self.act(POSTS, "publish", post, self.own)
        return Post.objects.get(pk=post.pk).status == "published"

    def can_trash(self, post: Post) -> bool:
        self.act(POSTS, "trash", post)
        if Post.objects.get(pk=post.pk).trashed_at is None:
            self.client.post(reverse("admin:posts_post_delete", args=[post.pk]), {"post": "yes"})
        return Post.objects.get(pk=post.pk).trashed_at is not None

    def can_write(self) -> bool:
        self.submit(f"{POSTS}add/", "post_form", title="Written")
        return Post.objects.filter(title="Written").exists()

    def can_tag_others(self) -> bool:
        self.act(POSTS, "tag", self.others, self.own, tag_list=self.tag.pk)
        return self.others.tags.exists()

    def can_see_others(self) -> bool:
        pages = [reverse(f"admin:posts_post_{page}", args=[self.others.pk]) for page in ("change", "history")]
        in_list = "Others" in self.client.get(POSTS).content.decode()
        seen = {in_list, *(self.client.get(page).status_code == 200 for page in pages)}
        assert len(seen) == 1
        return seen.pop()

    def can_work_on(self, post: Post) -> bool:
        self.submit(reverse("admin:posts_post_change", args=[post.pk]), "post_form", _ask_review="1")
        seen = {ReviewRequest.objects.filter(post=post).exists()}
        for name, fields in (
            ("review_post", {"do": "approve"}),
            ("assign_post", {"person": self.user.pk}),
            ("post_notes", {"add": "1", "text": "Look."}),
        ):
            self.client.post(reverse(name, args=[post.pk]), fields)
        seen.add(Assignment.objects.filter(post=post).exists())
        seen.add(Note.objects.filter(post=post).exists())
        assert len(seen) == 1
        assert not ReviewRequest.objects.filter(post=post).exists()
        return seen.pop()

    def can_take_address(self) -> bool:
        services.create_alias(path="/former/", post=self.others)
        self.submit(reverse("admin:posts_post_change", args=[self.own.pk]), "post_form", slug="former")
        return Post.objects.filter(slug="former").exists()

    def can_translate_others(self) -> bool:
        fields = {"translation_of": self.others.pk, "language": "de"}
        self.submit(reverse("admin:posts_post_change", args=[self.own.pk]), "post_form", **fields)
        return Post.objects.filter(translation_of=self.others).exists()

    def can_make_tag(self) -> bool:
        self.submit(f"{POSTS}{self.own.pk}/change/", "post_form", tag_list=["new:Low water"])
        return Tag.objects.filter(name="Low water").exists()

    def can_rename_tag(self) -> bool:
        self.submit(f"{TAGS}{self.tag.pk}/change/", "tag_form", name="Salt")
        return Tag.objects.filter(name="Salt").exists()

    def can_merge_tags(self) -> bool:
        self.act(TAGS, "merge", self.tag, self.second, stays=self.second.pk)
        return not Tag.objects.filter(pk=self.tag.pk).exists()

    def can_delete_tag(self) -> bool:
        self.client.post(reverse("admin:posts_tag_delete", args=[self.tag.pk]), {"post": "yes"})
        return not Tag.objects.filter(pk=self.tag.pk).exists()

    def can_make_series(self) -> bool:
        self.submit(f"{POSTS}{self.own.pk}/change/", "post_form", series="new:Letters")
        return Series.objects.filter(title="Letters").exists()

    def can_change_series(self) -> bool:
        series = services.create_series(title="Notes")
        self.submit(f"/admin/posts/series/{series.pk}/change/", "series_form", title="Salt")
        return Series.objects.filter(title="Salt").exists()

    def can_delete_series(self) -> bool:
        series = services.create_series(title="Notes")
        self.client.post(reverse("admin:posts_series_delete", args=[series.pk]), {"post": "yes"})
        return not Series.objects.filter(pk=series.pk).exists()

    def can_make_author(self) -> bool:
        self.submit("/admin/posts/author/add/", "author_form", name="Newcomer")
        return Author.objects.filter(name="Newcomer").exists()

    def can_moderate(self) -> bool:
        post = services.update_post(self.own, by=None, expected_version=1, status="published")
        comment = create_comment(by=None, post=post, body="Text.", name="Rita")
        self.act("/admin/comments/comment/", "approve", comment)
        return Comment.objects.get(pk=comment.pk).status == "approved"

    def can_change_site(self) -> bool:
        return b"_save" in self.client.get("/admin/site/site/", follow=True).content

    def can_change_stylesheet(self) -> bool:
        return self.client.get("/admin/site/site/stylesheet/").status_code == 200

    def can_make_token(self, **whose) -> bool:
        self.submit("/admin/api/apitoken/add/", "apitoken_form", name="Reader", scopes=["read"], **whose)
        return ApiToken.objects.filter(user_id=whose.get("user", self.user.pk)).exists()

    def can_revoke_token(self) -> bool:
        token, _secret = ApiToken.objects.issue(user=User.objects.get(username="bob"), scopes=["read"], expires_at=None)
        self.act("/admin/api/apitoken/", "revoke", token)
        return not ApiToken.objects.get(pk=token.pk).is_usable()

    def can_make_superuser(self) -> bool:
        bob = User.objects.get(username="bob")
        self.submit(f"/admin/auth/user/{bob.pk}/change/", "user_form", is_superuser="on", first_name="Bob")
        return User.objects.get(pk=bob.pk).is_superuser

    def can_set_up_factor(self) -> bool:
        self.client.post("/admin/second-factor/app/")
        self.client.post("/admin/second-factor/app/", {"code": code_of(TOTPDevice.objects.get())})
        return factors.standing(self.user).has_factor

    def can_reset_factor(self, user: User) -> bool:
        with_app(user)
        self.client.post(reverse("admin:reset_second_factor", args=[user.pk]))
        return not factors.standing(user).has_factor

    def can_change_superuser(self) -> bool:
        root = User.objects.create_superuser("another", "another@example.org", "a-long-password")
        return self.can_manage(root)

    def can_manage_stronger(self) -> bool:
        seen = {self.can_manage(stronger(f"chief-{is_active}", is_active=is_active)) for is_active in (True, False)}
        assert len(seen) == 1
        return seen.pop()

    def can_manage(self, user: User) -> bool:
        page = f"/admin/auth/user/{user.pk}/"
        self.submit(f"{page}change/", "user_form", first_name="New", email="mine@example.org")
        self.client.post(
            f"{page}password/",
            {"usable_password": "true", "password1": "q9-Zebra-fjord", "password2": "q9-Zebra-fjord"},
        )
        changed = User.objects.get(pk=user.pk)
        seen = {changed.first_name == "New", changed.email == "mine@example.org"}
        seen |= {not changed.check_password("a-long-password"), self.can_reset_factor(user)}
        self.client.post(f"{page}delete/", {"post": "yes"})
        self.act("/admin/auth/user/", "delete_selected", user, post="yes")
        seen.add(not User.objects.filter(pk=user.pk).exists())
        assert len(seen) == 1
        return seen.pop()

    def can_give_more_rights(self) -> bool:
        chiefs, lacking = Group.objects.create(name="Chiefs"), lacking_permissions()
        chiefs.permissions.set(lacking)
        seen = set()
        for user in (self.user, User.objects.get(username="bob")):
            page = f"/admin/auth/user/{user.pk}/change/"
            self.submit(page, "user_form", user_permissions=[lacking[0].pk])
            self.submit(page, "user_form", groups=[chiefs.pk])
            seen |= {lacking[0] in user.user_permissions.all(), chiefs in user.groups.all()}
        assert len(seen) == 1
        return seen.pop()

    def can_strengthen_groups(self) -> bool:
        chiefs, lacking = Group.objects.create(name="Chiefs"), lacking_permissions()
        chiefs.permissions.set(lacking)
        own = Group.objects.get(name="Administrators")
        self.submit(f"/admin/auth/group/{chiefs.pk}/change/", "group_form", name="New")
        self.submit(f"/admin/auth/group/{own.pk}/change/", "group_form", permissions=[lacking[0].pk])
        self.submit("/admin/auth/group/add/", "group_form", name="Fresh", permissions=[lacking[0].pk])
        seen = {Group.objects.filter(name="New").exists(), lacking[0] in own.permissions.all()}
        seen.add(Group.objects.filter(name="Fresh", permissions=lacking[0]).exists())
        self.act("/admin/auth/group/", "delete_selected", chiefs, post="yes")
        seen.add(not Group.objects.filter(pk=chiefs.pk).exists())
        assert len(seen) == 1
        return seen.pop()

    def can_administer_users(self) -> bool:
        somebody = User.objects.get(username="bob")
        pages = ["/admin/auth/user/", "/admin/auth/user/add/", f"/admin/auth/user/{somebody.pk}/delete/"]
        seen = {self.client.get(page).status_code == 200 for page in pages}
        assert len(seen) == 1
        return seen.pop()


ATTEMPTS: dict[str, Callable[[AdminSession], bool]] = {
    "write a post": AdminSession.can_write,
    "change a post of one's own": lambda session: session.can_change(session.own),
    "publish a post of one's own": lambda session: session.can_publish(session.own),
    "move a post of one's own to the trash": lambda session: session.can_trash(session.own),
    "change somebody else's post": lambda session: session.can_change(session.others),
    "publish somebody else's post, also among several": lambda session: session.can_publish(session.others),
    "tag somebody else's post, also among several": AdminSession.can_tag_others,
    "move somebody else's post to the trash": lambda session: session.can_trash(session.others),
    "see somebody else's draft, and its history": AdminSession.can_see_others,
    "ask for a review of a post of one's own, assign it, and leave notes on it": lambda session: session.can_work_on(
        session.own
    ),
    "review somebody else's post, assign it, and leave notes on it": lambda session: session.can_work_on(
        session.others
    ),
    "give a post the former address of somebody else's": AdminSession.can_take_address,
    "make a post the translation of somebody else's": AdminSession.can_translate_others,
    "make a tag": AdminSession.can_make_tag,
    "rename a tag": AdminSession.can_rename_tag,
    "merge tags": AdminSession.can_merge_tags,
    "delete a tag": AdminSession.can_delete_tag,
    "make a series": AdminSession.can_make_series,
    "change a series, and the order of its parts": AdminSession.can_change_series,
    "delete a series": AdminSession.can_delete_series,
    "make or change an author": AdminSession.can_make_author,
    "moderate comments": AdminSession.can_moderate,
    "change the site's settings": AdminSession.can_change_site,
    "change the site's stylesheet": AdminSession.can_change_stylesheet,
    "make an API token for oneself": AdminSession.can_make_token,
    "make an API token for somebody else": lambda session: session.can_make_token(
        user=User.objects.exclude(pk=session.user.pk).get(username="bob").pk
    ),
    "make an API token for somebody with more rights": lambda session: session.can_make_token(
        user=User.objects.create_superuser("another", "another@example.org", "a-long-password").pk
    ),
    "revoke an API token of somebody else": AdminSession.can_revoke_token,
    "add, change and delete users": AdminSession.can_administer_users,
    "set up a second factor for oneself": AdminSession.can_set_up_factor,
    "reset the second factor of somebody with no more rights": lambda session: session.can_reset_factor(
        User.objects.get(username="bob")
    ),
    "read the audit trail": lambda session: session.client.get("/admin/audit/auditentry/").status_code == 200,
    "make somebody a superuser": AdminSession.can_make_superuser,
    "change or delete somebody with more rights, or reset the second factor": AdminSession.can_manage_stronger,
    "change a superuser": AdminSession.can_change_superuser,
    "give a right, or a group, that one lacks, also to oneself": AdminSession.can_give_more_rights,
    "change a group with more rights, or add a right that one lacks": AdminSession.can_strengthen_groups,
}


def lacking_permissions() -> list[Permission]:
    """Return permissions that no group has."""
    return list(Permission.objects.filter(content_type__app_label="axes"))


def stronger(name: str, **fields) -> User:
    """Return a user who may do something that administrators may not."""
    user = User.objects.create_user(name, f"{name}@example.org", "a-long-password", is_staff=True, **fields)
    user.user_permissions.set(lacking_permissions())
    return user


def test_every_row_of_the_table_has_an_attempt():
    assert list(TABLE) == list(ATTEMPTS)


@pytest.mark.parametrize("operation", ATTEMPTS)
@pytest.mark.parametrize("role", ["Authors", "Editors", "Administrators", "superusers"])
def test_an_operation_is_allowed_or_refused_as_the_table_says(operation, role, alice, erika, anna, bob, log_in):
    root = User.objects.create_superuser("root", "root@example.org", "a-long-password")
    user = {"Authors": alice, "Editors": erika, "Administrators": anna, "superusers": root}[role]
    assert ATTEMPTS[operation](AdminSession(log_in(user), user, bob)) == TABLE[operation][role], f"{role}: {operation}"
