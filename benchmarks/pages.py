"""Pages and the API, kept and uncached, beside a bare server and a plain Django blog."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from . import machine, servers
from .content import Content, for_plain
from .measure import Case, Rate, rates

BROTLI = {"Accept-Encoding": "br"}
ROOMY = {"PAGE_CACHE_MB": "512"}
"""Room for every page in both encodings."""
API_LIST = "/api/v1/posts/"
FEW = 1000
"""How many posts the caches that are only compared with hold: to fill them takes long."""


def hits(content: Content, seconds: float, disturbed: list[float]) -> list[Rate]:
    """Measure cached pages: compressed and not, 304, and with access lines, each beside a bare server, which has none."""
    with ExitStack() as stack:
        logging, silent = (
            stack.enter_context(servers.broadsheet(content.url, content.directory, ACCESS_LOG=log, **ROOMY))
            for log in ("1", "0")
        )
        with ThreadPoolExecutor() as pool:
            # Each page names its own server, so the ETags are those of the one that is asked with them.
            _others, tags = pool.map(lambda server: _warm(server, content.paths), (logging, silent))

        def bare(path: str, headers: dict[str, str]) -> servers.Server:
            answer = servers.ask(silent.url, path, headers)
            return stack.enter_context(servers.bare(answer, content.url, content.directory))

        post, known = content.paths[len(content.paths) // 2], list(tags.items())
        conditional = [f"{path}\t{tag}" for path, tag in known if path != "/"]
        # Each beside what it is compared with, so that both have the same moment of the machine.
        quick = {"wanted": 0.85, "p99_wanted": 3}
        base = "bare server: home, brotli"
        cases = [
            Case(base, bare("/", BROTLI), ["/"], BROTLI),
            Case("home, brotli", silent, ["/"], BROTLI, base, **quick),
            Case("home, brotli, with access lines", logging, ["/"], BROTLI, base),
        ]
        base = "bare server: post, brotli"
        cases += [
            Case(base, bare(post, BROTLI), content.paths, BROTLI),
            Case("random post, brotli", silent, content.paths, BROTLI, base, **quick),
            Case("random post, brotli, with access lines", logging, content.paths, BROTLI, base),
        ]
        base = "bare server: post, identity"
        cases += [
            Case(base, bare(post, {}), content.paths),
            Case("random post, identity", silent, content.paths, {}, base, **quick),
        ]
        base = "bare server: 304"
        cases += [
            Case(base, bare(post, {"If-None-Match": tags[post]}), conditional),
            Case("random post, 304", silent, conditional, BROTLI, base, **quick),
        ]
        return rates(cases, seconds=seconds, disturbed=disturbed)


def misses(content: Content, seconds: float, disturbed: list[float]) -> list[Rate]:
    """Measure uncached pages beside the plain Django blog's, and the caches that are usual there."""
    with ExitStack() as stack:
        # Frontend pods, which serve the pages of a split site. A cached page is not made, so for the home page nothing is
        # kept; of the posts, there is room for one in a hundred.
        nothing, little = (
            stack.enter_context(
                servers.broadsheet(content.url, content.directory, ROLE="frontend", ACCESS_LOG="0", PAGE_CACHE_MB=size)
            )
            for size in ("0", "1")
        )
        database_url = stack.enter_context(for_plain(content, FEW))
        plain, middleware, wsgi = (
            stack.enter_context(servers.plain(database_url, content.directory, cache))
            for cache in ("", "django", "wsgi")
        )
        few = content.paths[:FEW]
        for server in (middleware, wsgi):
            servers.ask_all(server.url, ["/", *few])
        home, post = "plain Django: home", "plain Django: random post"
        cases = [
            Case(home, plain, ["/"]),
            Case("home, uncached", nothing, ["/"], {}, home, wanted=1.3),
            Case(post, plain, few),
            Case("random post, uncached", little, content.paths, {}, post, wanted=1.3),
            Case("Django's cache middleware: home", middleware, ["/"], {}, home),
            Case("Django's cache middleware: random post", middleware, few, {}, post),
            Case("a cache as WSGI middleware: home", wsgi, ["/"], {}, home),
            Case("a cache as WSGI middleware: random post", wsgi, few, {}, post),
        ]
        return rates(cases, seconds=seconds, disturbed=disturbed)


def api(content: Content, seconds: float, disturbed: list[float]) -> list[Rate]:
    """Measure anonymous reads of the API, kept and uncached."""
    paths = [f"{API_LIST}{pk}/" for pk in content.ids]
    with ExitStack() as stack:
        kept = stack.enter_context(servers.broadsheet(content.url, content.directory, **ROOMY))
        uncached = stack.enter_context(servers.broadsheet(content.url, content.directory, PAGE_CACHE_MB="0"))
        few = paths[:: max(1, len(paths) // FEW)][:FEW]
        servers.ask_all(kept.url, [API_LIST, *few], BROTLI)
        cases = [
            Case("list, uncached", uncached, [API_LIST], BROTLI),
            Case("random post, uncached", uncached, paths, BROTLI),
            Case("list, kept", kept, [API_LIST], BROTLI, "list, uncached"),
            Case("random post, kept", kept, few, BROTLI, "random post, uncached"),
        ]
        return rates(cases, seconds=seconds, disturbed=disturbed)


def _warm(server: servers.Server, paths: list[str]) -> dict[str, str]:
    """Have every page kept, compressed and not; return the ETag of each."""
    machine.unpin(server.process.pid)
    paths = ["/", *paths]
    tags = servers.ask_all(server.url, paths, BROTLI)
    servers.ask_all(server.url, paths)
    machine.pin(server.process.pid, [machine.SERVER_CORE])
    return dict(zip(paths, tags, strict=True))
