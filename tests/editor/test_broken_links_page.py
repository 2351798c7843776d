"""The page of broken links: it scans a bounded number of posts and says how far it got."""

import pytest

from apps.editor.views import broken_links
from apps.posts import services

pytestmark = pytest.mark.any_database

URL = "/admin/posts/post/links/"


@pytest.fixture
def page(erika, log_in):
    client = log_in(erika)
    return lambda query="": " ".join(client.get(URL + query).content.decode().split())


def test_posts_with_broken_links_are_listed_with_links_to_their_forms(page, make_post):
    make_post("Fine", body="[The post](/broken/)")
    post = make_post("Broken", body="[a](/nothing/) [b](/fine/)")
    draft = make_post("Draft", body="[c](/neither/)", status="draft")
    html = page()
    assert f"/admin/posts/post/{post.pk}/change/" in html
    assert "<code>/nothing/</code></td><td>there is nothing at this address" in html
    assert f"/admin/posts/post/{draft.pk}/change/" in html
    assert "/fine/" not in html.partition('id="content-main"')[2]
    assert "Looked through 3 posts" in html
    assert "These are all." in html


def test_the_page_says_that_there_are_no_broken_links(page, make_post):
    make_post("Fine")
    assert "None was found." in page()


def test_posts_in_the_trash_are_left_out(page, make_post):
    services.trash_post(make_post("Gone", body="[a](/nothing/)"), by=None, expected_version=1)
    assert "None was found." in page()


def test_a_page_ends_at_the_limit_of_findings_and_the_next_one_continues(page, make_post, monkeypatch):
    monkeypatch.setattr(broken_links, "MAX_FOUND", 2)
    posts = [make_post(f"Post {number}", body="[a](/nothing/)") for number in range(5)]
    first = page()
    assert "Looked through 2 posts" in first
    assert "There are more to look through." in first
    assert f'href="?after={posts[1].pk}"' in first
    last = page(f"?after={posts[3].pk}")
    assert "Post 4" in last
    assert "These were the last." in last


def test_a_page_ends_at_the_limit_of_scanned_posts(page, make_post, monkeypatch):
    monkeypatch.setattr(broken_links, "MAX_POSTS", 3)
    monkeypatch.setattr(broken_links, "BATCH", 2)
    posts = [make_post(f"Post {number}") for number in range(5)]
    assert f'href="?after={posts[2].pk}"' in page()
    assert "Looked through 2 posts" in page(f"?after={posts[2].pk}")


def test_a_page_that_ends_with_the_last_post_has_no_next_page(page, make_post, monkeypatch):
    monkeypatch.setattr(broken_links, "MAX_POSTS", 3)
    for number in range(3):
        make_post(f"Post {number}")
    assert "Go on looking" not in page()


def test_the_number_of_queries_does_not_grow_with_the_posts(page, make_post, django_assert_max_num_queries):
    for number in range(60):
        make_post(f"Post {number}", body=f"[a](/nothing-{number}/) [b](/tags/t-{number}/) [c](/post-{number}/)")
    page()
    with django_assert_max_num_queries(12):
        page()


def test_an_author_sees_only_their_own_posts(alice, bob, log_in, make_post):
    make_post("Mine", body="[a](/nothing/)", authors=[alice.author])
    make_post("His", body="[a](/nothing/)", authors=[bob.author])
    html = log_in(alice).get(URL).content.decode()
    assert "Mine" in html
    assert "His" not in html.partition('id="content-main"')[2]


@pytest.mark.parametrize("after", ["x", "-1", "9" * 40])
def test_an_invalid_key_starts_at_the_first_post(page, make_post, after):
    make_post("Broken", body="[a](/nothing/)")
    assert "/nothing/" in page(f"?after={after}")


@pytest.mark.parametrize("path", ["/admin/", "/admin/posts/post/", "/admin/posts/postalias/"])
def test_the_start_page_and_the_lists_link_to_the_page(erika, log_in, path):
    assert URL in log_in(erika).get(path).content.decode()
