"""Heavy work is done one piece at a time per person and a few in a process; others wait shortly or are refused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.core import heavy_work
from apps.core.heavy_work import PICTURES, Busy, Places

pytestmark = pytest.mark.any_database


class Worker:
    """Holds a place in a thread of its own until it is released."""

    def __init__(self, places: Places, person: object, kind: str = "") -> None:
        self.has_begun, self.may_end, self.is_refused = threading.Event(), threading.Event(), False

        def work() -> None:
            try:
                with places.take(person, kind):
                    self.has_begun.set()
                    assert self.may_end.wait(30)
            except Busy:
                self.is_refused = True

        self.thread = threading.Thread(target=work)
        self.thread.start()

    def end(self) -> None:
        """Let the work end, and wait until its place is free."""
        self.may_end.set()
        self.thread.join(30)


@pytest.fixture
def busy():
    """Start workers whose places are held until the end of the test."""
    workers = []

    def start(*arguments: object) -> Worker:
        workers.append(Worker(*arguments))
        assert workers[-1].has_begun.wait(30)
        return workers[-1]

    yield start
    for worker in workers:
        worker.end()


def is_free(places: Places, *arguments: object) -> bool:
    try:
        with places.take(*arguments):
            return True
    except Busy:
        return False


def test_a_person_has_one_piece_at_a_time_and_another_person_another(busy):
    places = Places(2, waiting=0)
    busy(places, "alice")
    assert not is_free(places, "alice")
    assert is_free(places, "bob")


def test_a_process_has_only_so_many_pieces_at_a_time(busy):
    places = Places(2, waiting=0)
    first = busy(places, "alice")
    busy(places, "bob")
    assert not is_free(places, "carol")
    first.end()
    assert is_free(places, "carol")


def test_pictures_are_converted_one_at_a_time(busy):
    places = Places(2, waiting=0)
    busy(places, "alice", PICTURES)
    assert not is_free(places, "bob", PICTURES)
    assert is_free(places, "bob")


def test_commands_have_no_limit_of_a_person(busy):
    places = Places(2, waiting=0)
    busy(places, None)
    assert is_free(places, None)


def test_somebody_who_waits_gets_the_place_that_becomes_free(busy):
    places = Places(1, waiting=1)
    first = busy(places, "alice")
    second = Worker(places, "bob")
    first.end()
    assert second.has_begun.wait(30)
    second.end()
    assert not second.is_refused


def test_somebody_who_waits_too_long_is_refused(busy, monkeypatch):
    monkeypatch.setattr(heavy_work, "WAIT_SECONDS", 0.01)
    places = Places(1, waiting=1)
    busy(places, "alice")
    assert not is_free(places, "bob")


def test_nobody_waits_where_that_would_leave_no_thread_to_readers_nor_does_one_person_take_all_places(busy):
    places = Places(1, waiting=4)
    first = busy(places, "alice")
    with ThreadPoolExecutor(8) as pool:
        waits = [pool.submit(is_free, places, person) for person in ["alice"] * 4 + ["bob"] * 4]
        # Two of each wait; the others are refused at once, although the place is not free yet.
        while sum(one.done() for one in waits) < 4:
            assert not any(one.done() and one.result() for one in waits)
        first.end()
        assert sorted(one.result(30) for one in waits) == [False] * 4 + [True] * 4


def test_work_within_work_needs_no_second_place():
    places = Places(1, waiting=0)
    with places.take("alice"), places.take("alice", PICTURES):
        pass
    assert is_free(places, "alice")


def test_a_place_is_free_again_after_an_error():
    places = Places(1, waiting=0)
    with pytest.raises(ZeroDivisionError), places.take("alice"):
        raise ZeroDivisionError
    assert is_free(places, "alice")


def test_a_small_text_needs_no_place(busy):
    busy(heavy_work._PLACES, "alice")
    with heavy_work.take_for_text("alice", "a" * heavy_work.SMALL_TEXT):
        pass


def test_two_threads_are_left_to_readers(settings):
    assert heavy_work._PLACES.at_once == settings.HEAVY_WORK_LIMIT == 2
    at_most = heavy_work._PLACES.at_once + heavy_work._PLACES.waiting
    assert settings.WSGI_THREADS - at_most == heavy_work.READERS_THREADS
