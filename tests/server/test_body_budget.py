"""All bodies together take no more memory than a setting says, and no client so much that others get nothing."""

from __future__ import annotations

import json

import pytest

from apps.server.request_bodies import FREE_BYTES, Budget
from tests.server.clients import read_all, wait_for

pytestmark = pytest.mark.any_database

HEAD = "POST /environ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
SIZE = 100_000


def fill(budget: Budget, client: str) -> int:
    """Take as much as a client gets; return how much."""
    taken = 0
    while budget.take(client, 1):
        taken += 1
    return taken


def test_one_client_gets_half_and_there_is_always_something_for_the_next():
    budget = Budget(1024)
    assert [fill(budget, client) for client in "abcde"] == [512, 256, 128, 64, 32]
    assert budget.left == 32


def test_what_is_given_back_can_be_taken_by_others():
    budget = Budget(100)
    assert budget.take("a", 50)
    assert budget.take("b", 25)
    budget.give_back("a", 50)
    assert fill(budget, "b") == 25
    budget.give_back("b", 50)
    assert budget.left == 100


def test_all_of_a_small_number_can_be_taken():
    budget = Budget(4)
    assert [fill(budget, client) for client in "abcd"] == [2, 1, 1, 0]


@pytest.fixture
def small(start_bench):
    """A bench with room for four bodies behind a proxy."""
    room = 4 * (SIZE - FREE_BYTES)
    return start_bench(TEST_BUDGET=str(room), TEST_BODY_LIMIT=str(SIZE), TRUSTED_PROXIES="1", HTTPS="0")


def send(bench, address: str, sent: int = SIZE - 1):
    return bench.client.send((HEAD % (address, SIZE)).encode() + b"x" * sent)


def status(bench, address: str, size: int = SIZE) -> int:
    return bench.client.request("POST", "/environ", b"x" * size, X_Forwarded_For=address)[0].status


@pytest.mark.server
def test_a_client_that_has_its_share_gets_a_503_and_others_are_served(small):
    waiting = [send(small, "192.0.2.1") for _body in range(2)]
    wait_for(lambda: status(small, "192.0.2.1") == 503, "the share to be taken")
    response, body = small.client.request("POST", "/environ", b"x" * SIZE, X_Forwarded_For="192.0.2.1")
    assert (response.status, int(response.headers["Retry-After"]) > 0) == (503, True)
    assert json.loads(body)["type"].endswith("#busy")
    # Another client, and even this one with a small body.
    assert status(small, "192.0.2.2") == 200
    assert status(small, "192.0.2.1", FREE_BYTES) == 200
    for connection in waiting:
        connection.sendall(b"x")
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")
    assert status(small, "192.0.2.1") == 200


@pytest.mark.server
def test_a_client_that_leaves_gives_its_share_back(small):
    for _body in range(5):
        send(small, "192.0.2.1").close()
    wait_for(lambda: status(small, "192.0.2.1") == 200, "room")


@pytest.mark.server
def test_a_body_that_is_announced_and_not_sent_takes_nothing(small):
    for _body in range(20):
        send(small, "192.0.2.1", 0)
    assert status(small, "192.0.2.1") == 200


@pytest.mark.server
def test_an_upload_for_which_the_disk_has_no_room_gets_a_503(start_bench, tmp_path):
    bench = start_bench(TEST_FOLDER=str(tmp_path / "missing"))
    response, body = bench.client.request("POST", "/environ/upload", b"x" * 5000)
    assert (response.status, json.loads(body)["type"].split("#")[1]) == (503, "busy")
    assert bench.client.request("POST", "/environ/upload", b"x" * 500)[0].status == 200
