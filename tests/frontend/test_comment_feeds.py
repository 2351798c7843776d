"""The feeds of all comments: the newest that readers see, of posts that they see, in every format."""

from datetime import timedelta

import feedparser
import pytest
from django.utils import timezone

from apps.comments import reading
from apps.comments.models import Comment
from apps.comments.services import import_comment
from apps.core import content_state
from apps.posts import services
from apps.posts.models import Post
from apps.site import models as site
from apps.site.models import Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_comment():
    def make(post: Post, body: str = "Well *said*.", **fields) -> Comment:
        given = {"name": "Rita", "status": Comment.Status.APPROVED, "created_at": timezone.now(), "parent": None}
        return import_comment(post=post, body=body, **(given | fields))

    return make


def titles(client) -> list[str]:
    return [item["title"] for item in client.get("/comments/feed.json").json()["items"]]


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_a_comment_is_an_entry_with_its_text_its_author_and_its_own_address(client, make_post, make_comment, kind):
    comment = make_comment(make_post("Roses"), website="https://rita.example.org/", email="rita@example.org")
    content = client.get(f"/comments/feed.{kind}").content
    feed = feedparser.parse(content)
    assert not feed.bozo, feed.get("bozo_exception")
    (entry,) = feed.entries
    assert entry.title == "Rita on “Roses”"
    assert entry.link == f"http://testserver/roses/#comment-{comment.pk}"
    assert entry.content[0].value == "<p>Well <em>said</em>.</p>"
    assert entry.author == "Rita"
    assert b"rita@example.org" not in content


def test_an_author_without_a_website_has_no_address(client, make_post, make_comment):
    make_comment(make_post("Roses"))
    assert client.get("/comments/feed.json").json()["items"][0]["authors"] == [{"name": "Rita"}]
    assert b"<uri>" not in client.get("/comments/feed.atom").content


def test_its_summary_is_plain_text(client, make_post, make_comment):
    make_comment(make_post("Roses"), body="One & two,\nthree.\n\n- *Four*\n- five")
    assert client.get("/comments/feed.json").json()["items"][0]["summary"] == "One & two, three. Four five"


def test_only_approved_comments_of_public_posts_are_in_it_the_newest_first(client, make_post, make_comment):
    roses, gone = make_post("Roses"), make_post("Gone")
    for name, fields in {
        "First": {},
        "Waiting": {"status": Comment.Status.PENDING},
        "Spam": {"status": Comment.Status.SPAM},
        "Last": {},
    }.items():
        make_comment(roses, name=name, **fields)
    make_comment(gone, name="Withdrawn")
    services.trash_post(gone, by=None, expected_version=1)
    make_comment(make_post("Later", published_at=timezone.now() + timedelta(days=1)), name="Scheduled")
    assert titles(client) == ["Last on “Roses”", "First on “Roses”"]


def test_it_is_bounded(client, make_post, make_comment, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(reading, "LOOKED_THROUGH", 25)
    roses = make_post("Roses")
    for number in range(30):
        make_comment(roses, name=f"Reader {number}")
    content_state.fetch()
    site.current()
    with django_assert_num_queries(2):
        found = titles(client)
    assert (len(found), found[0]) == (20, "Reader 29 on “Roses”")


def test_a_site_without_comments_has_none_in_the_feed_and_no_link_to_it(client, make_post, make_comment):
    make_comment(make_post("Roses"))
    assert '<link rel="alternate" href="/comments/feed.atom"' in client.get("/").content.decode()
    Site.objects.update_or_create(pk=1, defaults={"comments": Site.Comments.OFF})
    content_state.bump()
    assert titles(client) == []
    assert "/comments/feed" not in client.get("/").content.decode()
