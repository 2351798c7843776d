"""An HTTP client for well-formed requests and for raw connections."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

PATIENCE = 30
"""Timeout in seconds; only a failing test waits that long."""


class Client:
    """A client of one server."""

    def __init__(self, url: str) -> None:
        self.address = (urlsplit(url).hostname, urlsplit(url).port)
        self._connections = ExitStack()

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[HTTPResponse, bytes]:
        """Make one request; return the response and its body. In names of headers, `_` stands for `-`."""
        connection = HTTPConnection(*self.address, timeout=PATIENCE)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content

    def get(self, path: str) -> bytes:
        """Return the body of a GET request, which has to be answered with 200."""
        response, content = self.request("GET", path)
        assert response.status == 200, (path, response.status, content)
        return content

    def calls(self) -> list[str]:
        """Return the requests that have reached the test application."""
        return json.loads(self.get("/calls"))

    def send(self, request: bytes, receive_buffer: int = 0) -> socket.socket:
        """Open a connection, send `request`, and keep the connection open until `close`."""
        connection = self._connections.enter_context(socket.socket())
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(PATIENCE)
        connection.connect(self.address)
        connection.sendall(request)
        return connection

    def close(self) -> None:
        """Close the connections that `send` has opened."""
        self._connections.close()


def abort(connection: socket.socket) -> None:
    """Close a connection with a reset (RST) instead of an orderly shutdown."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_all(connection: socket.socket) -> bytes:
    """Read until the server closes the connection."""
    received = bytearray()
    while block := connection.recv(65536):
        received += block
    return bytes(received)


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until `condition` is true; fail after PATIENCE seconds, naming `what`."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
