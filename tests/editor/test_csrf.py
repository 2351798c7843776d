"""Every form of the admin refuses a cross-site request without a CSRF token."""

import pytest
from django.test import Client

pytestmark = pytest.mark.any_database

FORMS = [
    "/admin/login/",
    "/admin/logout/",
    "/admin/password_change/",
    "/admin/password_reset/",
    "/admin/reset/MQ/set-password/",
    "/admin/posts/post/",
    "/admin/posts/post/add/",
    "/admin/posts/tag/add/",
    "/admin/auth/user/add/",
    "/preview/1/",
]


@pytest.mark.parametrize("mounted", ["", "/blog"])
@pytest.mark.parametrize("path", FORMS)
def test_a_cross_site_form_without_a_csrf_token_is_a_403(path, mounted, erika, log_in):
    client = log_in(erika, enforce_csrf_checks=True)
    response = client.post(path, {"post": "yes"}, headers={"Sec-Fetch-Site": "cross-site"}, SCRIPT_NAME=mounted)
    assert response.status_code == 403


def test_a_form_stays_valid_after_another_page_was_opened(erika, log_in):
    client = log_in(erika, enforce_csrf_checks=True)
    form = client.get("/admin/posts/tag/add/")
    client.get("/admin/posts/tag/add/")
    fields = {"name": "Tides", "slug": "", "description": "", "csrfmiddlewaretoken": str(form.context["csrf_token"])}
    assert client.post("/admin/posts/tag/add/", fields).status_code != 403


def test_messages_are_in_no_cookie(erika, log_in):
    client = log_in(erika)
    response = client.post("/admin/posts/tag/add/", {"name": "Tides", "slug": "", "description": ""})
    assert (response.status_code, set(response.cookies) & {"messages"}) == (302, set())
    assert "Tides" in client.get("/admin/").content.decode()


def test_no_script_can_read_the_cookie(db):
    response = Client().get("/admin/login/")
    assert response.cookies["csrftoken"]["httponly"]
