"""Cached responses of the API get a 304 by the same rules as uncached ones."""

from __future__ import annotations

import pytest

from tests.api.writers import Writers
from tests.server.clients import Client

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def writers(serve) -> Writers:
    return Writers(serve())


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_cached_responses_get_a_304_until_the_content_changes(writers, encoding):
    path = writers.send("POST", "posts/", {"title": "Cached", "status": "published"}).headers["Location"]
    reader = Client(writers.server.url)
    for address in ("/api/v1/posts/", path.removeprefix(writers.server.url)):
        first, _body = reader.request("GET", address, Accept_Encoding=encoding)
        etag = first.headers["ETag"]
        again, body = reader.request("GET", address, Accept_Encoding=encoding, If_None_Match=etag)
        assert (again.status, body, again.headers["ETag"]) == (304, b"", etag)
        assert writers.send("GET", f"{writers.server.url}{address}", If_None_Match=etag).status == 304
        writers.send("PATCH", path, {"summary": encoding + address}, If_Match="*")
        assert reader.request("GET", address, Accept_Encoding=encoding, If_None_Match=etag)[0].status == 200
