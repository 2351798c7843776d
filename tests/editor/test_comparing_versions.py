"""Comparing any two versions of a post, side by side or in one column."""

import pytest
from django.urls import reverse

from apps.posts import services

pytestmark = pytest.mark.any_database


@pytest.fixture
def post(make_post):
    post = make_post("Tides", body="One.\n\nTwo.")
    for version, body in enumerate(["One.\n\nThree.", "One.\n\nFour.", "One.\n\nFive."], start=1):
        services.update_post(post, by=None, expected_version=version, body=body)
    return post


@pytest.fixture
def history(erika, log_in, post):
    client = log_in(erika)

    def get(query: str = "", **options):
        return client.get(reverse("admin:posts_post_history", args=[post.pk]) + query, **options)

    return get


def test_versions_that_are_not_adjacent_are_compared(history):
    page = history("?from=1&to=4").content.decode()
    assert "<del>Two</del>" in page
    assert "<ins>Five</ins>" in page
    assert "Three" not in page
    assert "Four" not in page


def test_the_older_version_is_on_the_left_whichever_is_named_first(history):
    page = history("?from=4&to=2").content.decode()
    assert "<del>Three</del>" in page
    assert "<ins>Five</ins>" in page


def test_the_list_offers_two_versions_to_compare(history):
    page = history().content.decode()
    for name in ("from", "to"):
        for number in (1, 2, 3, 4):
            assert f'name="{name}" value="{number}"' in page


def test_a_version_compared_with_itself_has_no_differences(history):
    assert "They say the same." in history("?from=2&to=2").content.decode()


@pytest.mark.parametrize(
    "query", ["?from=1&to=9", "?from=1", "?to=2", "?from=x&to=2", "?from=1&to=99999999999999999999"]
)
def test_an_unknown_or_missing_version_is_reported(history, query):
    page = history(query, follow=True).content.decode()
    assert "Choose two from the list." in page


def test_in_one_column_the_old_line_is_above_the_new_one(history):
    page = history("?from=1&to=4&view=inline").content.decode()
    assert 'class="difference inline"' in page
    assert page.index("<del>Two</del>") < page.index("<ins>Five</ins>")


def test_links_within_the_history_keep_the_chosen_view(history, post, erika, log_in):
    assert "/history/" in (page := history("?view=inline").content.decode())
    record = post.history.get(version=2)
    url = reverse("admin:posts_post_simple_history", args=[post.pk, record.history_id])
    assert f'href="{url}?view=inline"' in page
    assert '<input type="hidden" name="view" value="inline">' in page
    assert "?view=inline" in log_in(erika).get(f"{url}?view=inline").content.decode()
    assert "difference inline" not in history().content.decode()


def test_an_author_cannot_compare_versions_of_another_authors_post(bob, log_in, post):
    url = reverse("admin:posts_post_history", args=[post.pk])
    assert log_in(bob).get(f"{url}?from=1&to=2").status_code == 404
