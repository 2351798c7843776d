"""Read your writes, even if the state of the content was being queried during the write."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.core import content_state
from apps.core.models import ContentGeneration
from apps.server.page_cache.state_monitor import StateMonitor

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_state_queried_before_a_write_is_queried_again(monkeypatch):
    fetch, fetched, written = content_state.fetch, threading.Event(), threading.Event()

    def fetch_slowly():
        state = fetch()
        fetched.set()
        written.wait(10)
        return state

    async def write_meanwhile(monitor):
        early = asyncio.create_task(monitor.refresh())
        while not fetched.is_set():
            await asyncio.sleep(0.001)
        content_state.bump()
        late = asyncio.create_task(monitor.refresh())
        await asyncio.sleep(0)
        written.set()
        await asyncio.gather(early, late)

    content_state.invalidate()
    monkeypatch.setattr(content_state, "fetch", fetch_slowly)
    monitor = StateMonitor()
    try:
        # In a separate thread, because Playwright may have an event loop in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, write_meanwhile(monitor)).result()
            thread.submit(connections.close_all).result()
        assert monitor.state.generation == ContentGeneration.objects.get().value
    finally:
        monitor._thread.submit(connections.close_all).result()
