"""What the page cache says it holds, and what the process has grown by."""

from __future__ import annotations

import re
from pathlib import Path

from . import machine, servers
from .content import Content
from .pages import BROTLI

LIMIT_MB = 64
ROUGHLY_A_PAGE = 12_000
"""Bytes that a page takes in both encodings, at the least: tells how many to ask for to fill the cache."""
HEADINGS = ["page cache", "pages", "bytes it counts (MiB)", "RSS of the worker (MiB)", "growth ÷ bytes counted"]


def table(content: Content) -> list[list[str]]:
    """Measure a worker before and after its cache was filled."""
    port = servers.free_port()
    sizes = {"PAGE_CACHE_MB": str(LIMIT_MB), "METRICS_PORT": str(port)}
    with servers.broadsheet(content.url, content.directory, **sizes) as server:
        machine.unpin(server.process.pid)
        enough = content.paths[: LIMIT_MB * 2**20 // ROUGHLY_A_PAGE]
        # Whoever sends credentials is answered past the cache: the same work as to fill it, and nothing kept.
        servers.ask_all(server.url, enough[:1000], BROTLI | {"Authorization": "none"})
        before = _rss(server.worker)
        servers.ask_all(server.url, enough, BROTLI)
        servers.ask_all(server.url, enough)
        servers.ask_all(server.url, ["/archive/"], BROTLI)  # The sizes are told when a page is made.
        after, pages, size = _rss(server.worker), _metric(port, "pages"), _metric(port, "bytes")
    counted = [f"{pages:,.0f}", f"{size / 2**20:.1f}", f"{after / 2**20:.1f}", f"{(after - before) / max(size, 1):.2f}"]
    return [["empty", "0", "0.0", f"{before / 2**20:.1f}", ""], [f"of {LIMIT_MB} MB, filled", *counted]]


def _rss(pid: int) -> int:
    return int(re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def _metric(port: int, name: str) -> float:
    text = servers.ask(f"http://127.0.0.1:{port}", "/metrics").body.decode()
    return sum(float(value) for value in re.findall(rf"^page_cache_{name}\{{.*\}} (\S+)", text, re.MULTILINE))
