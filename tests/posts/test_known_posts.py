"""Which posts somebody may know of, and what an author cannot do to the posts of others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.posts import services
from apps.posts.models import Post, PostAlias

FUTURE = timezone.now() + timedelta(days=9)
STATES = {
    "public": {},
    "draft": {"status": "draft"},
    "scheduled": {"published_at": FUTURE},
    "trash": {"status": "draft", "trashed_at": timezone.now()},
}


@pytest.fixture
def posts_of(make_post):
    """Return a function that creates a post of an author in each state."""
    return lambda user: {state: make_post(state, authors=[user.author], **fields) for state, fields in STATES.items()}


@pytest.fixture
def draft(make_post, bob) -> Post:
    """A draft of Bob's with a former address."""
    return make_post("Merger", status="draft", authors=[bob.author], aliases=["/former/"])


@pytest.fixture
def own(make_post, alice) -> Post:
    """A draft of Alice's."""
    return make_post("Mine", status="draft", authors=[alice.author])


def known(user) -> set[str]:
    return set(Post.objects.known_to(user).values_list("title", flat=True))


@pytest.mark.parametrize(
    ("who", "titles"),
    [
        ("alice", {"public"}),
        ("bob", {*STATES}),
        ("charlie", {"public"}),
        ("erika", {*STATES}),
        ("anna", {*STATES}),
    ],
)
def test_everybody_knows_of_public_posts_authors_of_their_own_and_editors_of_all(
    who, titles, request, alice, bob, posts_of
):
    posts_of(bob)
    assert known(request.getfixturevalue(who)) == titles


def test_anonymous_and_inactive_users_know_of_public_posts_and_commands_of_all(bob, erika, posts_of):
    posts_of(bob)
    User.objects.update(is_active=False)
    assert known(AnonymousUser()) == {"public"}
    assert known(User.objects.get(pk=bob.pk)) == known(User.objects.get(pk=erika.pk)) == {"public"}
    assert known(None) == {*STATES}


def test_a_post_of_two_authors_is_returned_once(alice, bob, make_post):
    make_post("Ours", status="draft", authors=[alice.author, bob.author])
    assert [post.title for post in Post.objects.known_to(alice)] == ["Ours"]


# Addresses


def test_an_author_cannot_take_the_former_address_of_somebody_elses_post(alice, own, draft):
    for write in (
        lambda: services.create_post(by=alice, title="New", slug="former", authors=[alice.author]),
        lambda: services.update_post(own, by=alice, expected_version=1, slug="former"),
        lambda: services.update_post(own, by=alice, expected_version=1, aliases=["/former/"]),
    ):
        with pytest.raises(ValidationError, match="address of another post") as error:
            write()
        assert "Merger" not in str(error.value)
        own.refresh_from_db()
    assert PostAlias.objects.get(path="/former/").post == draft
    assert Post.objects.count() == 2


def test_a_slug_made_from_a_title_avoids_it(alice, draft):
    assert services.create_post(by=alice, title="Former", authors=[alice.author]).slug == "former-2"


def test_editors_commands_and_the_author_of_both_posts_may_take_it(erika, bob, draft, own, make_post):
    mine = make_post("Also mine", status="draft", authors=[bob.author])
    assert services.update_post(mine, by=bob, expected_version=1, slug="former").slug == "former"
    services.update_post(mine, by=bob, expected_version=2, slug="")
    for by, version in ((erika, 1), (None, 3)):
        assert services.update_post(own, by=by, expected_version=version, slug="former").slug == "former"
        services.update_post(own, by=None, expected_version=version + 1, slug="own")


def test_a_post_returns_to_an_address_of_its_own(alice, make_post):
    post = make_post("Tides", authors=[alice.author])
    services.update_post(post, by=alice, expected_version=1, slug="waves")
    assert services.update_post(post, by=alice, expected_version=2, slug="tides").slug == "tides"


# Translations


def test_an_author_cannot_hang_a_translation_on_somebody_elses_page(alice, bob, own, make_post):
    original = make_post("Tides", authors=[bob.author])
    with pytest.raises(ValidationError, match="“Tides” is not yours to change") as error:
        services.update_post(own, by=alice, expected_version=1, translation_of=original, language="de")
    assert list(error.value.error_dict) == ["translation_of"]
    own.refresh_from_db()
    with pytest.raises(ValidationError, match="not yours to change"):
        services.create_post(by=alice, title="New", authors=[alice.author], translation_of=original, language="de")


def test_nor_by_way_of_a_translation_of_their_own(alice, erika, own, draft, make_post):
    services.update_post(own, by=erika, expected_version=1, translation_of=draft, language="de")
    with pytest.raises(ValidationError, match="not yours to change") as error:
        services.create_post(by=alice, title="New", authors=[alice.author], translation_of=own, language="fr")
    assert "Merger" not in str(error.value)


def test_a_translation_that_an_editor_linked_can_be_changed(alice, erika, own, draft):
    services.update_post(own, by=erika, expected_version=1, translation_of=draft, language="de")
    post = services.update_post(Post.objects.get(pk=own.pk), by=alice, expected_version=2, title="New")
    assert post.translation_of == draft


def test_the_languages_of_a_group_do_not_name_a_post_that_is_not_known(alice, erika, own, draft):
    services.update_post(draft, by=erika, expected_version=1, translation_of=own, language="de")
    fields = {"title": "Neu", "authors": [alice.author], "translation_of": own, "language": "de"}
    with pytest.raises(ValidationError, match="not yours to see") as error:
        services.create_post(by=alice, **fields)
    assert "Merger" not in str(error.value)
    with pytest.raises(ValidationError, match="Merger"):
        services.create_post(by=erika, **fields)


# Old addresses by hand


def test_a_user_with_the_right_to_aliases_alone_is_told_no_title(alice, own, draft):
    alice.user_permissions.add(Permission.objects.get(codename="add_postalias"))
    for path in ("/merger/", "/former/"):
        with pytest.raises(ValidationError, match="not yours to see") as error:
            services.create_alias(path=path, post=own, by=alice)
        assert "Merger" not in str(error.value)
