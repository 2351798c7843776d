"""Who writes reads what they wrote, also where the state of the content was being asked for meanwhile."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.posts import generation
from apps.posts.models import ContentGeneration
from blog_project.page_cache.watch import Watch

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_asked_before_a_write_is_asked_again(monkeypatch):
    ask, asked, told = generation.ask, threading.Event(), threading.Event()

    def ask_slowly():
        state = ask()
        asked.set()
        told.wait(10)
        return state

    async def write_meanwhile(watch):
        early = asyncio.create_task(watch.settle())
        while not asked.is_set():
            await asyncio.sleep(0.001)
        generation.bump()
        late = asyncio.create_task(watch.settle())
        await asyncio.sleep(0)
        told.set()
        await asyncio.gather(early, late)

    generation._forget()
    monkeypatch.setattr(generation, "ask", ask_slowly)
    watch = Watch()
    try:
        # In a thread of its own: this one's loop may be a browser's that another test has open.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, write_meanwhile(watch)).result()
            thread.submit(connections.close_all).result()
        assert watch.state.generation == ContentGeneration.objects.get().value
    finally:
        watch._thread.submit(connections.close_all).result()
