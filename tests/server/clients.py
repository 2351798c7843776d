"""Clients that do as they please with a connection, well or badly."""

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
"""Seconds until a test gives up on a server; no test waits for it unless it fails."""


class Client:
    """Talks to one server."""

    def __init__(self, url: str) -> None:
        self.address = (urlsplit(url).hostname, urlsplit(url).port)
        self.open = ExitStack()

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[HTTPResponse, bytes]:
        """Make one well-behaved request; return the response and its body."""
        connection = HTTPConnection(*self.address, timeout=PATIENCE)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content

    def get(self, path: str) -> bytes:
        """Return the body of a page that must be there."""
        response, content = self.ask("GET", path)
        assert response.status == 200, (path, response.status, content)
        return content

    def calls(self) -> list[str]:
        """Return what the test application was asked so far."""
        return json.loads(self.get("/calls"))

    def send(self, request: bytes, receive_buffer: int = 0) -> socket.socket:
        """Open a connection, write to it, and leave it open until `hang_up`."""
        connection = self.open.enter_context(socket.socket())
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(PATIENCE)
        connection.connect(self.address)
        connection.sendall(request)
        return connection

    def hang_up(self) -> None:
        """Close what is open."""
        self.open.close()


def vanish(connection: socket.socket) -> None:
    """Leave without a goodbye: a reset instead of an orderly close."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_all(connection: socket.socket) -> bytes:
    """Read until the server closes."""
    received = bytearray()
    while block := connection.recv(65536):
        received += block
    return bytes(received)


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
