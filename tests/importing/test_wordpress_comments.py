"""Comments come along from WordPress, in their threads, each once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core import mail

from apps.comments import services
from apps.comments.models import Comment
from apps.posts.models import Post
from tests.importing.wxr import comment, item

pytestmark = pytest.mark.any_database


def with_comments(*comments: str, **values: str) -> str:
    return item(1, "A post", "<p>Text.</p>", *comments, **values)


def test_a_comment_comes_as_it_was_and_when_it_was(wordpress):
    told = wordpress(with_comments(comment(1, "Nice <strong>post</strong>.\nReally.\n\nBob")))
    assert told.out.splitlines() == [
        "comments: 1 created, 0 updated, 0 unchanged, 0 failed",
        "posts: 1 created, 0 updated, 0 unchanged, 0 failed",
    ]
    found = Comment.objects.get()
    assert (found.name, found.email, found.website) == ("Bob Brown", "bob@example.org", "https://bob.example/")
    assert found.body == "Nice **post**.\\\nReally.\n\nBob"
    assert found.body_html == "<p>Nice <strong>post</strong>.<br>\nReally.</p>\n<p>Bob</p>\n"
    assert found.created_at == datetime(2015, 3, 2, 10, 0, 1, tzinfo=UTC)
    assert found.address is None
    assert mail.outbox == []


def test_readers_see_the_threads_as_they_were(wordpress, client):
    wordpress(
        with_comments(
            # Not in the order in which they answer each other.
            comment(4, "Fourth", comment_parent="2"),
            comment(3, "Third"),
            comment(2, "Second", comment_parent="1"),
            comment(1, "First"),
            comment(5, "Fifth", comment_parent="4"),
            comment(6, "Sixth", comment_parent="5"),
            comment(7, "Seventh", comment_parent="99"),
        )
    )
    rows = [(row.body, row.depth, row.parent and row.parent.body) for row in Comment.objects.in_threads()]
    assert rows == [
        ("First", 0, None),
        ("Second", 1, "First"),
        ("Fourth", 2, "Second"),
        ("Fifth", 3, "Fourth"),
        ("Sixth", 3, "Fifth"),
        ("Third", 0, None),
        ("Seventh", 0, None),
    ]
    page = client.get("/a-post/").content.decode()
    assert page.index("Second") < page.index("Fourth") < page.index("Third")


def test_comments_that_answer_each_other_in_a_circle_come_all_the_same(wordpress):
    wordpress(with_comments(comment(1, "First", comment_parent="2"), comment(2, "Second", comment_parent="1")))
    assert Comment.objects.count() == 2


@pytest.mark.parametrize(
    ("approved", "status"),
    [
        ("1", "approved"),
        ("0", "pending"),
        ("spam", "spam"),
        ("trash", "trash"),
        ("post-trashed", "trash"),
        ("?", "pending"),
    ],
)
def test_what_was_judged_there_is_judged_here(wordpress, approved, status):
    wordpress(with_comments(comment(1, comment_approved=approved)))
    assert Comment.objects.get().status == status


@pytest.mark.parametrize("kind", ["pingback", "trackback"])
def test_links_from_elsewhere_come_as_comments_that_lead_there(wordpress, kind):
    wordpress(with_comments(comment(1, "[…] a good post […]", comment_type=kind, comment_author="Other blog")))
    found = Comment.objects.get()
    assert (found.name, found.website) == ("Other blog", "https://bob.example/")
    assert "<https://bob.example/>" in found.body


def test_what_is_no_name_no_address_and_no_text_keeps_no_comment_out(wordpress):
    wordpress(
        with_comments(
            comment(1, "", comment_author="", comment_author_email="nobody", comment_author_url="javascript:alert(1)"),
            comment(2, "x" * 9000, comment_author="n" * 300),
        )
    )
    first, second = Comment.objects.order_by("pk")
    assert (first.name, first.email, first.website, first.body) == ("Anonymous", "", "", "javascript:alert(1)")
    assert (len(second.name), len(second.body)) == (80, 9000)


def test_nothing_in_a_comment_becomes_a_program(wordpress):
    wordpress(
        with_comments(
            comment(1, '<script>alert(1)</script><a href="javascript:alert(1)" onclick="x">a</a> <b onclick=x>b')
        )
    )
    assert Comment.objects.get().body_html == "<p>[a](javascript:alert%281%29) <strong>b</strong></p>\n"


def test_tables_and_headings_become_lines(wordpress):
    html = "<h2>A title</h2><table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table><img src='https://x.example/a.png'>"
    wordpress(with_comments(comment(1, html)))
    assert Comment.objects.get().body == "**A title**\n\na · b\nc · d\n\n<https://x.example/a.png>"


def test_a_second_run_writes_no_comment_twice(wordpress):
    comments = [comment(1, "First"), comment(2, "Second", comment_parent="1")]
    wordpress(with_comments(*comments))
    before = list(Comment.objects.values())
    assert (
        wordpress(with_comments(*comments)).out.splitlines()[0]
        == "comments: 0 created, 0 updated, 2 unchanged, 0 failed"
    )
    assert list(Comment.objects.values()) == before


def test_a_new_comment_of_a_post_that_did_not_change_comes_too(wordpress):
    wordpress(with_comments(comment(1, "First")))
    told = wordpress(with_comments(comment(1, "First"), comment(2, "Second", comment_parent="1")))
    assert told.out.splitlines() == [
        "comments: 1 created, 0 updated, 1 unchanged, 0 failed",
        "posts: 0 created, 0 updated, 1 unchanged, 0 failed",
    ]
    assert Comment.objects.get(body="Second").parent.body == "First"


def test_a_comment_that_changed_there_changes_here_unless_it_was_changed_here(wordpress):
    wordpress(with_comments(comment(1, "First", comment_approved="0"), comment(2, "Second", comment_approved="0")))
    second = Comment.objects.get(body="Second")
    services.update_comment(second, by=None, expected_version=second.version, status="spam")
    told = wordpress(with_comments(comment(1, "First"), comment(2, "Second")))
    assert told.out.splitlines()[0] == "comments: 0 created, 1 updated, 1 unchanged, 0 failed"
    assert "comment/2: warning: has changed, but so has the comment in the blog" in told.err
    assert sorted(Comment.objects.values_list("body", "status")) == [("First", "approved"), ("Second", "spam")]
    told = wordpress(with_comments(comment(1, "First, again"), comment(2, "Second")))
    assert told.out.splitlines()[0] == "comments: 0 created, 1 updated, 1 unchanged, 0 failed"


def test_what_was_erased_here_does_not_come_back(wordpress):
    wordpress(with_comments(comment(1, "First")))
    services.erase_commenter("bob@example.org")
    wordpress(with_comments(comment(1, "First, again")))
    assert Comment.objects.get().body == ""


def test_comments_of_a_post_that_was_edited_here_come_all_the_same(wordpress):
    from apps.posts import services as posts

    wordpress(with_comments())
    post = Post.objects.get()
    posts.update_post(post, by=None, expected_version=1, body="Edited here.")
    wordpress(with_comments(comment(1, "First")))
    assert Comment.objects.get().post == post


def test_a_dry_run_counts_comments_and_writes_none(wordpress):
    told = wordpress(with_comments(comment(1), comment(2, comment_parent="1")), options=["--dry-run"])
    assert told.out.splitlines()[0] == "comments: 2 created, 0 updated, 0 unchanged, 0 failed"
    assert not Comment.objects.exists()


def test_comments_of_a_page_are_kept_and_it_is_told_that_none_are_shown(wordpress):
    told = wordpress(with_comments(comment(1), post_type="page"))
    assert "pages show no comments here; those that it has (1) are kept" in told.err
    assert Comment.objects.count() == 1
