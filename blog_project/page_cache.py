"""The page cache: what anybody may see is made once, kept compressed, and sent from the event loop.

A page is a pure function of its address and of the state of the content (`apps.posts.generation`), so it is good for
as long as that state is: nothing has to be told which pages a change concerns. A hit asks no database and runs nothing
of Django. How a request goes:

1. Is it one that a kept page may answer (`_wanted`)? A GET or HEAD of a page, or of the API by nobody in particular.
2. Which state is the content in (`Watch`)? That is asked at most once a second, by whoever comes first.
3. Is the page kept from that state? Then it is sent. If not, it is made once, however many wait for it (`_made`).

While the database is away the last state that was known goes on, so kept pages are served, with their age.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import zlib
from collections import OrderedDict
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
OVERHEAD = 2560
"""Bytes that a kept page takes beside its bodies and its address: its headers and what Python adds."""

Headers = list[tuple[bytes, bytes]]

# What is said anew of each answer.
_OF_ONE_ANSWER = frozenset([b"content-length", b"x-request-id", b"date", b"connection"])
# Sent by an nginx of components/edge-cache that would keep the answer: EXPIRED where it has an older one, else MISS.
_EDGE = b"x-edge-cache"
# A letter's case, a doubled slash, letters encoded without need: each spelling of an address is a redirect of its own.
_OTHER_SPELLING = re.compile("[A-Z%]|//")
_OF_A_BODY = frozenset([b"content-type", b"content-length", b"content-encoding", b"content-language"])


class Key(NamedTuple):
    """What a page depends on, besides the state of the content."""

    host: str
    scheme: str
    proto: str
    """What a proxy says of the scheme between it and the client, or nothing."""
    path: str
    query: str

    def is_made_up(self, own_host: str) -> bool:
        """Tell whether a stranger can make any number of them that all lead to a page."""
        return bool(self.query) or self.host != own_host or bool(_OTHER_SPELLING.search(self.path))


class Wanted(NamedTuple):
    """A request that a kept page may answer."""

    key: Key
    whole: bool
    """Whether the key has all of the query: where not, the rest of it changes no page, but may belong in a redirect."""
    headers: dict[bytes, bytes]


class Variant(NamedTuple):
    """A page in one encoding."""

    headers: Headers
    """What every answer says of it, 304 too."""
    of_body: Headers
    body: bytes


class Page:
    """An answer, in the encodings that it was asked for in so far."""

    def __init__(self, status: int, headers: Headers, body: bytes, state: generation.State | None) -> None:
        self.status, self.state, self.made = status, state, time.monotonic()
        self.headers = [_shared(pair) for pair in headers if pair[0].lower() not in _OF_ONE_ANSWER]
        by_name = {name.lower(): value for name, value in self.headers}
        self.etag = by_name.get(b"etag", b"").decode("latin-1")
        self.modified = by_name.get(b"last-modified", b"").decode("latin-1")
        self.cache_control = by_name.get(b"cache-control", b"")
        self.is_personal = b"set-cookie" in by_name or b"cookie" in by_name.get(b"vary", b"").lower()
        self._packs = len(body) >= LEAST_COMPRESSED and _is_text(by_name) and b"content-encoding" not in by_name
        self._made_in: tuple[bytes, bytes] = b"", body
        self.variants: dict[bytes, Variant] = {}
        """What it has been asked for in, by encoding: `br`, `gzip` or nothing."""

    def encode(self, encoding: bytes) -> Variant:
        """Add it in an encoding that it was not asked for in so far, made of one that is there, and return that."""
        used = encoding if self._packs else b""
        source, body = self._made_in
        if used != source:
            body = _compress(used, _decompress(source, body))
        variant = self.variants.setdefault(used, Variant(*self._headers_of(used, len(body)), body))
        self.variants[encoding] = variant
        # From now on the page as it was made is only there where somebody takes it like that.
        self._made_in = used, body
        return variant

    def size(self) -> int:
        """Return the bytes that it takes in memory, nearly."""
        bodies = {
            id(body): len(body) for body in (self._made_in[1], *(variant.body for variant in self.variants.values()))
        }
        return OVERHEAD + sum(bodies.values())

    def is_unmodified(self, headers: dict[bytes, bytes]) -> bool:
        """Tell whether the client has it already (RFC 9110, 13.1)."""
        if self.status != 200:
            return False
        if (given := headers.get(b"if-none-match")) is not None:
            own = self.etag.removeprefix("W/")
            # Nearly always it is the one tag that was sent, and to see that takes a tenth of the time of parsing it.
            given = given.decode("latin-1")
            if own and given.removeprefix("W/") == own:
                return True
            tags = parse_etags(given)
            return tags == ["*"] or own in [tag.removeprefix("W/") for tag in tags]
        since = parse_http_date_safe(headers.get(b"if-modified-since", b"").decode("latin-1"))
        modified = parse_http_date_safe(self.modified)
        return since is not None and modified is not None and modified <= since

    def _headers_of(self, encoding: bytes, length: int) -> tuple[Headers, Headers]:
        """Return what every answer says of it, and what is said only along with the body."""
        headers = [
            (name, _weak(value) if encoding and name.lower() == b"etag" else value) for name, value in self.headers
        ]
        if self._packs:
            headers = _varying(headers)
        of_body = [pair for pair in headers if pair[0].lower() in _OF_A_BODY]
        if encoding:
            of_body.append((b"content-encoding", encoding))
        of_body.append((b"content-length", b"%d" % length))
        return [pair for pair in headers if pair[0].lower() not in _OF_A_BODY], of_body


class Shelf:
    """Pages up to a number of bytes; the least recently used goes first."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self._pages: OrderedDict[Key, tuple[Page, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, key: Key) -> Page | None:
        """Return a page, which is the most recently used one now."""
        found = self._pages.get(key)
        if found is None:
            return None
        self._pages.move_to_end(key)
        return found[0]

    def put(self, key: Key, page: Page) -> None:
        """Keep a page, in place of an older one, unless it alone would take an eighth of the room."""
        self.remove(key)
        size = page.size() + len(key.path) + len(key.query)
        if size <= self.limit // 8:
            self._pages[key] = page, size
            self.size += size
        while self.size > self.limit:
            self.remove(next(iter(self._pages)))

    def weigh(self, key: Key, page: Page) -> None:
        """Weigh a page again that has grown, if it is still kept."""
        if self._pages.get(key, (None,))[0] is page:
            self.put(key, page)

    def remove(self, key: Key) -> None:
        """Forget a page, if it is kept."""
        _page, size = self._pages.pop(key, (None, 0))
        self.size -= size


class Store:
    """All kept pages. What strangers can make up, queries above all, has an eighth of the room and drives nothing out."""

    def __init__(self, limit: int, own_host: str) -> None:
        self.own_host = own_host
        self.made_up, self.known = Shelf(limit // 8), Shelf(limit - limit // 8)

    def get(self, key: Key) -> Page | None:
        """Return the page of this key, if it is kept."""
        # Nearly all are among the known ones, and to look there is quicker than to tell what the key is.
        return self.known.get(key) or self.made_up.get(key)

    def shelf(self, key: Key) -> Shelf:
        """Return where a page of this key is kept."""
        return self.made_up if key.is_made_up(self.own_host) else self.known

    def measures(self) -> tuple[int, int]:
        """Return how many pages are kept, and the bytes that they take."""
        return len(self.known) + len(self.made_up), self.known.size + self.made_up.size


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
            # An equal one stays the one it was, which all pages of it share.
            if asking.result() != self.state:
                self.state = asking.result()
            self.confirmed = self._asked
        if self._is_away is not (error is not None):
            self._is_away = error is not None
            words = f"away, so kept pages are served as they are: {error}" if error else "back"
            logger.warning("The database is %s", words)


class PageCache:
    """An ASGI layer that answers from `limit` bytes of kept pages, and else passes on to `application`."""

    def __init__(self, application: Any, *, limit: int) -> None:
        self.application, self.watch = application, Watch()
        self.store = Store(limit, urlsplit(settings.SITE_URL).netloc)
        self._making: dict[tuple[Key, generation.State | None], asyncio.Task[Page]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        wanted = _wanted(scope)
        if wanted is None:
            await self.application(scope, receive, send)
            return
        if not self.watch.is_settled():
            await self.watch.settle()
        state, kept = self.watch.state, self.store.get(wanted.key)
        result, age = "hit", 0
        if kept is not None and kept.state == state:
            page, age = kept, self.watch.age()
        else:
            page, result = await self._made(wanted.key, scope, state), "miss"
            if page.status >= 500 and kept is not None:
                page, result, age = kept, "stale", int(time.monotonic() - kept.made)
        if page.is_personal or (page.status != 200 and not wanted.whole):
            await self.application(scope, receive, send)
            return
        metrics.page(result)
        encoding = _encoding(wanted.headers.get(b"accept-encoding", b""))
        variant = page.variants.get(encoding)
        if variant is None:
            variant = page.encode(encoding)
            self.store.shelf(wanted.key).weigh(wanted.key, page)
        more = [(b"age", b"%d" % age), *self._for_edge(page, wanted)]
        await _answer(page, variant, wanted.headers, scope, send, more)

    def _for_edge(self, page: Page, wanted: Wanted) -> Headers:
        """Return how long the nginx in front may keep an answer, where there is one that asks (docs/decisions/0013).

        Nothing that strangers can make up, so that they cannot fill it; and whatever takes the place of what it has.
        """
        asked, state = wanted.headers.get(_EDGE), self.watch.state
        if asked is None or state is None or page.state != state or page.status >= 500 or not wanted.whole:
            return []
        if wanted.key.path.startswith(addresses.API) or self.store.shelf(wanted.key) is self.store.made_up:
            return []
        if asked != b"EXPIRED" and not (page.status in (200, 410) and _may_be_kept(page, wanted.key)):
            return []
        return [(b"x-accel-expires", b"@%d" % self.watch.last_second())]

    async def _made(self, key: Key, scope: Scope, state: generation.State | None) -> Page:
        """Return the page as the application makes it in this state: once, for all who ask meanwhile."""
        making = self._making.get((key, state))
        if making is None:
            making = self._making[key, state] = asyncio.create_task(self._make(key, scope, state))
            making.add_done_callback(lambda _making: self._making.pop((key, state)))
        # Whoever leaves does not take the page from the others.
        return await asyncio.shield(making)

    async def _make(self, key: Key, scope: Scope, state: generation.State | None) -> Page:
        status, headers, body = 500, [], bytearray()

        async def collect(message: dict[str, Any]) -> None:
            nonlocal status, headers
            status, headers = message.get("status", status), message.get("headers", headers)
            body.extend(message.get("body", b""))

        await self.application(_bare(scope, key), _nothing_more, collect)
        page = Page(status, list(headers), bytes(body), state)
        # One that was begun before a change may come after its successor.
        if state is not None and state == self.watch.state:
            self._keep(key, page)
        return page

    def _keep(self, key: Key, page: Page) -> None:
        shelf = self.store.shelf(key)
        if _may_be_kept(page, key):
            shelf.put(key, page)
        elif page.status < 500:
            shelf.remove(key)
        metrics.pages(*self.store.measures())


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
    if is_api and not _takes_json(headers.get(b"accept", b"*/*")):
        return None
    host, proto = headers.get(b"host", b"").decode("latin-1"), headers.get(b"x-forwarded-proto", b"").decode("latin-1")
    if not _is_allowed(host) or proto not in ("", "http", "https"):
        return None
    sent = (scope.get("raw_path") or path.encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    known = query if is_api or not query else _known(path, query)
    if known is None:
        return None
    key = Key(host, scope.get("scheme", "http"), proto, sent, known)
    return Wanted(key, known == query, headers)


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


def _known(path: str, query: str) -> str | None:
    """Return what a page reads of its query, in one order; None for a query that makes no sense."""
    try:
        given = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=50))
    except ValueError:
        return None
    read = addresses.parameters(path)
    return urlencode(sorted((name, value) for name, value in given.items() if name in read))


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
    return next((name for name in (b"br", b"gzip") if name in names), b"")


def _compress(encoding: bytes, body: bytes) -> bytes:
    if encoding == b"br":
        return brotli.compress(body, quality=5)
    return zlib.compress(body, level=6, wbits=31) if encoding else body


def _decompress(encoding: bytes, body: bytes) -> bytes:
    if encoding == b"br":
        return brotli.decompress(body)
    return zlib.decompress(body, wbits=31) if encoding else body


@lru_cache(512)
def _shared(pair: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Return one pair for all equal ones: most headers of a page are those of every other."""
    return pair


def _is_text(headers: dict[bytes, bytes]) -> bool:
    kind = headers.get(b"content-type", b"").partition(b";")[0]
    return kind.startswith(b"text/") or kind.endswith((b"json", b"xml", b"javascript"))


def _weak(etag: bytes) -> bytes:
    # The same page in two encodings is not the same to the byte (RFC 9110, 8.8.3).
    return etag if etag.startswith(b"W/") else b"W/" + etag


def _varying(headers: Headers) -> Headers:
    """Return the headers with Accept-Encoding among what the answer varies by."""
    others = [(name, value) for name, value in headers if name.lower() != b"vary"]
    varies = [value for name, value in headers if name.lower() == b"vary"]
    return [*others, (b"vary", b", ".join([*varies, b"Accept-Encoding"]))]


def _may_be_kept(page: Page, key: Key) -> bool:
    if page.is_personal:
        return False
    if key.path.startswith(addresses.API):
        return page.status == 200 and b"no-store" not in page.cache_control
    return page.status in (200, 301, 410) and b"s-maxage" in page.cache_control


def _bare(scope: Scope, key: Key) -> dict[str, Any]:
    """Return the scope of a request that has nothing but what its page may depend on."""
    given = {b"host": key.host, b"x-forwarded-proto": key.proto, b"x-request-id": logs.request_id.get()}
    headers = [(name, value.encode("latin-1")) for name, value in given.items() if value]
    return {**scope, "method": "GET", "query_string": key.query.encode("latin-1"), "headers": headers}


async def _nothing_more() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _answer(
    page: Page, variant: Variant, given: dict[bytes, bytes], scope: Scope, send: Send, more: Headers
) -> None:
    """Send a page, or that the client has it already."""
    status, of_body, body = page.status, variant.of_body, variant.body
    if (b"if-none-match" in given or b"if-modified-since" in given) and page.is_unmodified(given):
        status, of_body, body = 304, [], b""
    elif scope["method"] == "HEAD":
        body = b""
    headers = [*variant.headers, *of_body, *more, (b"x-request-id", logs.request_id.get().encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _ask() -> generation.State:
    connection.close_if_unusable_or_obsolete()
    try:
        return generation.ask()
    except Exception:
        connection.close()
        raise
