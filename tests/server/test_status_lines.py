"""Status lines say what a status is called, also for the statuses that gunicorn has no name for."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPConnection

import pytest

pytestmark = [pytest.mark.server, pytest.mark.any_database]


def test_a_request_that_another_role_serves_is_called_misdirected(serve):
    connection = HTTPConnection("127.0.0.1", serve(ROLE="create").port, timeout=30)
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert (answer.status, answer.reason) == (421, HTTPStatus.MISDIRECTED_REQUEST.phrase)
    connection.close()
