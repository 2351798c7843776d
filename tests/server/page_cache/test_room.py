"""Cached pages take no more bytes than they may; what is not used goes first, and made-up ones drive nothing out."""

import random
import tracemalloc

import pytest

from apps.server.page_cache.cache_request import CacheRequest
from apps.server.page_cache.pages import OVERHEAD, Page
from apps.server.page_cache.store import PageStore, Store


def page(size: int) -> Page:
    """A page whose body does not shrink."""
    return Page(200, [(b"content-type", b"image/png")], b"x" * size, None)


def wanted(path: str, query: str = "", host: str = "localhost:8000", encoding: bytes = b"") -> CacheRequest:
    return CacheRequest(host.encode(), "http", b"", path.encode(), query.encode(), True, encoding, False, {})


def test_a_page_that_was_not_used_goes_before_one_that_was():
    shelf = PageStore(20 * (1000 + OVERHEAD + len(b"10")))
    for number in range(10, 30):
        shelf.put(b"%d" % number, page(1000))
    shelf.pages[b"10"].is_used = True
    shelf.put(b"30", page(1000))
    assert b"10" in shelf.pages
    assert b"11" not in shelf.pages
    assert len(shelf.pages) == 20


def test_the_oldest_goes_where_all_were_used():
    shelf = PageStore(20 * (1000 + OVERHEAD + len(b"10")))
    for number in range(10, 30):
        shelf.put(b"%d" % number, page(1000))
        shelf.pages[b"%d" % number].is_used = True
    shelf.put(b"30", page(1000))
    assert list(shelf.pages) == [b"%d" % number for number in range(11, 31)]


def test_what_is_read_again_and_again_stays_whatever_else_comes():
    store = Store(100_000, "localhost:8000")
    store.put(wanted("/"), page(1000))
    for number in range(1000):
        store.put(wanted(f"/{number}/"), page(1000))
        assert store.get(wanted("/").key(b""))


def test_the_size_is_that_of_the_pages_whatever_happens():
    shelf, chance = PageStore(100_000), random.Random(1)
    for _ in range(2000):
        one = b"/%d/" % chance.randrange(60)
        match chance.choice(["put", "use", "remove"]):
            case "put":
                shelf.put(one, page(chance.randrange(20_000)))
            case "use" if one in shelf.pages:
                shelf.pages[one].is_used = True
            case "remove":
                shelf.remove(one)
        assert shelf.size <= shelf.limit
        assert shelf.size == sum(kept.size() + len(key) for key, kept in shelf.pages.items())


def test_a_page_that_would_drive_all_others_out_is_not_kept():
    shelf = PageStore(80_000)
    shelf.put(b"small", page(100))
    shelf.put(b"large", page(20_000))
    assert list(shelf.pages) == [b"small"]


def test_a_page_is_made_of_what_is_kept_of_it_in_another_encoding():
    store, text = Store(1_000_000, "localhost:8000"), b"<p>a sentence</p>" * 1000
    made = Page(200, [(b"content-type", b"text/html"), (b"etag", b'"1"')], text, None)
    store.put(wanted("/", encoding=b"br"), made.encoded(b"br"))
    assert store.measures()[1] < OVERHEAD + 1000
    (kept, other) = (store.find(wanted("/", encoding=name), None) for name in (b"br", b"gzip"))
    assert kept is other
    assert kept.etag == b'W/"1"'
    plain = kept.encoded(b"gzip").encoded(b"")
    assert (plain.body, plain.etag, plain.body_lines) == (text, b'"1"', made.body_lines)


@pytest.mark.parametrize(
    "unbounded",
    [
        wanted("/tags/a/", "before=1"),
        wanted("/", host="a.localhost"),
        wanted("/", host="localhost:1"),
        wanted("/%61/"),
        wanted("/About/"),
        wanted("/about//"),
    ],
)
def test_what_a_stranger_makes_up_has_an_eighth_of_the_room(unbounded):
    store = Store(80_000, "localhost:8000")
    store.put(wanted("/"), page(5_000))
    for number in range(100):
        store.put(unbounded._replace(query=b"%b%d" % (unbounded.query, number)), page(200))
    assert store.page_store(unbounded) is store.unbounded
    assert store.unbounded.size <= 10_000
    assert list(store.canonical.pages) == [wanted("/").key(b"")]


def as_answered(number: int) -> Page:
    """A page as the application answers it: each header made anew, most of them as those of every page."""
    same = [(f"x-policy-{each}", "default-src 'none'; img-src 'self' https: data:") for each in range(12)]
    own = [("content-type", "image/png"), ("etag", f'W/"{number:032}"')]
    return Page(200, [(name.encode(), value.encode()) for name, value in same + own], bytes(100), None)


def test_pages_take_no_more_memory_than_they_are_counted_for():
    shelf = PageStore(10**9)
    tracemalloc.start()
    try:
        for number in range(2000):
            shelf.put(wanted(f"/{'long' * 200}-{number}/").key(b""), as_answered(number))
        assert tracemalloc.get_traced_memory()[0] <= shelf.size
    finally:
        tracemalloc.stop()
