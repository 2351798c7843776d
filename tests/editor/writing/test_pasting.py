"""The endpoint that makes Markdown of what was pasted: who may use it, and what it refuses."""

import pytest

from apps.editor.views import inserting

URL = "/admin/posts/post/paste/"


def test_it_returns_markdown_and_notes(client, log_in, erika):
    answer = log_in(erika).post(URL, {"html": "<p>The <b>sea</b></p><svg></svg>"})
    assert answer.json() == {"markdown": "The **sea**", "notes": ["1 × <svg>: does not come along."]}
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_user_who_may_not_write_is_refused(log_in, django_user_model):
    reader = django_user_model.objects.create_user("rita", is_staff=True)
    assert log_in(reader).post(URL, {"html": "<b>x</b>"}).status_code == 403


def test_a_user_who_is_logged_out_is_told_so(client, db):
    answer = client.post(URL, {"html": "<b>x</b>"})
    assert (answer.status_code, answer.json()) == (401, {"detail": "You are not logged in any more."})


def test_only_post_is_answered(log_in, erika):
    assert log_in(erika).get(URL).status_code == 405


@pytest.mark.parametrize(
    ("html", "status", "detail"),
    [
        ("x" * 101, 413, "This is too long to paste at once. Paste it in parts."),
        ("<div>" * 300, 422, "The HTML is nested too deeply; take it apart."),
    ],
)
def test_what_is_too_much_is_refused_with_a_reason(html, status, detail, log_in, erika, monkeypatch):
    monkeypatch.setattr(inserting, "MAX_HTML", 100 if status == 413 else inserting.MAX_HTML)
    answer = log_in(erika).post(URL, {"html": html})
    assert (answer.status_code, answer.json()) == (status, {"detail": detail})
