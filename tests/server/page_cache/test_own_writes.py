"""Who writes reads what they wrote, also where the state of the content was being asked for meanwhile."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.core import content_state
from apps.core.models import ContentGeneration
from apps.server.page_cache.state_monitor import StateMonitor

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_asked_before_a_write_is_asked_again(monkeypatch):
    ask, asked, told = content_state.fetch, threading.Event(), threading.Event()

    def ask_slowly():
        state = ask()
        asked.set()
        told.wait(10)
        return state

    async def write_meanwhile(monitor):
        early = asyncio.create_task(monitor.refresh())
        while not asked.is_set():
            await asyncio.sleep(0.001)
        content_state.bump()
        late = asyncio.create_task(monitor.refresh())
        await asyncio.sleep(0)
        told.set()
        await asyncio.gather(early, late)

    content_state._forget()
    monkeypatch.setattr(content_state, "fetch", ask_slowly)
    monitor = StateMonitor()
    try:
        # In a thread of its own: this one's loop may be a browser's that another test has open.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, write_meanwhile(monitor)).result()
            thread.submit(connections.close_all).result()
        assert monitor.state.generation == ContentGeneration.objects.get().value
    finally:
        monitor._thread.submit(connections.close_all).result()
