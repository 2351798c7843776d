"""The form of the pages: it needs no JavaScript and no cookie, and whatever happens, the text is not lost."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from apps.comments import services
from apps.comments.models import Comment


def test_a_comment_that_waits_leads_back_to_a_word_about_that(send, post):
    response = send(post=post.pk, name="Rita", email="Rita@Example.org", body="Well said.")
    assert (response.status_code, response["Location"]) == (303, "/tides/#comment-pending")
    written = Comment.objects.get()
    assert (written.status, written.email, written.name) == ("pending", "rita@example.org", "Rita")
    assert "Set-Cookie" not in response


def test_a_comment_that_appears_at_once_leads_to_itself(send, post, policy):
    policy("open")
    response = send(post=post.pk, name="Rita", body="Well said.")
    assert response["Location"] == f"/tides/#comment-{Comment.objects.get().pk}"


def test_what_is_wrong_is_shown_with_everything_that_was_typed(send, post):
    response = send(post=post.pk, name="Rita <R>", email="nonsense", website="ftp://x", body="A <b> text.", notify="on")
    page = response.content.decode()
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/html")
    assert "A &lt;b&gt; text.</textarea>" in page
    assert 'value="Rita &lt;R&gt;"' in page
    assert 'value="nonsense"' in page
    assert "Enter a valid email address." in page
    assert 'name="notify" checked' in page
    assert f'name="post" value="{post.pk}"' in page
    assert 'href="/tides/"' in page
    assert not Comment.objects.exists()


def test_a_form_that_no_page_has_is_refused_with_a_page(send, post):
    response = send(post=post.pk, body="A text.", **{f"field-{number}": "x" for number in range(2000)})
    assert (response.status_code, response["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert not Comment.objects.exists()


def test_that_page_keeps_its_style_under_a_strict_policy_and_is_kept_by_nobody(send, post):
    response = send(post=post.pk, name="", body="x")
    assert "'sha256-" in response["Content-Security-Policy"].partition("style-src")[2].partition(";")[0]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"


def test_the_short_form_below_a_comment_asks_who_writes_before_anything_is_written(send, post, comment):
    first = comment(post)
    response = send(parent=first.pk, body="I think so too.")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Who writes?" in page
    assert "I think so too.</textarea>" in page
    assert f'name="parent" value="{first.pk}"' in page
    assert 'role="alert"' not in page
    assert Comment.objects.count() == 1
    assert send(parent=first.pk, body="I think so too.", name="Ada").status_code == 303
    assert Comment.objects.latest("pk").parent == first


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_other_site_can_make_a_visitor_comment(headers, send, post):
    response = send(headers=headers, post=post.pk, name="Rita", body="Buy this.")
    assert response.status_code == 403
    assert "Buy this" not in response.content.decode()
    assert not Comment.objects.exists()


@pytest.mark.parametrize("headers", [{"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_browser_says_in_either_header_that_the_form_is_ours(headers, send, post):
    assert send(headers=headers, post=post.pk, name="Rita", body="Hello.").status_code == 303


def test_who_fills_in_what_nobody_sees_is_thanked_and_is_spam(send, post, policy):
    policy("open")
    response = send(post=post.pk, name="Robot", body="Cheap things.", topic="things")
    assert response["Location"] == "/tides/#comment-pending"
    assert Comment.objects.get().status == "spam"


def test_one_address_can_send_so_many_an_hour_and_the_next_text_is_kept(send, post, settings):
    settings.COMMENTS_PER_HOUR = 2
    statuses = [send(post=post.pk, name="Rita", body=f"Text {n}.").status_code for n in range(3)]
    assert statuses == [303, 303, 429]
    response = send(post=post.pk, name="Rita", body="One more.")
    assert int(response["Retry-After"]) > 0
    assert "One more.</textarea>" in response.content.decode()
    assert Comment.objects.count() == 2


def test_another_address_is_counted_by_itself_as_the_proxy_names_it(send, post, settings):
    settings.COMMENTS_PER_HOUR, settings.TRUSTED_PROXIES = 1, 1
    ours = {"Origin": "http://testserver"}

    def status(forwarded: str, body: str) -> int:
        headers = {**ours, "X-Forwarded-For": forwarded}
        return send(headers=headers, post=post.pk, name="Rita", body=body).status_code

    assert status("192.0.2.1", "1") == 303
    assert status("192.0.2.2", "2") == 303
    # What the client itself puts there comes before what the proxy adds.
    assert status("198.51.100.7, 192.0.2.1", "3") == 429
    assert status("2001:db8:1:2::1", "4") == 303
    assert status("2001:db8:1:2:ffff::9", "5") == 429
    assert set(Comment.objects.values_list("address", flat=True)) == {"192.0.2.1", "192.0.2.2", "2001:db8:1:2::1"}


def test_a_form_that_is_sent_twice_is_one_comment(send, post):
    places = {send(post=post.pk, name="Rita", body="Once.")["Location"] for _ in range(2)}
    assert places == {"/tides/#comment-pending"}
    assert Comment.objects.count() == 1


def test_a_form_for_a_post_that_closed_meanwhile_is_refused_and_gives_the_text_back(send, post, policy):
    policy("off")
    response = send(post=post.pk, name="Rita", body="Too late?")
    page = response.content.decode()
    assert response.status_code == 409
    assert "closed" in page
    assert "Too late?</textarea>" in page
    assert "<form" not in page


def test_a_database_that_is_away_costs_no_text(send, post, monkeypatch):
    def fail(**kwargs):
        raise OperationalError(2006, "gone")

    monkeypatch.setattr(services, "create_comment", fail)
    response = send(post=post.pk, name="Rita", body="Typed for an hour.")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "Typed for an hour.</textarea>" in response.content.decode()


@pytest.mark.parametrize("named", ["0", "999999", "x", "9" * 30])
def test_a_post_that_does_not_exist_is_refused(named, send, post):
    assert send(post=named, name="Rita", body="Hello.").status_code == 400


def test_what_a_draft_is_called_nobody_learns(send, make_post):
    draft = make_post("Secret", status="draft")
    response = send(post=draft.pk, name="Rita", body="Hello.")
    assert response.status_code == 400
    assert "secret" not in response.content.decode().lower()
