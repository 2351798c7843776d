"""What the link dialog finds: posts, pages and tags that the user may know of, also drafts, and no more than a few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.editor import link_targets
from apps.editor.admin import titles
from apps.posts import services
from apps.posts.models import Post

URL = "/admin/posts/post/link-targets/"


@pytest.fixture
def find(log_in):
    def find(user, query: str) -> list[list[str]]:
        answer = log_in(user).post(URL, {"q": query})
        assert answer.status_code == 200
        return [list(target.values()) for target in answer.json()["targets"]]

    return find


def test_posts_pages_and_tags_are_found_by_words_of_their_titles_and_drafts_are_marked(find, erika, make_post):
    make_post("The high tide", status=Post.Status.PUBLISHED, tags=services.tags_named(["High water"]))
    make_post("High seas", status=Post.Status.DRAFT)
    make_post("High and dry", status=Post.Status.PUBLISHED, kind=Post.Kind.PAGE)
    assert sorted(find(erika, "high")) == [
        ["/high-and-dry/", "High and dry", "Page"],
        ["/high-seas/", "High seas", "Draft"],
        ["/tags/high-water/", "High water", "Tag"],
        ["/the-high-tide/", "The high tide", ""],
    ]


def test_words_of_the_text_find_a_post_too(find, erika, make_post):
    make_post("Tides", status=Post.Status.DRAFT, body="Everything about barnacles.")
    assert find(erika, "barnacles") == [["/tides/", "Tides", "Draft"]]


def test_what_is_named_exactly_so_comes_first_then_what_begins_so(find, erika, make_post):
    for number in range(9):
        make_post(f"A harbour, part {number}", status=Post.Status.PUBLISHED)
    make_post("Harbour lights", status=Post.Status.PUBLISHED)
    make_post(
        "Harbour", status=Post.Status.PUBLISHED, kind=Post.Kind.PAGE, tags=services.tags_named(["A harbour pilot"])
    )
    assert [title for _path, title, _note in find(erika, "harbour")][:3] == [
        "Harbour",
        "Harbour lights",
        "A harbour, part 0",
    ]


def test_a_tag_of_this_name_comes_before_posts_that_only_have_it_in_their_titles(find, erika, make_post):
    tags = services.tags_named(["Aquatic fog", "Brown fog", "Coastal fog", "Deep fog", "Fog"])
    make_post("In fog", status=Post.Status.PUBLISHED, tags=tags)
    assert [title for _path, title, _note in find(erika, "fog")][:2] == ["Fog", "In fog"]


@pytest.mark.parametrize("query", ["tide", "TIDE"])
def test_a_title_is_found_exactly_also_among_more_than_are_read(query, find, erika, make_post, monkeypatch):
    monkeypatch.setattr(titles, "MAX_FOUND", 3)
    for number in range(4):
        make_post(f"A tide, part {number}", status=Post.Status.PUBLISHED)
    make_post("Tide", status=Post.Status.PUBLISHED)
    assert find(erika, query)[0][1] == "Tide"


def test_an_author_does_not_find_drafts_of_others(find, alice, make_post):
    make_post("High seas", status=Post.Status.DRAFT)
    make_post("High tide", status=Post.Status.PUBLISHED)
    assert find(alice, "high") == [["/high-tide/", "High tide", ""]]


def test_what_is_in_the_trash_is_not_offered(find, erika, make_post):
    post = make_post("High seas", status=Post.Status.DRAFT)
    services.trash_post(post, by=None, expected_version=post.version)
    assert find(erika, "high") == []


def test_it_offers_a_few_and_costs_as_many_queries_with_many_posts(erika, make_post):
    make_post("High 0")
    with CaptureQueriesContext(connection) as few:
        link_targets.find("high", erika)
    for number in range(1, 12):
        make_post(f"High {number}")
    with CaptureQueriesContext(connection) as many:
        assert len(link_targets.find("high", erika)) == link_targets.MAX_POSTS
    assert len(many) <= len(few)


def test_a_user_who_may_not_write_is_refused(log_in, django_user_model):
    reader = django_user_model.objects.create_user("rita", is_staff=True)
    assert log_in(reader).post(URL, {"q": "high"}).status_code == 403
