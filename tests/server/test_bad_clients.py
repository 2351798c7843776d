"""Clients that stall, lie or leave: they get nothing done, they hold no thread, and the others are answered."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from tests.server.applications import BODY_LIMIT, LARGE, THREADS
from tests.server.clients import read_all, vanish, wait_for

pytestmark = pytest.mark.server


def upload(length: int, sent: bytes, name: str = "upload") -> bytes:
    return b"POST /environ HTTP/1.1\r\nHost: localhost\r\nX-Name: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        name.encode(),
        length,
        sent,
    )


@pytest.mark.parametrize("path", ["/large", "/file"])
def test_as_many_stalled_readers_as_threads_hold_none(bench, path):
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    before = bench.client.calls().count(path)
    readers = [bench.client.send(request, receive_buffer=4096) for _ in range(THREADS)]
    wait_for(lambda: bench.client.calls().count(path) == before + THREADS, "the readers' requests")
    for _ in range(2 * THREADS):
        assert bench.client.get("/ok") == b"ok"
    # A reader who comes back to it still gets everything.
    head, _, rest = readers[0].recv(65536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    left = LARGE - len(rest)
    while left and (block := readers[0].recv(2**20)):
        left -= len(block)
    assert left == 0
    bench.client.hang_up()


def test_as_many_stalled_uploads_as_threads_hold_none_and_are_not_carried_out(bench):
    for _ in range(THREADS):
        bench.client.send(upload(500, b"the beginning"))
    for _ in range(2 * THREADS):
        assert bench.client.get("/ok") == b"ok"
    assert "upload" not in bench.client.calls()


def test_a_truncated_body_is_never_taken_for_whole(bench):
    for leave in (lambda connection: connection.shutdown(1), lambda connection: connection.close(), vanish):
        leave(bench.client.send(upload(20, b"name=ab&text=cut")))
    leave = bench.client.send(
        b"POST /environ HTTP/1.1\r\nHost: localhost\r\nX-Name: upload\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    )
    vanish(leave)
    assert bench.client.get("/ok") == b"ok"
    assert "upload" not in bench.client.calls()


def test_an_upload_that_stalls_for_too_long_is_told_so(start_bench):
    bench = start_bench(WORKER_TIMEOUT="1")
    answer = read_all(bench.client.send(upload(500, b"the beginning")))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert "upload" not in bench.client.calls()


def test_a_whole_body_arrives_as_it_was_sent_however_it_was_cut(bench):
    body = bytes(range(250)) * 4
    expected = sha256(body).hexdigest()
    assert json.loads(bench.client.ask("POST", "/environ", body)[1])["body"] == expected
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + 7]), body[i : i + 7]) for i in range(0, len(body), 7))
    connection = bench.client.send(
        b"POST /environ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        + chunks
        + b"0\r\n\r\n"
    )
    environ = json.loads(read_all(connection).partition(b"\r\n\r\n")[2])
    assert environ["body"] == expected
    assert environ["CONTENT_LENGTH"] == str(BODY_LIMIT)
    assert "HTTP_TRANSFER_ENCODING" not in environ


def test_a_client_that_leaves_in_the_middle_of_its_answer_disturbs_nobody(bench):
    for path in (b"/large", b"/file") * THREADS:
        connection = bench.client.send(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path, receive_buffer=4096)
        assert connection.recv(1000)
        vanish(connection)
    assert bench.client.get("/ok") == b"ok"
    wait_for(lambda: len(open_files(bench)) == 0, "the files to be closed")


def open_files(bench) -> list[str]:
    """Return the large files that the worker has open."""
    from pathlib import Path

    main = bench.server.process.pid
    workers = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    links = [link for pid in workers for link in Path(f"/proc/{pid}/fd").iterdir()]
    return [
        target for link in links if (target := str(link.readlink()) if link.exists() else "").endswith("large-file")
    ]


def test_a_request_whose_client_left_while_it_waited_is_dropped(start_bench):
    bench = start_bench()
    for number in range(THREADS):
        bench.client.send(b"GET /wait/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number)
    wait_for(lambda: len(list(bench.gates.glob("begun-*"))) == THREADS, "all threads to be busy")
    vanish(bench.client.send(upload(5, b"hello", name="waited")))
    wait_for(lambda: "POST /environ 499" in bench.server.log.read_text(), "its client to be missed")
    bench.open_gate()
    assert bench.client.get("/ok") == b"ok"
    assert "waited" not in bench.client.calls()


def test_a_file_that_nobody_is_left_to_read_is_closed(start_bench):
    bench = start_bench()
    connection = bench.client.send(b"GET /wait/0/file HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_for((bench.gates / "begun-0").exists, "the request to begin")
    vanish(connection)
    wait_for(lambda: "GET /wait/0/file 499" in bench.server.log.read_text(), "its client to be missed")
    bench.open_gate()
    wait_for((bench.gates / "file-closed").exists, "the file to be closed")


def test_a_request_whose_client_left_while_it_was_worked_on_is_finished(start_bench):
    bench = start_bench()
    connection = bench.client.send(b"GET /wait/0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_for((bench.gates / "begun-0").exists, "the request to begin")
    vanish(connection)
    bench.open_gate()
    assert bench.client.get("/ok") == b"ok"
    assert "/wait/0" in bench.client.calls()
