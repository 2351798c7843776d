"""The role of a request follows from its raw path, as in gateways, and not from the decoded path."""

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
def test_a_percent_encoded_prefix_is_a_404(monolith, path):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(monolith.url + path)


@pytest.mark.server
@pytest.mark.parametrize("path", ["/api/v1/%70osts/", "/%73earch/", "/admin/%6Cogin/"])
def test_percent_encoding_after_the_prefix_is_decoded(monolith, path):
    assert urllib.request.urlopen(monolith.url + path).status == 200


@pytest.mark.parametrize("path", ["/", "/archive/", "/api/v1/posts/"])
def test_responses_outside_the_admin_set_no_cookie(client, db, path):
    response = client.get(path, headers={"Cookie": "csrftoken=x"})
    assert "Set-Cookie" not in response
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
