"""Clients that let the server wait are given up after a time that is a setting, told so, and counted."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from http.client import HTTPConnection
from types import SimpleNamespace

import pytest

from apps.server.connections import Connections, Limits
from tests.server.applications import LARGE
from tests.server.clients import Client, read_all, wait_for
from tests.server.conftest import serving_bench
from tests.server.test_metrics import value
from tests.servers import free_port

pytestmark = [pytest.mark.server, pytest.mark.any_database]

SECONDS, RATE = 1, 100_000
HEAD = b"POST /environ/upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """A bench that waits for a second."""
    settings = {"REQUEST_HEAD_SECONDS": SECONDS, "REQUEST_BODY_SECONDS": SECONDS, "REQUEST_BODY_RATE": RATE}
    settings |= {"METRICS_PORT": free_port(), "TEST_BODY_LIMIT": 500_000}
    with serving_bench(
        tmp_path_factory.mktemp("bench"), **{name: str(number) for name, number in settings.items()}
    ) as bench:
        bench.metrics = Client(f"http://127.0.0.1:{settings['METRICS_PORT']}")
        yield bench


def counted(bench, what: str) -> float:
    return value(bench.metrics.get("/metrics"), "slow_clients_total", what=what)


def drip(connection: socket.socket, drop: bytes) -> bytes:
    """Send a few bytes again and again until the server answers; return what it says until it closes the connection."""
    connection.settimeout(0.1)
    for _time in range(300):
        try:
            answer = connection.recv(65536)
            break
        except TimeoutError:
            with suppress(ConnectionError):  # It may have answered and closed the connection just now.
                connection.sendall(drop)
    else:
        raise AssertionError("the server waits for ever")
    connection.settimeout(30)
    with suppress(ConnectionError):  # A connection that is closed while something arrives ends with a reset.
        while block := connection.recv(65536):
            answer += block
    return answer


def assert_timed_out(answer: bytes) -> None:
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"application/problem+json" in answer
    assert b"#incomplete-request" in answer
    assert b"X-Content-Type-Options: nosniff" in answer


@pytest.mark.parametrize("begun", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n"])
def test_a_head_that_never_ends_gets_a_408(impatient, begun):
    before = counted(impatient, "head")
    assert_timed_out(drip(impatient.client.send(begun), b"X: y\r\n" if b"\n" in begun else b""))
    wait_for(lambda: counted(impatient, "head") == before + 1, "the client to be counted")


def test_the_second_head_of_a_connection_has_the_same_time(impatient):
    connection = impatient.client.send(b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.recv(65536).endswith(b"ok")
    time.sleep(0.2)  # What comes together with the end of a response has the time of an idle connection.
    connection.sendall(b"GET /ok HT")
    assert_timed_out(drip(connection, b""))


def test_a_connection_without_a_request_is_closed_silently(impatient):
    before = counted(impatient, "idle")
    assert read_all(impatient.client.send(b"")) == b""
    wait_for(lambda: counted(impatient, "idle") == before + 1, "the client to be counted")


def test_a_connection_that_has_brought_a_request_may_be_idle_for_longer(impatient):
    connection = HTTPConnection(*impatient.client.address, timeout=30)
    for _time in range(2):
        connection.request("GET", "/ok")
        assert connection.getresponse().read() == b"ok"
        time.sleep(2 * SECONDS)
    connection.close()


@pytest.mark.parametrize(
    ("header", "drop"), [(b"Content-Length: 300000", b"x"), (b"Transfer-Encoding: chunked", b"1\r\nx\r\n")]
)
def test_a_body_that_drips_gets_a_408_and_never_reaches_the_application(impatient, header, drop):
    before, calls = counted(impatient, "body"), impatient.client.calls()
    assert_timed_out(drip(impatient.client.send(HEAD + header + b"\r\n\r\n"), drop))
    wait_for(lambda: counted(impatient, "body") == before + 1, "the client to be counted")
    assert impatient.client.calls().count("/environ/upload") == calls.count("/environ/upload")


def test_a_body_has_more_time_if_it_comes_fast_enough(impatient):
    connection = impatient.client.send(HEAD + b"Content-Length: 300000\r\n\r\n")
    for _part in range(6):
        connection.sendall(b"x" * (SECONDS * RATE // 2))
        time.sleep(SECONDS * 0.3)  # In all, nearly twice the time that it would have without having brought anything.
    assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_does_not_read_its_response_is_given_up(impatient):
    before = counted(impatient, "response")
    connection = impatient.client.send(b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n", receive_buffer=4096)
    wait_for(lambda: counted(impatient, "response") == before + 1, "the client to be counted")
    received = 0
    with suppress(ConnectionError):
        while block := connection.recv(2**20):
            received += len(block)
    assert received < LARGE


def test_a_head_of_many_long_lines_gets_a_431(impatient):
    connection = impatient.client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
    line = b"X-Name: %s\r\n" % (b"x" * 8000)
    answer = drip(connection, line)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"#headers-too-large" in answer


# How many connections


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


@pytest.mark.parametrize(("proxies", "number"), [("0", 10), ("1", 40)], ids=["of one address", "of proxies"])
def test_the_connection_that_has_waited_longest_makes_room_for_another(start_bench, proxies, number):
    # However slow this machine is, none of them is closed for its head.
    bench = start_bench(MAX_CONNECTIONS="40", TRUSTED_PROXIES=proxies, HTTPS="0", REQUEST_HEAD_SECONDS="300")
    silent = []
    for _connection in range(number + 5):
        silent.append(bench.client.send(b""))
        assert bench.client.get("/ok") == b"ok"
    wait_for(lambda: not any(is_open(each) for each in silent[:5]), "the first ones to be closed")
    assert all(is_open(each) for each in silent[-number // 2 :])


def test_of_connections_that_came_at_the_same_time_the_first_one_makes_room():
    # What the clock of an event loop tells can be milliseconds old.
    given_up: list[str] = []
    connections = Connections(
        Limits(connections=4, client_of=str, head_seconds=10, seconds=10, rate=1000),
        SimpleNamespace(time=lambda: 7.0),
        SimpleNamespace(count_slow=lambda _what: None),
    )

    class Waiting:
        address, active_at, is_waiting, late_at = "", 7.0, True, None

        def __init__(self, name: str) -> None:
            self.transport = SimpleNamespace(abort=lambda: given_up.append(name), is_closing=lambda: name in given_up)

    assert all(connections.add(Waiting(name)) for name in "abcdefgh")
    assert given_up == ["a", "b", "c", "d"]


def test_a_connection_is_refused_while_all_are_being_answered(start_bench):
    bench = start_bench(MAX_CONNECTIONS="40")
    busy = [bench.client.send(b"GET /wait/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number) for number in range(10)]
    wait_for(lambda: len(list(bench.gates.glob("begun-*"))) == 8, "the threads to be busy")
    answers = []

    def is_refused() -> bool:
        answers.append(read_all(bench.client.send(b"")) if len(answers) < 100 else b"")
        return answers[-1].startswith(b"HTTP/1.1 503 ")

    wait_for(is_refused, "the connection to be refused")
    assert b"Retry-After: 10" in answers[-1]
    assert b"#busy" in answers[-1]
    bench.open_gate()
    for connection in busy:
        assert connection.recv(65536).endswith(b"ok")
    assert bench.client.get("/ok") == b"ok"
