"""Pages and the API, cached and uncached, beside a bare server and a plain Django blog."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from . import machine, servers
from .content import Content, plain_copy
from .measure import Case, Rate, rates

BROTLI = {"Accept-Encoding": "br"}
LARGE_CACHE = {"PAGE_CACHE_MB": "512"}
"""Room for every page in both encodings."""
API_LIST = "/api/v1/posts/"
SAMPLE_SIZE = 1000
"""The number of posts in the caches that Broadsheet is compared with, which take long to fill."""


def hits(content: Content, seconds: float, other_load: list[float]) -> list[Rate]:
    """Measure cached pages beside a bare server: compressed, uncompressed, 304, and with access lines."""
    with ExitStack() as stack:
        logging, silent = (
            stack.enter_context(servers.broadsheet(content.url, content.directory, ACCESS_LOG=log, **LARGE_CACHE))
            for log in ("1", "0")
        )
        with ThreadPoolExecutor() as pool:
            # Pages contain the address of their server, so the ETags must be those of `silent`.
            _others, etags = pool.map(lambda server: _warm(server, content.paths), (logging, silent))

        def bare(path: str, headers: dict[str, str]) -> servers.Server:
            response = servers.get(silent.url, path, headers)
            return stack.enter_context(servers.bare(response, content.url, content.directory))

        post, etag_items = content.paths[len(content.paths) // 2], list(etags.items())
        conditional = [f"{path}\t{etag}" for path, etag in etag_items if path != "/"]
        # Each case follows its baseline, so that both run under the same conditions.
        targets = {"min_ratio": 0.85, "max_p99": 3}
        base = "bare server: home, brotli"
        cases = [
            Case(base, bare("/", BROTLI), ["/"], BROTLI),
            Case("home, brotli", silent, ["/"], BROTLI, baseline=base, **targets),
            Case("home, brotli, with access lines", logging, ["/"], BROTLI, baseline=base),
        ]
        base = "bare server: post, brotli"
        cases += [
            Case(base, bare(post, BROTLI), content.paths, BROTLI),
            Case("random post, brotli", silent, content.paths, BROTLI, baseline=base, **targets),
            Case("random post, brotli, with access lines", logging, content.paths, BROTLI, baseline=base),
        ]
        base = "bare server: post, identity"
        cases += [
            Case(base, bare(post, {}), content.paths),
            Case("random post, identity", silent, content.paths, {}, baseline=base, **targets),
        ]
        base = "bare server: 304"
        cases += [
            Case(base, bare(post, {"If-None-Match": etags[post]}), conditional),
            Case("random post, 304", silent, conditional, BROTLI, baseline=base, **targets),
        ]
        return rates(cases, seconds=seconds, other_load=other_load)


def misses(content: Content, seconds: float, other_load: list[float]) -> list[Rate]:
    """Measure uncached pages beside those of a plain Django blog, without and with the usual caches."""
    with ExitStack() as stack:
        # Frontend pods, which serve the pages of a split site. The home page is measured without a page cache, and the
        # posts with one that has room for one in a hundred.
        no_cache, small_cache = (
            stack.enter_context(
                servers.broadsheet(content.url, content.directory, ROLE="frontend", ACCESS_LOG="0", PAGE_CACHE_MB=size)
            )
            for size in ("0", "1")
        )
        database_url = stack.enter_context(plain_copy(content, SAMPLE_SIZE))
        plain, middleware, wsgi = (
            stack.enter_context(servers.plain(database_url, content.directory, cache))
            for cache in ("", "django", "wsgi")
        )
        sample = content.paths[:SAMPLE_SIZE]
        for server in (middleware, wsgi):
            servers.get_all(server.url, ["/", *sample])
        home, post = "plain Django: home", "plain Django: random post"
        cases = [
            Case(home, plain, ["/"]),
            Case("home, uncached", no_cache, ["/"], {}, baseline=home, min_ratio=1.3),
            Case(post, plain, sample),
            Case("random post, uncached", small_cache, content.paths, {}, baseline=post, min_ratio=1.3),
            Case("Django's cache middleware: home", middleware, ["/"], {}, baseline=home),
            Case("Django's cache middleware: random post", middleware, sample, {}, baseline=post),
            Case("a cache as WSGI middleware: home", wsgi, ["/"], {}, baseline=home),
            Case("a cache as WSGI middleware: random post", wsgi, sample, {}, baseline=post),
        ]
        return rates(cases, seconds=seconds, other_load=other_load)


def api(content: Content, seconds: float, other_load: list[float]) -> list[Rate]:
    """Measure anonymous reads of the API, cached and uncached."""
    paths = [f"{API_LIST}{pk}/" for pk in content.ids]
    with ExitStack() as stack:
        cached = stack.enter_context(servers.broadsheet(content.url, content.directory, **LARGE_CACHE))
        uncached = stack.enter_context(servers.broadsheet(content.url, content.directory, PAGE_CACHE_MB="0"))
        sample = paths[:: max(1, len(paths) // SAMPLE_SIZE)][:SAMPLE_SIZE]
        servers.get_all(cached.url, [API_LIST, *sample], BROTLI)
        cases = [
            Case("list, uncached", uncached, [API_LIST], BROTLI),
            Case("random post, uncached", uncached, paths, BROTLI),
            Case("list, cached", cached, [API_LIST], BROTLI, baseline="list, uncached"),
            Case("random post, cached", cached, sample, BROTLI, baseline="random post, uncached"),
        ]
        return rates(cases, seconds=seconds, other_load=other_load)


def _warm(server: servers.Server, paths: list[str]) -> dict[str, str]:
    """Fill the page cache with every page, compressed and not; return the ETag of each compressed page."""
    machine.unpin(server.process.pid)
    paths = ["/", *paths]
    etags = servers.get_all(server.url, paths, BROTLI)
    servers.get_all(server.url, paths)
    machine.pin(server.process.pid, [machine.SERVER_CORE])
    return dict(zip(paths, etags, strict=True))
