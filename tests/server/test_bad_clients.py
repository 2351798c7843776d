"""Clients that stall, send incomplete requests or disconnect: they occupy no thread and do not affect others."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from tests.server.applications import BODY_LIMIT, LARGE, THREADS
from tests.server.clients import abort, read_all, wait_for

pytestmark = pytest.mark.server


def upload(length: int, sent: bytes, name: str = "upload") -> bytes:
    return b"POST /environ HTTP/1.1\r\nHost: localhost\r\nX-Name: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        name.encode(),
        length,
        sent,
    )


@pytest.mark.parametrize("path", ["/large", "/file"])
def test_stalled_readers_occupy_no_threads(bench, path):
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    before = bench.client.calls().count(path)
    readers = [bench.client.send(request, receive_buffer=4096) for _ in range(THREADS)]
    wait_for(lambda: bench.client.calls().count(path) == before + THREADS, "the readers' requests")
    for _ in range(2 * THREADS):
        assert bench.client.get("/ok") == b"ok"
    # A stalled reader that continues still gets the whole response.
    head, _, rest = readers[0].recv(65536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    left = LARGE - len(rest)
    while left and (block := readers[0].recv(2**20)):
        left -= len(block)
    assert left == 0
    bench.client.close()


def test_stalled_uploads_occupy_no_threads_and_are_not_processed(bench):
    for _ in range(THREADS):
        bench.client.send(upload(500, b"the beginning"))
    for _ in range(2 * THREADS):
        assert bench.client.get("/ok") == b"ok"
    assert "upload" not in bench.client.calls()


def test_a_truncated_body_never_reaches_the_application(bench):
    for end in (lambda connection: connection.shutdown(1), lambda connection: connection.close(), abort):
        end(bench.client.send(upload(20, b"name=ab&text=cut")))
    connection = bench.client.send(
        b"POST /environ HTTP/1.1\r\nHost: localhost\r\nX-Name: upload\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    )
    abort(connection)
    assert bench.client.get("/ok") == b"ok"
    assert "upload" not in bench.client.calls()


def test_an_upload_that_stalls_for_too_long_gets_a_408(start_bench):
    bench = start_bench(WORKER_TIMEOUT="1")
    answer = read_all(bench.client.send(upload(500, b"the beginning")))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert "upload" not in bench.client.calls()


def test_a_complete_body_arrives_unchanged_whether_chunked_or_not(bench):
    body = bytes(range(250)) * 4
    expected = sha256(body).hexdigest()
    assert json.loads(bench.client.request("POST", "/environ", body)[1])["body"] == expected
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


def test_a_client_that_disconnects_during_its_response_leaves_no_file_open(bench):
    for path in (b"/large", b"/file") * THREADS:
        connection = bench.client.send(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path, receive_buffer=4096)
        assert connection.recv(1000)
        abort(connection)
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


def test_a_queued_request_is_dropped_when_its_client_disconnects(start_bench):
    bench = start_bench()
    for number in range(THREADS):
        bench.client.send(b"GET /wait/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number)
    wait_for(lambda: len(list(bench.gates.glob("begun-*"))) == THREADS, "all threads to be busy")
    abort(bench.client.send(upload(5, b"hello", name="waited")))
    wait_for(lambda: "POST /environ 499" in bench.server.log.read_text(), "the disconnect to be noticed")
    bench.open_gate()
    assert bench.client.get("/ok") == b"ok"
    assert "waited" not in bench.client.calls()


def test_a_response_file_is_closed_when_its_client_has_disconnected(start_bench):
    bench = start_bench()
    connection = bench.client.send(b"GET /wait/0/file HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_for((bench.gates / "begun-0").exists, "the request to begin")
    abort(connection)
    wait_for(lambda: "GET /wait/0/file 499" in bench.server.log.read_text(), "the disconnect to be noticed")
    bench.open_gate()
    wait_for((bench.gates / "file-closed").exists, "the file to be closed")


def test_a_running_request_is_finished_when_its_client_disconnects(start_bench):
    bench = start_bench()
    connection = bench.client.send(b"GET /wait/0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_for((bench.gates / "begun-0").exists, "the request to begin")
    abort(connection)
    bench.open_gate()
    assert bench.client.get("/ok") == b"ok"
    assert "/wait/0" in bench.client.calls()
