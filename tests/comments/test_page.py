"""Comments on the page of a post: what is shown, paging, queries and invalidation."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.comments import reading, services
from apps.comments.models import Comment
from apps.core import content_state
from apps.posts import services as posts


@pytest.fixture
def page(db):
    return lambda path="/tides/": Client().get(path).content.decode()


def test_the_page_shows_approved_comments_and_no_e_mail_addresses(page, post, comment):
    comment(post, "To *be*.", name="Rita", email="rita@example.org", website="https://rita.example")
    for status in ("pending", "spam", "trash"):
        comment(post, f"It is {status}.", status=status)
    html = page()
    assert "To <em>be</em>." in html
    assert '<a href="https://rita.example" rel="nofollow ugc noopener">Rita</a>' in html
    assert "1 comment<" in html
    assert "It is" not in html
    assert "rita@example.org" not in html


def test_a_name_is_escaped(page, post, comment):
    comment(post, name="<b>R</b>")
    assert "&lt;b&gt;R&lt;/b&gt;" in page()


def test_an_answer_names_its_parent_and_stays_when_the_parent_is_trashed(page, post, comment):
    first = comment(post, name="Rita")
    answer = comment(post, "I agree.", parent=first, name="Ada")
    html = page()
    assert re.search(rf'comment-depth-1" id="comment-{answer.pk}"', html)
    assert "to Rita" in html
    services.trash_comment(first, by=None, expected_version=first.version)
    html = page()
    assert "I agree." in html
    assert "to Rita" not in html


def test_a_closed_post_shows_comments_without_a_form_and_off_shows_neither(page, make_post, comment, policy):
    written = make_post("Tides")
    comment(written, "Seen.")
    assert "<form class=" in page()
    posts.update_post(written, by=None, expected_version=1, comments_allowed=False)
    html = page()
    assert "Seen." in html
    assert "Comments are closed." in html
    assert "/api/v1/comments/" not in html
    policy("off")
    content_state.bump()
    assert "omment" not in page().split("<main")[1].split("</main>")[0]


def test_a_static_page_has_no_comments(page, make_post):
    make_post("About", kind="page")
    assert "comment-form" not in page("/about/")


def test_a_page_of_comments_links_to_the_next(page, post, comment, monkeypatch):
    monkeypatch.setattr(reading, "PAGE_SIZE", 3)
    for number in range(7):
        comment(post, f"Number {number}.", name=f"N{number}")
    path, seen = "/tides/", []
    for _ in range(5):
        html = page(path)
        seen += re.findall(r"Number (\d)", html)
        next_link = re.search(r'href="(/tides/\?comments=[0-9a-f]+)#post-comments', html)
        if not next_link:
            break
        path = next_link[1]
    assert seen == list("0123456")


@pytest.mark.parametrize("cursor", ["x", "'", "00", "%00", "f" * 200])
def test_an_invalid_cursor_shows_the_first_page(cursor, page, post, comment):
    comment(post, "Here.")
    assert "Here." in page(f"/tides/?comments={cursor}")


def test_comments_take_one_query_or_none_for_a_post_without_any(post, comment):
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            Client().get("/tides/")
        statements = [query["sql"] for query in captured]
        # The query of the post has `has_comments`.
        return [sql for sql in statements if "comments_comment" in sql and "posts_post" not in sql]

    assert queries() == []
    parent = comment(post)
    for number in range(10):
        comment(post, f"{number}", parent=parent, name=f"N{number}")
    (sql,) = queries()
    assert "LIMIT" in sql
    assert not [column for column in ("email", "`body`", '"body"', "address", "notify") if column in sql]


def test_exactly_the_changes_that_readers_see_increment_the_generation(post, comment):
    def increments(action) -> bool:
        before = content_state.fetch().generation
        action()
        return content_state.fetch().generation != before

    def change(**fields):
        return lambda: services.update_comment(
            (row := Comment.objects.earliest("pk")), by=None, expected_version=row.version, **fields
        )

    assert not increments(
        lambda: services.create_comment(by=None, post=post, body="x", name="Rita", email="r@example.org")
    )
    assert not increments(change(name="R."))
    assert increments(change(status="approved"))
    assert increments(change(body="y"))
    assert increments(lambda: services.erase_commenter("r@example.org"))
    answered = Comment.objects.get()
    comment(post, parent=answered, name="Sue")
    assert increments(change(status="trash"))
    answered.refresh_from_db()
    assert increments(lambda: services.purge_comment(answered)), "the API tells what was answered"
    assert increments(User.objects.create_user("gone").delete), "comments of a user are those of the site"
