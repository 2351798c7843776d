"""The status of a new comment: by policy, trust in the e-mail address, and the spam check."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.comments import services, spam
from apps.comments.models import MAX_DEPTH, Comment

RITA = {"name": "Rita", "email": "rita@example.org"}


@pytest.fixture
def write(post):
    def create(body="Some words.", **fields):
        return services.create_comment(by=None, post=post, body=body, **{**RITA, **fields})

    return create


@pytest.mark.parametrize(("setting", "status"), [("open", "approved"), ("moderated", "pending")])
def test_the_site_s_policy_decides_the_status(setting, status, write, policy):
    policy(setting)
    assert write().status == status


def test_the_policy_off_refuses_comments(write, policy):
    policy("off")
    with pytest.raises(services.Closed):
        write()


def test_closed_old_unpublished_and_static_posts_refuse_comments(make_post, policy):
    policy("open", days=3)
    old = {"published_at": timezone.now() - timedelta(days=3)}
    for fields in ({"comments_allowed": False}, old, {"kind": "page"}, {"status": "draft"}):
        with pytest.raises(services.Closed):
            services.create_comment(by=None, post=make_post(str(fields), **fields), body="x", name="Rita")
    fresh = make_post("Fresh", published_at=timezone.now() - timedelta(days=2))
    assert services.create_comment(by=None, post=fresh, body="x", name="Rita").status == "approved"


def test_an_approved_address_is_published_under_the_same_name_without_links(write, comment, post):
    comment(post, **RITA)
    assert write(email="RITA@example.org ").status == "approved"
    assert write(name="Erika the Editor").status == "pending"
    assert write("See <https://example.com>.").status == "pending"
    assert write(website="https://example.com").status == "pending"
    assert write(email="ada@example.org").status == "pending"
    assert write(email="").status == "pending"


def test_an_address_with_spam_is_moderated(write, comment, post):
    comment(post, **RITA)
    comment(post, "Cheap.", status="spam", **RITA)
    assert write().status == "pending"


def test_a_trusted_address_is_published_with_links_and_any_name(write, comment, post):
    earlier = comment(post, **RITA)
    services.update_comment(earlier, by=None, expected_version=earlier.version, is_trusted=True)
    assert write("See <https://example.com>.", name="R.").status == "approved"


def test_a_user_of_the_site_is_official_with_the_name_of_their_author(post, alice, charlie, policy):
    policy("moderated", days=1)
    written = services.create_comment(by=alice, post=post, body="Thank you.")
    assert (written.status, written.is_official, written.name) == ("approved", True, "Alice Adams")
    other = services.create_comment(by=charlie, post=post, body="Me too.", name="Charlie")
    assert (other.status, other.is_official) == ("pending", False)


def test_a_failed_spam_check_leaves_the_comment_pending(write, policy, settings, monkeypatch):
    policy("open")
    settings.AKISMET_KEY = "key"

    def fail(comment, user_agent):
        raise spam.SpamCheckFailed

    monkeypatch.setattr(spam, "is_spam", fail)
    assert write().status == "pending"


@pytest.mark.parametrize(("body", "status"), [("true", "spam"), ("false", "approved"), ("nonsense", "pending")])
def test_the_spam_check_gets_the_comment_and_decides_its_status(body, status, write, policy, settings, monkeypatch):
    import httpx

    requests = []

    class FakeClient(httpx.Client):
        def post(self, url, **kwargs):
            requests.append(kwargs["data"])
            return httpx.Response(200, text=body, request=httpx.Request("POST", url))

    monkeypatch.setattr(httpx, "Client", FakeClient)
    policy("open")
    settings.AKISMET_KEY = "key"
    assert write("Buy.", visit=services.Visit("192.0.2.1", "A browser")).status == status
    sent = requests[0]
    assert (sent["user_ip"], sent["user_agent"], sent["comment_content"]) == ("192.0.2.1", "A browser", "Buy.")


def test_an_unreachable_spam_check_leaves_the_comment_pending(write, policy, settings, monkeypatch):
    import httpx

    def refuse(self, *args, **kwargs):
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(httpx.Client, "post", refuse)
    policy("open")
    settings.AKISMET_KEY = "key"
    assert write().status == "pending"


def test_answers_are_nested_below_their_parent_up_to_a_depth(post, policy):
    policy("open")

    def write(name, parent=None):
        return services.create_comment(by=None, post=post, parent=parent, body=name, name=name)

    first, second = write("first"), write("second")
    chain = [first]
    for number in range(MAX_DEPTH + 2):
        chain.append(write(f"answer {number}", chain[-1]))
    late = write("late", first)
    assert [item.depth for item in chain] == [0, 1, 2, 3, 3, 3]
    assert chain[-1].parent == chain[-2]
    assert [item.pk for item in Comment.objects.filter(post=post).in_threads()] == [
        *(item.pk for item in chain),
        late.pk,
        second.pk,
    ]
