"""A form that another site has an editor's browser send is refused, wherever in the admin it leads."""

import pytest

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
def test_a_form_without_the_token_of_its_page_is_refused(path, mounted, erika, log_in):
    client = log_in(erika, enforce_csrf_checks=True)
    response = client.post(path, {"post": "yes"}, headers={"Sec-Fetch-Site": "cross-site"}, SCRIPT_NAME=mounted)
    assert response.status_code == 403
