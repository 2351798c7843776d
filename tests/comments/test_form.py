"""The comment form of the pages: it needs neither JavaScript nor a cookie, and an error page has the submitted text."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from apps.comments import services
from apps.comments.models import Comment


def test_a_pending_comment_redirects_to_the_notice_on_the_post(send, post):
    response = send(post=post.pk, name="Rita", email="Rita@Example.org", body="Well said.")
    assert (response.status_code, response["Location"]) == (303, "/tides/#comment-pending")
    written = Comment.objects.get()
    assert (written.status, written.email, written.name) == ("pending", "rita@example.org", "Rita")
    assert "Set-Cookie" not in response


def test_an_approved_comment_redirects_to_itself(send, post, policy):
    policy("open")
    response = send(post=post.pk, name="Rita", body="Well said.")
    assert response["Location"] == f"/tides/#comment-{Comment.objects.get().pk}"


def test_an_invalid_form_is_shown_again_with_its_errors_and_values(send, post):
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


def test_a_form_with_too_many_fields_gets_an_error_page(send, post):
    response = send(post=post.pk, body="A text.", **{f"field-{number}": "x" for number in range(2000)})
    assert (response.status_code, response["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert not Comment.objects.exists()


def test_the_form_page_has_a_strict_csp_with_its_style_and_is_not_cached(send, post):
    response = send(post=post.pk, name="", body="x")
    assert "'sha256-" in response["Content-Security-Policy"].partition("style-src")[2].partition(";")[0]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"


def test_the_short_answer_form_asks_for_a_name_before_writing_anything(send, post, comment):
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
def test_a_form_from_another_origin_is_refused(headers, send, post):
    response = send(headers=headers, post=post.pk, name="Rita", body="Buy this.")
    assert response.status_code == 403
    assert "Buy this" not in response.content.decode()
    assert not Comment.objects.exists()


@pytest.mark.parametrize("headers", [{"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin"}])
def test_either_header_suffices_to_prove_the_same_origin(headers, send, post):
    assert send(headers=headers, post=post.pk, name="Rita", body="Hello.").status_code == 303


def test_a_filled_honeypot_makes_spam_with_the_usual_redirect(send, post, policy):
    policy("open")
    response = send(post=post.pk, name="Robot", body="Cheap things.", topic="things")
    assert response["Location"] == "/tides/#comment-pending"
    assert Comment.objects.get().status == "spam"


def test_the_hourly_limit_of_an_address_is_a_429_with_the_submitted_text(send, post, settings):
    settings.COMMENTS_PER_HOUR = 2
    statuses = [send(post=post.pk, name="Rita", body=f"Text {n}.").status_code for n in range(3)]
    assert statuses == [303, 303, 429]
    response = send(post=post.pk, name="Rita", body="One more.")
    assert int(response["Retry-After"]) > 0
    assert "One more.</textarea>" in response.content.decode()
    assert Comment.objects.count() == 2


def test_the_limit_counts_each_client_address_that_the_proxy_names(send, post, settings):
    settings.COMMENTS_PER_HOUR, settings.TRUSTED_PROXIES = 1, 1
    same_origin = {"Origin": "http://testserver"}

    def status(forwarded: str, body: str) -> int:
        headers = {**same_origin, "X-Forwarded-For": forwarded}
        return send(headers=headers, post=post.pk, name="Rita", body=body).status_code

    assert status("192.0.2.1", "1") == 303
    assert status("192.0.2.2", "2") == 303
    # A forged entry of the client comes before the one that the proxy appends.
    assert status("198.51.100.7, 192.0.2.1", "3") == 429
    assert status("2001:db8:1:2::1", "4") == 303
    assert status("2001:db8:1:2:ffff::9", "5") == 429
    assert set(Comment.objects.values_list("address", flat=True)) == {"192.0.2.1", "192.0.2.2", "2001:db8:1:2::1"}


def test_a_double_submission_creates_one_comment(send, post):
    places = {send(post=post.pk, name="Rita", body="Once.")["Location"] for _ in range(2)}
    assert places == {"/tides/#comment-pending"}
    assert Comment.objects.count() == 1


def test_a_form_for_a_closed_post_is_a_409_with_the_submitted_text(send, post, policy):
    policy("off")
    response = send(post=post.pk, name="Rita", body="Too late?")
    page = response.content.decode()
    assert response.status_code == 409
    assert "closed" in page
    assert "Too late?</textarea>" in page
    assert "<form" not in page


def test_a_database_error_is_a_503_with_the_submitted_text(send, post, monkeypatch):
    def fail(**kwargs):
        raise OperationalError(2006, "gone")

    monkeypatch.setattr(services, "create_comment", fail)
    response = send(post=post.pk, name="Rita", body="Typed for an hour.")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "Typed for an hour.</textarea>" in response.content.decode()


@pytest.mark.parametrize("post_id", ["0", "999999", "x", "9" * 30])
def test_a_post_that_does_not_exist_is_refused(post_id, send, post):
    assert send(post=post_id, name="Rita", body="Hello.").status_code == 400


def test_the_response_for_a_draft_does_not_reveal_its_title(send, make_post):
    draft = make_post("Secret", status="draft")
    response = send(post=draft.pk, name="Rita", body="Hello.")
    assert response.status_code == 400
    assert "secret" not in response.content.decode().lower()
