"""The size of the page cache by its own count, and the growth of the process by RSS."""

from __future__ import annotations

import re
from pathlib import Path

from . import machine, servers
from .content import Content
from .pages import BROTLI

LIMIT_MB = 64
MIN_PAGE_BYTES = 12_000
"""The least bytes of a page in both encodings; gives the number of requests that fill the cache."""
HEADINGS = ["page cache", "pages", "bytes it counts (MiB)", "RSS of the worker (MiB)", "growth ÷ bytes counted"]


def table(content: Content) -> list[list[str]]:
    """Measure a worker before and after its cache is filled, and return the rows of the table."""
    port = servers.free_port()
    sizes = {"PAGE_CACHE_MB": str(LIMIT_MB), "METRICS_PORT": str(port)}
    with servers.broadsheet(content.url, content.directory, **sizes) as server:
        machine.unpin(server.process.pid)
        paths = content.paths[: LIMIT_MB * 2**20 // MIN_PAGE_BYTES]
        # Requests with credentials bypass the cache: the same work as filling it, but nothing is stored.
        servers.get_all(server.url, paths[:1000], BROTLI | {"Authorization": "none"})
        before = _rss(server.worker)
        servers.get_all(server.url, paths, BROTLI)
        servers.get_all(server.url, paths)
        servers.get_all(server.url, ["/archive/"], BROTLI)  # The size metrics are updated when a page is rendered.
        after, pages, size = _rss(server.worker), _metric(port, "pages"), _metric(port, "bytes")
    counted = [f"{pages:,.0f}", f"{size / 2**20:.1f}", f"{after / 2**20:.1f}", f"{(after - before) / max(size, 1):.2f}"]
    return [["empty", "0", "0.0", f"{before / 2**20:.1f}", ""], [f"of {LIMIT_MB} MB, filled", *counted]]


def _rss(pid: int) -> int:
    return int(re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def _metric(port: int, name: str) -> float:
    text = servers.get(f"http://127.0.0.1:{port}", "/metrics").body.decode()
    return sum(float(value) for value in re.findall(rf"^page_cache_{name}\{{.*\}} (\S+)", text, re.MULTILINE))
