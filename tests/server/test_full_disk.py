"""A body for which the disk has no room is refused, and takes nothing for good."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.server.refusals import Refused
from apps.server.request_bodies import BLOCK, MAX_LARGE_BODIES, BodyReader

pytestmark = pytest.mark.any_database

ROOM = 20 * BLOCK + 1000
MEGABYTE = 2**20


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let files have so many bytes and no more: to a process, that is a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


# What is left when the disk is full is written as a block, or only when the file is read or closed.
@pytest.mark.parametrize("more", [1, 1001, 5000, BLOCK, 10 * BLOCK])
def test_a_full_disk_refuses_a_body_and_everything_is_given_back(more, full_disk, tmp_path):
    size = ROOM + more
    bodies = BodyReader(
        lambda method, path: size, number=10, budget=MEGABYTE, max_in_memory=MEGABYTE, folder=str(tmp_path)
    )
    scope = {"method": "POST", "path": "/", "headers": [(b"content-length", b"%d" % size)], "client": ("192.0.2.1", 1)}

    async def send() -> int:
        left = [b"x" * BLOCK] * (size // BLOCK) + [b"x" * (size % BLOCK)]

        async def receive() -> dict:
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        with pytest.raises(Refused) as refusal:
            await bodies.read(scope, receive)
        return refusal.value.status

    # In a thread of its own: a browser of another test keeps a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        answers = [thread.submit(asyncio.run, send()).result() for _ in range(MAX_LARGE_BODIES + 1)]
    assert answers == [503] * (MAX_LARGE_BODIES + 1)
    assert (bodies.bodies.left, bodies.memory.left, bodies.large.left) == (10, MEGABYTE, MAX_LARGE_BODIES)
