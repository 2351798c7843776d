"""The page cache: what anybody may see is made once, kept compressed, and sent from the event loop.

A page is a pure function of its address and of the state of the content (`apps.posts.generation`), so it is good for
as long as that state is: nothing has to be told which pages a change concerns. A hit asks no database and runs nothing
of Django. How a request goes:

1. Is the page kept under the very words of the request, from the state that the content is in? Then it is sent
   (`Hits`). That is nearly every request, so nothing else is done for it.
2. Is it one that a kept page may answer (`_wanted`)? A GET or HEAD of a page, or of the API by nobody in particular.
3. Which state is the content in (`Watch`)? That is asked at most once a second, by whoever comes first.
4. Is the page kept from that state, in any encoding? If not, it is made once, however many wait for it (`_made`).

While the database is away the last state that was known goes on, so kept pages are served, with their age.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import re
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import brotli
from django.conf import settings
from django.db import connection
from django.http.request import split_domain_port, validate_host
from django.utils.http import parse_etags, parse_http_date_safe

from apps.posts import generation
from blog_project import addresses, logs, metrics, roles
from blog_project.bridge import Receive, Scope, Send

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""How long requests wait for the database to say which state the content is in; then it counts as away."""
LEAST_COMPRESSED = 512
"""Bytes of a body below which compression saves nothing."""
OVERHEAD = 1024
"""Bytes that a kept page takes beside its body and its address: its headers and what Python adds."""
ENCODINGS = (b"br", b"gzip", b"")
"""What pages are sent in, the best first; the last is the page as it was made."""

Headers = tuple[tuple[bytes, bytes], ...]

# What is said anew of each answer.
_OF_ONE_ANSWER = frozenset([b"content-length", b"x-request-id", b"date", b"connection", b"age"])
# What a page has of its own; the rest is nearly always what others say too.
_OF_ONE_PAGE = frozenset([b"etag", b"last-modified"])
_OF_A_BODY = frozenset([b"content-type", b"content-encoding", b"content-language"])
# Sent by an nginx of components/edge-cache that would keep the answer: EXPIRED where it has an older one, else MISS.
_EDGE = b"x-edge-cache"
# What is rare, and Django knows how to answer.
_FOR_DJANGO = frozenset([b"if-match", b"if-unmodified-since"])
# With one of these there is more to look at than whether the page is kept.
_NO_HIT = frozenset([b"authorization", b"content-length", b"transfer-encoding", b"origin", *_FOR_DJANGO])
# A letter's case, a doubled slash, letters encoded without need: each spelling of an address is a redirect of its own.
_OTHER_SPELLING = re.compile(b"[A-Z%]|//")


class Page:
    """An answer, in one encoding.

    All that is sent of it lies in few objects, and most of these are those of other pages too: of ten thousand pages
    hardly one is in the processor's cache, and each object that is fetched takes as long as a line of code.
    """

    __slots__ = (
        "body",
        "cache_control",
        "encoding",
        "etag",
        "etag_as_made",
        "is_personal",
        "is_used",
        "made",
        "modified",
        "of_body",
        "packs",
        "said",
        "state",
        "status",
    )

    def __init__(
        self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, state: generation.State | None
    ) -> None:
        self.status, self.body, self.state, self.made, self.encoding = status, body, state, time.monotonic(), b""
        self.is_used = False
        headers = [pair for pair in headers if pair[0].lower() not in _OF_ONE_ANSWER]
        by_name = {name.lower(): value for name, value in headers}
        self.packs = len(body) >= LEAST_COMPRESSED and _is_text(by_name) and b"content-encoding" not in by_name
        if self.packs:
            headers = _varying(headers)
        self.etag = self.etag_as_made = by_name.get(b"etag", b"")
        self.modified = by_name.get(b"last-modified", b"")
        self.cache_control = _shared(by_name.get(b"cache-control", b""))
        self.is_personal = b"set-cookie" in by_name or b"cookie" in by_name.get(b"vary", b"").lower()
        self.said = _shared(tuple(pair for pair in headers if pair[0].lower() not in _OF_ONE_PAGE | _OF_A_BODY))
        """What every answer says of it, beside what it alone has, 304 too."""
        self.of_body = _shared(tuple(pair for pair in headers if pair[0].lower() in _OF_A_BODY))

    def encoded(self, encoding: bytes) -> Page:
        """Return it in an encoding, where that is of use."""
        if encoding == self.encoding or not self.packs:
            return self
        page = copy.copy(self)
        page.is_used = False
        page.encoding, page.body = encoding, _compress(encoding, _decompress(self.encoding, self.body))
        page.etag = _weak(self.etag_as_made) if encoding else self.etag_as_made
        # It packs, so it was made without one.
        plain = tuple(pair for pair in self.of_body if pair[0] != b"content-encoding")
        page.of_body = _shared((*plain, (b"content-encoding", encoding)) if encoding else plain)
        return page

    def size(self) -> int:
        """Return the bytes that it takes in memory, nearly."""
        return OVERHEAD + len(self.body)

    def messages(
        self, method: str, given: dict[bytes, bytes], request_id: bytes, age: bytes = b"0", more: Headers = ()
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the ASGI messages that send it, or say that the client has it already.

        `given` are the headers of the request; `more` are headers of this answer alone.
        """
        status, body = self.status, self.body
        headers = [*self.said, *more, (b"age", age), (b"x-request-id", request_id)]
        if self.etag:
            headers.append((b"ETag", self.etag))
        if self.modified:
            headers.append((b"Last-Modified", self.modified))
        if (b"if-none-match" in given or b"if-modified-since" in given) and self.is_unmodified(given):
            status, body = 304, b""
        else:
            headers += self.of_body
            headers.append((b"content-length", b"%d" % len(body)))
            if method == "HEAD":
                body = b""
        start = {"type": "http.response.start", "status": status, "headers": headers}
        return start, {"type": "http.response.body", "body": body, "more_body": False}

    def is_unmodified(self, given: dict[bytes, bytes]) -> bool:
        """Tell whether the client has it already (RFC 9110, 13.1)."""
        if self.status != 200:
            return False
        if (tags := given.get(b"if-none-match")) is not None:
            own = self.etag.removeprefix(b"W/")
            # Nearly always it is the one tag that was sent, and to see that takes a tenth of the time of parsing it.
            if own and tags.removeprefix(b"W/") == own:
                return True
            parsed = parse_etags(tags.decode("latin-1"))
            return parsed == ["*"] or own.decode("latin-1") in [tag.removeprefix("W/") for tag in parsed]
        since = parse_http_date_safe(given.get(b"if-modified-since", b"").decode("latin-1"))
        modified = parse_http_date_safe(self.modified.decode("latin-1"))
        return since is not None and modified is not None and modified <= since


class Shelf:
    """Pages up to a number of bytes.

    What was not used since the last time that room was needed goes first (“second chance”): nearly the least recently
    used, and a hit has no list to put in order.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self.pages: OrderedDict[bytes, Page] = OrderedDict()
        """What is kept. Whoever uses a page says so (`is_used`)."""

    def put(self, key: bytes, page: Page) -> None:
        """Keep a page, in place of an older one, unless it alone would take an eighth of the room."""
        self.remove(key)
        size = page.size() + len(key)
        if size > self.limit // 8:
            return
        while self.size + size > self.limit:
            self._make_room()
        self.pages[key] = page
        self.size += size

    def remove(self, key: bytes) -> None:
        """Forget a page, if it is kept."""
        page = self.pages.pop(key, None)
        if page is not None:
            self.size -= page.size() + len(key)

    def _make_room(self) -> None:
        key, page = next(iter(self.pages.items()))
        if page.is_used:
            page.is_used = False
            self.pages.move_to_end(key)
        else:
            self.remove(key)


class Wanted(NamedTuple):
    """A request that a kept page may answer: all that the page depends on, besides the state of the content."""

    host: bytes
    scheme: str
    proto: bytes
    """What a proxy says of the scheme between it and the client, or nothing."""
    path: bytes
    query: bytes
    whole: bool
    """Whether that is all of the query: where not, the rest of it changes no page, but may belong in a redirect."""
    encoding: bytes
    headers: dict[bytes, bytes]

    def key(self, encoding: bytes) -> bytes:
        """Return what the page is kept under in an encoding."""
        return _key(encoding, self.host, self.scheme, self.proto, self.path, self.query)

    def is_made_up(self, own_host: bytes) -> bool:
        """Tell whether a stranger can make any number of them that all lead to a page."""
        return bool(self.query) or self.host != own_host or bool(_OTHER_SPELLING.search(self.path))


class Store:
    """All kept pages. What strangers can make up, queries above all, has an eighth of the room and drives nothing out."""

    def __init__(self, limit: int, own_host: str) -> None:
        self.own_host = own_host.encode()
        self.made_up, self.known = Shelf(limit // 8), Shelf(limit - limit // 8)

    def get(self, key: bytes) -> Page | None:
        """Return the page of this key, if it is kept, which counts as used from now on."""
        page = self.known.pages.get(key) or self.made_up.pages.get(key)
        if page is not None:
            page.is_used = True
        return page

    def any(self, wanted: Wanted, state: generation.State | None) -> Page | None:
        """Return a page that is wanted in an encoding that it is kept in: one of this state, or else an older one."""
        found = None
        for encoding in (wanted.encoding, *ENCODINGS):
            page = self.get(wanted.key(encoding))
            if page is not None and page.state == state:
                return page
            found = found or page
        return found

    def put(self, wanted: Wanted, page: Page) -> None:
        """Keep a page in the encoding that is wanted of it."""
        self.shelf(wanted).put(wanted.key(wanted.encoding), page)

    def remove(self, wanted: Wanted) -> None:
        """Forget a page in every encoding."""
        for encoding in ENCODINGS:
            self.shelf(wanted).remove(wanted.key(encoding))

    def shelf(self, wanted: Wanted) -> Shelf:
        """Return where a page that is wanted is kept."""
        return self.made_up if wanted.is_made_up(self.own_host) else self.known

    def measures(self) -> tuple[int, int]:
        """Return how many answers are kept, and the bytes that they take."""
        return len(self.known.pages) + len(self.made_up.pages), self.known.size + self.made_up.size


class Watch:
    """The state of the content, as far as this process knows it, asked on a thread and a connection of its own."""

    def __init__(self) -> None:
        self.state: generation.State | None = None
        """The last that was known, however long ago."""
        self.confirmed = 0.0
        """When that was so (time.monotonic)."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="generation")
        self._asking: asyncio.Future | None = None
        self._asked = float("-inf")
        self._is_away = False

    def is_settled(self) -> bool:
        """Tell whether `state` is at most a second old."""
        known = generation.current()
        return known is not None and known == self.state

    async def settle(self) -> None:
        """Have `state` be at most a second old, or leave it as it is where the database does not say in time."""
        await self._ask_once()
        if not (self._is_away or self.is_settled()):
            # What was under way had been asked before this process wrote something.
            await self._ask_once()

    async def _ask_once(self) -> None:
        now = time.monotonic()
        if self._asking is None and (not self._is_away or now - self._asked >= generation.SECONDS):
            self._asked = now
            self._asking = asyncio.get_running_loop().run_in_executor(self._thread, _ask)
            self._asking.add_done_callback(self._told)
        patience = PATIENCE_SECONDS - (now - self._asked)
        if self._asking is not None and patience > 0 and not (self._is_away and self.state):
            await asyncio.wait([self._asking], timeout=patience)

    def age(self) -> int:
        """Return for how many seconds nobody has confirmed that kept pages are still as they should be."""
        since = time.monotonic() - self.confirmed
        return int(since) if since >= 2 * generation.SECONDS else 0

    def last_second(self) -> int:
        """Return the second (Unix time) to whose end another cache may go by `state`.

        So a change shows within two seconds there as well, and a scheduled post at its second.
        """
        now = time.time()
        last = max(now, now - time.monotonic() + self.confirmed + generation.SECONDS)
        due = self.state.due if self.state else None
        return int(last if due is None else min(last, due.timestamp() - 1))

    def _told(self, asking: asyncio.Future) -> None:
        self._asking = None
        if asking.cancelled():
            return
        error = asking.exception()
        if error is None:
            self.state, self.confirmed = asking.result(), self._asked
        if self._is_away is not (error is not None):
            self._is_away = error is not None
            words = f"away, so kept pages are served as they are: {error}" if error else "back"
            logger.warning("The database is %s", words)


class Hits:
    """The outermost ASGI layer: sends what `cache` keeps for the very words of a request, and else passes it on.

    Such an answer is counted and logged here, so that nothing has to be wrapped for it.
    """

    def __init__(self, application: Any, cache: PageCache) -> None:
        self.application, self.cache, self.pages = application, cache, cache.store.known.pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begun = time.perf_counter()
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.application(scope, receive, send)
            return
        given = dict(scope["headers"])
        page = self._kept(scope, given)
        if page is None:
            await self.application(scope, receive, send)
            return
        request_id = logs.acceptable(given.get(b"x-request-id"))
        more = self.cache.for_edge(page, given[_EDGE]) if _EDGE in given and _is_page(scope["path"]) else ()
        start, body = page.messages(scope["method"], given, request_id, more=more)
        try:
            await send(start)
            await send(body)
        finally:
            seconds = time.perf_counter() - begun
            metrics.hit(scope["method"], start["status"], seconds)
            logs.access(scope, start["status"], len(body["body"]), seconds, request_id)

    def _kept(self, scope: Scope, given: dict[bytes, bytes]) -> Page | None:
        """Return the page that answers a request as it stands; None where there is more to look at."""
        page = self.pages.get(
            _key(
                _encoding(given.get(b"accept-encoding", b"")),
                given.get(b"host", b""),
                scope.get("scheme", "http"),
                given.get(b"x-forwarded-proto", b""),
                scope.get("raw_path", b""),
                scope["query_string"],
            )
        )
        if page is None or page.state is not generation.current() or not _NO_HIT.isdisjoint(given):
            return None
        if scope["path"].startswith(addresses.API) and not _takes_json(given.get(b"accept", b"*/*")):
            return None
        page.is_used = True
        return page


class PageCache:
    """An ASGI layer that answers from `limit` bytes of kept pages, and else passes on to `application`."""

    def __init__(self, application: Any, *, limit: int) -> None:
        self.application, self.watch = application, Watch()
        self.store = Store(limit, urlsplit(settings.SITE_URL).netloc)
        self._making: dict[tuple[bytes, generation.State | None], asyncio.Task[Page]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        wanted = _wanted(scope)
        if wanted is None:
            await self.application(scope, receive, send)
            return
        if not self.watch.is_settled():
            await self.watch.settle()
        state = self.watch.state
        kept = self.store.any(wanted, state)
        result, age = "hit", 0
        if kept is not None and kept.state == state:
            page, age = kept, self.watch.age()
        else:
            page, result = await self._made(wanted, scope, state), "miss"
            if page.status >= 500 and kept is not None:
                page, result, age = kept, "stale", int(time.monotonic() - kept.made)
        # Whether somebody asks too much is not for the one to bear who waited with them.
        if page.is_personal or page.status == 429 or (page.status != 200 and not wanted.whole):
            await self.application(scope, receive, send)
            return
        metrics.page(result)
        page = self._encoded(page, wanted)
        request_id, more = wanted.headers.get(b"x-request-id", b"-"), ()
        # Nothing that strangers can make up, so that they cannot fill it.
        if _EDGE in wanted.headers and wanted.whole and not wanted.is_made_up(self.store.own_host):
            more = self.for_edge(page, wanted.headers[_EDGE]) if _is_page(scope["path"]) else ()
        for message in page.messages(scope["method"], wanted.headers, request_id, b"%d" % age, more):
            await send(message)

    def for_edge(self, page: Page, asked: bytes) -> Headers:
        """Return for how long the nginx in front may keep a page, where it `asked` for that (docs/decisions/0013).

        Also what it should not keep by itself, where that takes the place of what it has.
        """
        state = self.watch.state
        if state is None or page.state != state or page.status >= 500:
            return ()
        if asked != b"EXPIRED" and not (page.status in (200, 410) and _is_for_caches(page)):
            return ()
        return ((b"x-accel-expires", b"@%d" % self.watch.last_second()),)

    async def _made(self, wanted: Wanted, scope: Scope, state: generation.State | None) -> Page:
        """Return the page as the application makes it in this state: once, for all who ask meanwhile."""
        key = wanted.key(b""), state
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.create_task(self._make(wanted, scope, state))
            making.add_done_callback(lambda _making: self._making.pop(key))
        # Whoever leaves does not take the page from the others.
        return await asyncio.shield(making)

    async def _make(self, wanted: Wanted, scope: Scope, state: generation.State | None) -> Page:
        status, headers, body = 500, [], bytearray()

        async def collect(message: dict[str, Any]) -> None:
            nonlocal status, headers
            status, headers = message.get("status", status), message.get("headers", headers)
            body.extend(message.get("body", b""))

        await self.application(_bare(scope, wanted), _nothing_more, collect)
        page = Page(status, headers, bytes(body), state)
        self._keep(wanted, page.encoded(wanted.encoding))
        return page

    def _encoded(self, page: Page, wanted: Wanted) -> Page:
        """Return a page in the encoding that is wanted, in which it is kept from now on."""
        encoded = page.encoded(wanted.encoding)
        if encoded is not page:
            self._keep(wanted, encoded)
        return encoded

    def _keep(self, wanted: Wanted, page: Page) -> None:
        # One that was begun before a change may come after its successor.
        if page.state is None or page.state != self.watch.state:
            return
        if _may_be_kept(page, wanted):
            self.store.put(wanted, page)
        elif page.status < 500:
            self.store.remove(wanted)
        metrics.pages(*self.store.measures())


def _key(encoding: bytes, host: bytes, scheme: str, proto: bytes, path: bytes, query: bytes) -> bytes:
    # None of them has a line's end in it: they come from the lines of a request.
    return b"\n".join((encoding, host, scheme.encode(), proto, path, query))


def _wanted(scope: Scope) -> Wanted | None:
    """Return what a request wants of the cache; None for one that is not for it."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    path = scope["path"]
    is_api = path.startswith(addresses.API)
    if not is_api and not _is_page(path):
        return None
    headers = dict(scope["headers"])
    if b"authorization" in headers or b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0":
        return None
    if not _FOR_DJANGO.isdisjoint(headers):
        return None
    # Another site's page reads the API by a header of its own (CORS).
    if is_api and (b"origin" in headers or not _takes_json(headers.get(b"accept", b"*/*"))):
        return None
    host, proto = headers.get(b"host", b""), headers.get(b"x-forwarded-proto", b"")
    if not _is_allowed(host.decode("latin-1")) or proto not in (b"", b"http", b"https"):
        return None
    sent, query = scope.get("raw_path") or path.encode(), scope["query_string"]
    known = query if is_api or not query else _known(path, query)
    if known is None:
        return None
    encoding = _encoding(headers.get(b"accept-encoding", b""))
    return Wanted(host, scope.get("scheme", "http"), proto, sent, known, known == query, encoding, headers)


# Static files are neither made nor many, so they need no cache of ours.
_NO_PAGES = (
    "/static/",
    "/media/",
    *(f"{path}/" for path in roles.EVERYWHERE),
    *roles.foreign_prefixes(roles.Role.FRONTEND),
)


def _is_page(path: str) -> bool:
    """Tell whether the pages own a path: `roles.owner`, in the time that a hit has."""
    return not f"{path}/".startswith(_NO_PAGES)


def _known(path: str, query: bytes) -> bytes | None:
    """Return what a page reads of its query, in one order; None for a query that makes no sense."""
    try:
        given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        return None
    read = addresses.parameters(path)
    return urlencode(sorted((name, value) for name, value in given.items() if name in read)).encode()


@lru_cache(256)
def _is_allowed(host: str) -> bool:
    """Tell whether Django would take this Host header."""
    allowed = settings.ALLOWED_HOSTS or ([".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


@lru_cache(256)
def _takes_json(accept: bytes) -> bool:
    """Tell whether an Accept header says without ifs that JSON will do; others are for the API to judge."""
    return any(part.strip() in (b"*/*", b"application/json") for part in accept.split(b","))


@lru_cache(256)
def _encoding(accepted: bytes) -> bytes:
    """Return the best of our encodings that an Accept-Encoding header names (RFC 9110, 12.5.3)."""
    refused = (b"0", b"0.0", b"0.00", b"0.000")
    names = set()
    for part in accepted.lower().split(b","):
        name, _semicolon, weight = part.partition(b";")
        if weight.replace(b" ", b"").removeprefix(b"q=") not in refused:
            names.add(name.strip())
    return next((name for name in ENCODINGS if name in names), b"")


@lru_cache(4)  # For all who wait for a page and take it in the same one.
def _compress(encoding: bytes, body: bytes) -> bytes:
    if encoding == b"br":
        return brotli.compress(body, quality=5)
    return zlib.compress(body, level=6, wbits=31) if encoding else body


def _decompress(encoding: bytes, body: bytes) -> bytes:
    if encoding == b"br":
        return brotli.decompress(body)
    return zlib.decompress(body, wbits=31) if encoding else body


@lru_cache(512)
def _shared(value: Any) -> Any:
    """Return one value for all equal ones: most headers of a page are those of every other."""
    return value


def _is_text(headers: dict[bytes, bytes]) -> bool:
    kind = headers.get(b"content-type", b"").partition(b";")[0]
    return kind.startswith(b"text/") or kind.endswith((b"json", b"xml", b"javascript"))


def _weak(etag: bytes) -> bytes:
    # The same page in two encodings is not the same to the byte (RFC 9110, 8.8.3).
    return etag if etag.startswith(b"W/") else b"W/" + etag


def _varying(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers with Accept-Encoding among what the answer varies by."""
    others = [(name, value) for name, value in headers if name.lower() != b"vary"]
    varies = [value for name, value in headers if name.lower() == b"vary"]
    return [*others, (b"vary", b", ".join([*varies, b"Accept-Encoding"]))]


def _is_of_api(wanted: Wanted) -> bool:
    return wanted.path.startswith(addresses.API.encode())


def _may_be_kept(page: Page, wanted: Wanted) -> bool:
    if page.is_personal:
        return False
    if _is_of_api(wanted):
        return page.status == 200 and b"no-store" not in page.cache_control
    return page.status in (200, 301, 410) and _is_for_caches(page)


def _is_for_caches(page: Page) -> bool:
    return not page.is_personal and b"s-maxage" in page.cache_control


def _bare(scope: Scope, wanted: Wanted) -> dict[str, Any]:
    """Return the scope of a request that has nothing but what its page may depend on, and what it is counted by."""
    given = {
        b"x-forwarded-for": wanted.headers.get(b"x-forwarded-for", b""),
        b"host": wanted.host,
        b"x-forwarded-proto": wanted.proto,
        b"x-request-id": logs.request_id.get().encode(),
    }
    headers = [(name, value) for name, value in given.items() if value]
    return {**scope, "method": "GET", "query_string": wanted.query, "headers": headers}


async def _nothing_more() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def _ask() -> generation.State:
    connection.close_if_unusable_or_obsolete()
    try:
        return generation.ask()
    except Exception:
        connection.close()
        raise
