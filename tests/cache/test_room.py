"""Kept pages take no more bytes than they may; the least recently used goes first, and made-up ones drive nothing out."""

import random
import tracemalloc

import pytest

from blog_project.page_cache import OVERHEAD, Key, Page, Shelf, Store


def page(size: int) -> Page:
    """A page whose body does not shrink."""
    made = Page(200, [(b"content-type", b"image/png")], b"x" * size, None)
    made.encode(b"")
    return made


def key(path: str, query: str = "", host: str = "localhost:8000") -> Key:
    return Key(host, "http", "", path, query)


def test_the_least_recently_used_page_goes_first():
    shelf = Shelf(20 * (1000 + OVERHEAD + len("/10/")))
    for number in range(20):
        shelf.put(key(f"/{number}/"), page(1000))
    assert shelf.get(key("/0/"))
    shelf.put(key("/new/"), page(1000))
    assert shelf.get(key("/0/"))
    assert shelf.get(key("/1/")) is None
    assert len(shelf) == 20


def test_the_size_is_that_of_the_pages_whatever_happens():
    shelf, chance = Shelf(100_000), random.Random(1)
    for _ in range(2000):
        one = key(f"/{chance.randrange(60)}/")
        action = chance.choice([shelf.put, shelf.get, shelf.remove])
        if action == shelf.put:
            action(one, page(chance.randrange(20_000)))
        else:
            action(one)
        assert shelf.size <= shelf.limit
        assert shelf.size == sum(kept.size() + len(one.path) for one, (kept, _size) in shelf._pages.items())


def test_a_page_that_would_drive_all_others_out_is_not_kept():
    shelf = Shelf(80_000)
    shelf.put(key("/small/"), page(100))
    shelf.put(key("/large/"), page(20_000))
    assert shelf.get(key("/large/")) is None
    assert shelf.get(key("/small/"))


def test_a_page_in_another_encoding_weighs_more():
    shelf, text = Shelf(1_000_000), b"<p>a sentence</p>" * 1000
    kept = Page(200, [(b"content-type", b"text/html")], text, None)
    kept.encode(b"br")
    shelf.put(key("/"), kept)
    before = shelf.size
    kept.encode(b"")
    shelf.weigh(key("/"), kept)
    assert shelf.size == before + len(text)


@pytest.mark.parametrize(
    "made_up",
    [
        key("/tags/a/", "before=1"),
        key("/", host="a.localhost"),
        key("/", host="localhost:1"),
        key("/%61/"),
        key("/About/"),
        key("/about//"),
    ],
)
def test_what_a_stranger_makes_up_has_an_eighth_of_the_room(made_up):
    store = Store(80_000, "localhost:8000")
    store.shelf(key("/")).put(key("/"), page(5_000))
    for number in range(100):
        another = made_up._replace(query=f"{made_up.query}{number}")
        store.shelf(another).put(another, page(200))
    assert store.shelf(made_up) is store.made_up
    assert store.made_up.size <= 10_000
    assert store.known.get(key("/"))


def as_answered(number: int) -> Page:
    """A page as the application answers it: each header made anew, most of them as those of every page."""
    same = [(f"x-policy-{each}", "default-src 'none'; img-src 'self' https: data:") for each in range(12)]
    own = [("content-type", "image/png"), ("etag", f'W/"{number:032}"')]
    made = Page(200, [(name.encode(), value.encode()) for name, value in same + own], bytes(100), None)
    made.encode(b"")
    return made


def test_pages_take_no_more_memory_than_they_are_counted_for():
    shelf = Shelf(10**9)
    tracemalloc.start()
    try:
        for number in range(2000):
            shelf.put(key(f"/{'long' * 200}-{number}/"), as_answered(number))
        assert tracemalloc.get_traced_memory()[0] <= shelf.size
    finally:
        tracemalloc.stop()
