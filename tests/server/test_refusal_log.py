"""Requests that are refused to somebody are logged with who asked, from where, and for what."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def refused(caplog):
    """Return what was logged about refused requests."""
    caplog.set_level(logging.INFO, "blog_project.refused")

    def logged() -> list[tuple]:
        records = [record for record in caplog.records if record.name == "blog_project.refused"]
        return [
            (record.method, record.path, record.status, record.user, record.address, record.levelname)
            for record in records
        ]

    return logged


def test_a_token_that_may_not_is_logged_with_its_user(refused, charlie, token_for):
    headers = {"Authorization": f"Bearer {token_for(charlie)}"}
    Client().post(
        "/api/v1/tags/", {"name": "x"}, content_type="application/json", headers=headers, REMOTE_ADDR="192.0.2.7"
    )
    assert refused() == [("POST", "/api/v1/tags/", 403, charlie.pk, "192.0.2.7", "WARNING")]


def test_a_request_without_a_valid_token_is_logged_without_a_user(refused):
    Client().get("/api/v1/posts/?q=private", headers={"Authorization": "Bearer bst_wrong"})
    assert refused() == [("GET", "/api/v1/posts/", 401, None, "127.0.0.1", "WARNING")]


def test_a_page_of_the_desk_that_somebody_may_not_see_is_logged(refused, alice):
    client = Client()
    client.force_login(alice)
    assert client.get("/admin/auth/user/").status_code == 403
    assert refused() == [("GET", "/admin/auth/user/", 403, alice.pk, "127.0.0.1", "WARNING")]


def test_a_form_of_another_site_is_logged(refused):
    headers = {"Sec-Fetch-Site": "cross-site"}
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"}, headers=headers)
    assert response.status_code == 403
    assert refused() == [("POST", "/admin/login/", 403, None, "127.0.0.1", "WARNING")]


def test_what_is_answered_or_does_not_exist_is_not_logged_there(refused, make_post):
    make_post("A post")
    assert [Client().get(path).status_code for path in ("/a-post/", "/nope/", "/admin/")] == [200, 404, 302]
    assert refused() == []
