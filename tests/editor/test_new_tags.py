"""The form of a post creates new tags on saving, for users who may add tags."""

import pytest

from apps.posts import services
from apps.posts.models import Author, Post, Tag
from tests.editor.forms import fields_of


@pytest.fixture
def save(log_in, edit):
    def send(user, post=None, **fields):
        client = log_in(user)
        url, form = edit(client, post)
        return client.post(url, {**form, "title": "Tides", "_continue": "1", **fields}, follow=True)

    return send


def tag_names(post: Post | None = None) -> list[str]:
    return sorted((post or Post.objects.get()).tags.values_list("name", flat=True))


def test_a_new_name_becomes_a_tag_of_the_post(erika, save):
    sea = services.create_tag(name="Sea")
    save(erika, tag_list=["new:Low water", str(sea.pk)])
    assert tag_names() == ["Low water", "Sea"]
    assert Tag.objects.get(name="Low water").slug == "low-water"


def test_the_name_of_an_existing_tag_chooses_that_tag_whatever_its_case(erika, save):
    services.create_tag(name="Sea")
    save(erika, tag_list=["new:SEA"])
    assert tag_names() == ["Sea"]
    assert Tag.objects.count() == 1


def test_a_new_tag_whose_name_is_a_number_is_not_taken_for_a_key(erika, save):
    first = services.create_tag(name="First")
    save(erika, tag_list=[f"new:{first.pk}"])
    assert tag_names() == [str(first.pk)]


def test_without_javascript_tags_are_typed_in_a_text_field(erika, save):
    services.create_tag(name="Sea")
    save(erika, tag_list_by_name="Sea, Low water,, ")
    assert tag_names() == ["Low water", "Sea"]


def test_a_form_with_errors_creates_no_tag_and_keeps_the_new_name_chosen(erika, save):
    response = save(erika, tag_list=["new:Low water"], title="")
    assert not Tag.objects.exists()
    assert fields_of(response, "post_form")["tag_list"] == ["new:Low water"]


def test_a_name_that_is_too_long_is_reported_at_the_field(erika, save):
    page = save(erika, tag_list=[f"new:{'x' * 101}"]).content.decode()
    assert "at most 100 characters" in page
    assert not Post.objects.exists()


def test_a_user_without_the_permission_to_add_tags_gets_an_error_for_a_new_name(alice, save):
    alice.groups.get().permissions.remove(
        *alice.groups.get().permissions.filter(codename__in=["add_tag", "add_series"])
    )
    page = save(alice, tag_list=["new:Low water"], author_list=[Author.objects.get().pk]).content.decode()
    assert "There is no tag “Low water”, and you may not make one." in page
    assert "data-tags" not in page
    assert not Tag.objects.exists()


def test_adding_a_new_tag_to_a_stored_post_makes_a_version(erika, make_post, save):
    post = make_post("Tides")
    save(erika, post, tag_list=["new:Low water"])
    post.refresh_from_db()
    assert post.version == 2
    assert tag_names(post) == ["Low water"]


def test_a_tag_that_was_merged_while_the_form_was_open_becomes_the_merge_target(erika, save):
    sea, ocean = services.tags_named(["Sea", "Ocean"])
    key = str(sea.pk)
    services.merge_tags(sea, into=ocean)
    save(erika, tag_list=[key])
    assert tag_names() == ["Ocean"]
