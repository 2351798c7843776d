"""A request belongs to the role that a gateway takes it for: by its path as it was sent, and not as it is decoded."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

pytestmark = pytest.mark.any_database


@pytest.fixture(scope="module")
def monolith(serve):
    return serve()


@pytest.mark.server
@pytest.mark.parametrize("path", ["/%61pi/v1/posts/", "/api%2Fv1/posts/", "/%61dmin/", "/admin%2F", "/%70review/1/"])
def test_a_prefix_that_is_encoded_leads_nowhere(monolith, path):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(monolith.url + path)


@pytest.mark.server
@pytest.mark.parametrize("path", ["/api/v1/%70osts/", "/%73earch/", "/admin/%6Cogin/"])
def test_what_is_encoded_behind_the_prefix_is_decoded(monolith, path):
    assert urllib.request.urlopen(monolith.url + path).status == 200


@pytest.mark.parametrize("path", ["/", "/archive/", "/api/v1/posts/"])
def test_no_answer_but_the_admins_sets_a_cookie_whatever_cookie_is_sent(client, db, path):
    response = client.get(path, headers={"Cookie": "csrftoken=x"})
    assert "Set-Cookie" not in response
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
