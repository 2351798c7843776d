"""Comments are imported from WordPress in their threads, each once."""

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


def test_a_comment_is_imported_with_its_author_text_and_date(wordpress):
    result = wordpress(with_comments(comment(1, "Nice <strong>post</strong>.\nReally.\n\nBob")))
    assert result.out.splitlines() == [
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


def test_comment_threads_are_preserved(wordpress, client):
    wordpress(
        with_comments(
            # Replies come before their parents.
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


def test_comments_that_reply_to_each_other_in_a_cycle_are_imported(wordpress):
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
def test_the_moderation_status_of_a_comment_is_preserved(wordpress, approved, status):
    wordpress(with_comments(comment(1, comment_approved=approved)))
    assert Comment.objects.get().status == status


@pytest.mark.parametrize("kind", ["pingback", "trackback"])
def test_pingbacks_and_trackbacks_become_comments_with_a_link(wordpress, kind):
    wordpress(with_comments(comment(1, "[…] a good post […]", comment_type=kind, comment_author="Other blog")))
    found = Comment.objects.get()
    assert (found.name, found.website) == ("Other blog", "https://bob.example/")
    assert "<https://bob.example/>" in found.body


def test_a_comment_with_invalid_fields_is_imported_with_corrected_ones(wordpress):
    wordpress(
        with_comments(
            comment(1, "", comment_author="", comment_author_email="nobody", comment_author_url="javascript:alert(1)"),
            comment(2, "x" * 9000, comment_author="n" * 300),
        )
    )
    first, second = Comment.objects.order_by("pk")
    assert (first.name, first.email, first.website, first.body) == ("Anonymous", "", "", "javascript:alert(1)")
    assert (len(second.name), len(second.body)) == (80, 9000)


def test_scripts_in_a_comment_are_removed(wordpress):
    wordpress(
        with_comments(
            comment(1, '<script>alert(1)</script><a href="javascript:alert(1)" onclick="x">a</a> <b onclick=x>b')
        )
    )
    assert Comment.objects.get().body_html == "<p>[a](javascript:alert%281%29) <strong>b</strong></p>\n"


def test_tables_and_headings_in_a_comment_become_lines(wordpress):
    html = "<h2>A title</h2><table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table><img src='https://x.example/a.png'>"
    wordpress(with_comments(comment(1, html)))
    assert Comment.objects.get().body == "**A title**\n\na · b\nc · d\n\n<https://x.example/a.png>"


def test_a_second_run_writes_no_comments(wordpress):
    comments = [comment(1, "First"), comment(2, "Second", comment_parent="1")]
    wordpress(with_comments(*comments))
    before = list(Comment.objects.values())
    assert (
        wordpress(with_comments(*comments)).out.splitlines()[0]
        == "comments: 0 created, 0 updated, 2 unchanged, 0 failed"
    )
    assert list(Comment.objects.values()) == before


def test_a_new_comment_of_an_unchanged_post_is_imported(wordpress):
    wordpress(with_comments(comment(1, "First")))
    result = wordpress(with_comments(comment(1, "First"), comment(2, "Second", comment_parent="1")))
    assert result.out.splitlines() == [
        "comments: 1 created, 0 updated, 1 unchanged, 0 failed",
        "posts: 0 created, 0 updated, 1 unchanged, 0 failed",
    ]
    assert Comment.objects.get(body="Second").parent.body == "First"


def test_a_changed_comment_is_updated_unless_it_was_edited_in_the_blog(wordpress):
    wordpress(with_comments(comment(1, "First", comment_approved="0"), comment(2, "Second", comment_approved="0")))
    second = Comment.objects.get(body="Second")
    services.update_comment(second, by=None, expected_version=second.version, status="spam")
    result = wordpress(with_comments(comment(1, "First"), comment(2, "Second")))
    assert result.out.splitlines()[0] == "comments: 0 created, 1 updated, 1 unchanged, 0 failed"
    assert "comment/2: warning: has changed, but so has the comment in the blog" in result.err
    assert sorted(Comment.objects.values_list("body", "status")) == [("First", "approved"), ("Second", "spam")]
    result = wordpress(with_comments(comment(1, "First, again"), comment(2, "Second")))
    assert result.out.splitlines()[0] == "comments: 0 created, 1 updated, 1 unchanged, 0 failed"


def test_an_erased_comment_is_not_imported_again(wordpress):
    wordpress(with_comments(comment(1, "First")))
    services.erase_commenter("bob@example.org")
    wordpress(with_comments(comment(1, "First, again")))
    assert Comment.objects.get().body == ""


def test_comments_of_a_post_that_was_edited_in_the_blog_are_imported(wordpress):
    from apps.posts import services as posts

    wordpress(with_comments())
    post = Post.objects.get()
    posts.update_post(post, by=None, expected_version=1, body="Edited here.")
    wordpress(with_comments(comment(1, "First")))
    assert Comment.objects.get().post == post


def test_a_dry_run_counts_comments_and_writes_none(wordpress):
    result = wordpress(with_comments(comment(1), comment(2, comment_parent="1")), options=["--dry-run"])
    assert result.out.splitlines()[0] == "comments: 2 created, 0 updated, 0 unchanged, 0 failed"
    assert not Comment.objects.exists()


def test_comments_of_a_page_are_imported_with_a_warning_that_they_are_not_shown(wordpress):
    result = wordpress(with_comments(comment(1), post_type="page"))
    assert "pages show no comments here; those that it has (1) are kept" in result.err
    assert Comment.objects.count() == 1
