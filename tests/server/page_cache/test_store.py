"""The stores of the page cache: limits in bytes, eviction, and the separate part for unbounded requests."""

import random
import tracemalloc

import pytest

from apps.server.page_cache.cache_request import CacheRequest
from apps.server.page_cache.pages import OVERHEAD, Page
from apps.server.page_cache.store import PageStore, Store


def page(size: int) -> Page:
    """Return a page that cannot be compressed."""
    return Page(200, [(b"content-type", b"image/png")], b"x" * size, None)


def cache_request(path: str, query: str = "", host: str = "localhost:8000", encoding: bytes = b"") -> CacheRequest:
    return CacheRequest(host.encode(), "http", b"", path.encode(), query.encode(), True, encoding, False, {})


def test_an_unused_page_is_evicted_before_a_used_one():
    store = PageStore(20 * (1000 + OVERHEAD + len(b"10")))
    for number in range(10, 30):
        store.put(b"%d" % number, page(1000))
    store.pages[b"10"].is_used = True
    store.put(b"30", page(1000))
    assert b"10" in store.pages
    assert b"11" not in store.pages
    assert len(store.pages) == 20


def test_the_oldest_page_is_evicted_if_all_were_used():
    store = PageStore(20 * (1000 + OVERHEAD + len(b"10")))
    for number in range(10, 30):
        store.put(b"%d" % number, page(1000))
        store.pages[b"%d" % number].is_used = True
    store.put(b"30", page(1000))
    assert list(store.pages) == [b"%d" % number for number in range(11, 31)]


def test_a_page_in_constant_use_is_never_evicted():
    store = Store(100_000, "localhost:8000")
    store.put(cache_request("/"), page(1000))
    for number in range(1000):
        store.put(cache_request(f"/{number}/"), page(1000))
        assert store.get(cache_request("/").key(b""))


def test_the_size_always_equals_the_sum_of_the_pages():
    store, rng = PageStore(100_000), random.Random(1)
    for _ in range(2000):
        key = b"/%d/" % rng.randrange(60)
        match rng.choice(["put", "use", "remove"]):
            case "put":
                store.put(key, page(rng.randrange(20_000)))
            case "use" if key in store.pages:
                store.pages[key].is_used = True
            case "remove":
                store.remove(key)
        assert store.size <= store.limit
        assert store.size == sum(cached.size() + len(key) for key, cached in store.pages.items())


def test_a_page_larger_than_an_eighth_of_the_limit_is_not_stored():
    store = PageStore(80_000)
    store.put(b"small", page(100))
    store.put(b"large", page(20_000))
    assert list(store.pages) == [b"small"]


def test_a_page_is_converted_from_the_encoding_in_which_it_is_stored():
    store, text = Store(1_000_000, "localhost:8000"), b"<p>a sentence</p>" * 1000
    original = Page(200, [(b"content-type", b"text/html"), (b"etag", b'"1"')], text, None)
    store.put(cache_request("/", encoding=b"br"), original.encoded(b"br"))
    assert store.measures()[1] < OVERHEAD + 1000
    (cached, other) = (store.find(cache_request("/", encoding=name), None) for name in (b"br", b"gzip"))
    assert cached is other
    assert cached.etag == b'W/"1"'
    plain = cached.encoded(b"gzip").encoded(b"")
    assert (plain.body, plain.etag, plain.body_lines) == (text, b'"1"', original.body_lines)


@pytest.mark.parametrize(
    "unbounded",
    [
        cache_request("/tags/a/", "before=1"),
        cache_request("/", host="a.localhost"),
        cache_request("/", host="localhost:1"),
        cache_request("/%61/"),
        cache_request("/About/"),
        cache_request("/about//"),
    ],
)
def test_pages_of_unbounded_requests_have_an_eighth_of_the_limit(unbounded):
    store = Store(80_000, "localhost:8000")
    store.put(cache_request("/"), page(5_000))
    for number in range(100):
        store.put(unbounded._replace(query=b"%b%d" % (unbounded.query, number)), page(200))
    assert store.page_store(unbounded) is store.unbounded
    assert store.unbounded.size <= 10_000
    assert list(store.canonical.pages) == [cache_request("/").key(b"")]


def rendered_page(number: int) -> Page:
    """Return a page with new header objects, most of them equal to those of every other page."""
    same = [(f"x-policy-{name}", "default-src 'none'; img-src 'self' https: data:") for name in range(12)]
    own = [("content-type", "image/png"), ("etag", f'W/"{number:032}"')]
    return Page(200, [(name.encode(), value.encode()) for name, value in same + own], bytes(100), None)


def test_pages_take_no_more_memory_than_their_counted_size():
    store = PageStore(10**9)
    tracemalloc.start()
    try:
        for number in range(2000):
            store.put(cache_request(f"/{'long' * 200}-{number}/").key(b""), rendered_page(number))
        assert tracemalloc.get_traced_memory()[0] <= store.size
    finally:
        tracemalloc.stop()
