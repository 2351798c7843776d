"""What becomes of a new comment: the site's policy, the post's, and what is known of an e-mail address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.comments import services, spam
from apps.comments.models import DEEPEST, Comment

RITA = {"name": "Rita", "email": "rita@example.org"}


@pytest.fixture
def write(post):
    def create(body="Some words.", **fields):
        return services.create_comment(by=None, post=post, body=body, **{**RITA, **fields})

    return create


@pytest.mark.parametrize(("chosen", "status"), [("open", "approved"), ("moderated", "pending")])
def test_the_site_decides(chosen, status, write, policy):
    policy(chosen)
    assert write().status == status


def test_off_is_off(write, policy):
    policy("off")
    with pytest.raises(services.Closed):
        write()


def test_a_post_can_be_closed_by_itself_or_after_some_days_and_a_page_has_no_comments(make_post, policy):
    policy("open", days=3)
    old = {"published_at": timezone.now() - timedelta(days=3)}
    for fields in ({"comments_allowed": False}, old, {"kind": "page"}, {"status": "draft"}):
        with pytest.raises(services.Closed):
            services.create_comment(by=None, post=make_post(str(fields), **fields), body="x", name="Rita")
    fresh = make_post("Fresh", published_at=timezone.now() - timedelta(days=2))
    assert services.create_comment(by=None, post=fresh, body="x", name="Rita").status == "approved"


def test_who_was_approved_before_is_published_under_the_same_name_without_links(write, comment, post):
    comment(post, **RITA)
    assert write(email="RITA@example.org ").status == "approved"
    assert write(name="Erika the Editor").status == "pending"
    assert write("See <https://example.com>.").status == "pending"
    assert write(website="https://example.com").status == "pending"
    assert write(email="ada@example.org").status == "pending"
    assert write(email="").status == "pending"


def test_who_ever_sent_spam_waits(write, comment, post):
    comment(post, **RITA)
    comment(post, "Cheap.", status="spam", **RITA)
    assert write().status == "pending"


def test_an_address_that_a_moderator_trusts_is_published_whatever_it_sends(write, comment, post):
    known = comment(post, **RITA)
    services.update_comment(known, by=None, expected_version=known.version, is_trusted=True)
    assert write("See <https://example.com>.", name="R.").status == "approved"


def test_somebody_of_the_site_is_published_marked_and_by_the_name_of_their_author(post, alice, charlie, policy):
    policy("moderated", days=1)
    written = services.create_comment(by=alice, post=post, body="Thank you.")
    assert (written.status, written.is_official, written.name) == ("approved", True, "Alice Adams")
    other = services.create_comment(by=charlie, post=post, body="Me too.", name="Charlie")
    assert (other.status, other.is_official) == ("pending", False)


def test_a_spam_check_that_does_not_answer_loses_nothing(write, policy, settings, monkeypatch):
    policy("open")
    settings.AKISMET_KEY = "key"

    def fail(comment, user_agent):
        raise spam.Unknown

    monkeypatch.setattr(spam, "is_spam", fail)
    assert write().status == "pending"


@pytest.mark.parametrize(("said", "status"), [("true", "spam"), ("false", "approved"), ("nonsense", "pending")])
def test_the_spam_check_is_asked_with_what_was_sent(said, status, write, policy, settings, monkeypatch):
    import httpx

    asked = []

    class Answering(httpx.Client):
        def post(self, url, **kwargs):
            asked.append(kwargs["data"])
            return httpx.Response(200, text=said, request=httpx.Request("POST", url))

    monkeypatch.setattr(httpx, "Client", Answering)
    policy("open")
    settings.AKISMET_KEY = "key"
    assert write("Buy.", visit=services.Visit("192.0.2.1", "A browser")).status == status
    sent = asked[0]
    assert (sent["user_ip"], sent["user_agent"], sent["comment_content"]) == ("192.0.2.1", "A browser", "Buy.")


def test_a_spam_check_that_cannot_be_reached_makes_the_comment_wait(write, policy, settings, monkeypatch):
    import httpx

    def refuse(self, *args, **kwargs):
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(httpx.Client, "post", refuse)
    policy("open")
    settings.AKISMET_KEY = "key"
    assert write().status == "pending"


def test_answers_stand_below_what_they_answer_up_to_a_depth(post, policy):
    policy("open")

    def write(name, parent=None):
        return services.create_comment(by=None, post=post, parent=parent, body=name, name=name)

    first, second = write("first"), write("second")
    chain = [first]
    for number in range(DEEPEST + 2):
        chain.append(write(f"answer {number}", chain[-1]))
    late = write("late", first)
    assert [item.depth for item in chain] == [0, 1, 2, 3, 3, 3]
    assert chain[-1].parent == chain[-2]
    assert [item.pk for item in Comment.objects.filter(post=post).in_threads()] == [
        *(item.pk for item in chain),
        late.pk,
        second.pk,
    ]
