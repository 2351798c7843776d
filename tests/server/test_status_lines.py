"""Status lines have the reason phrase, also of statuses that gunicorn does not know."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPConnection

import pytest

pytestmark = [pytest.mark.server, pytest.mark.any_database]


def test_a_421_has_its_reason_phrase(serve):
    connection = HTTPConnection("127.0.0.1", serve(ROLE="create").port, timeout=30)
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert (answer.status, answer.reason) == (421, HTTPStatus.MISDIRECTED_REQUEST.phrase)
    connection.close()
