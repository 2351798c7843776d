"""Conditional requests (RFC 9110, 13): who has a representation already is told so, and nobody else."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date

from apps.core.conditional_requests import is_named, is_unmodified

NOON, LATER = b"Thu, 01 Jan 2026 12:00:00 GMT", b"Thu, 01 Jan 2026 12:00:01 GMT"
NAMES = ['"1"', 'W/"1"', '"other", "1"', '"other",W/"1" , "more"', " * "]
NAMES_NOT = ["", '"other"', "1", '"11"', '"*"', 'w/"1"', 'W/1, "', ","]


@pytest.mark.parametrize("etag", ['"1"', 'W/"1"'])
@pytest.mark.parametrize("header", NAMES)
def test_an_etag_is_named_alone_or_among_others_weak_or_strong_and_by_a_star(etag, header):
    assert is_named(etag, header)
    assert is_unmodified(etag.encode(), b"", {b"if-none-match": header.encode()})


@pytest.mark.parametrize("etag", ['"1"', 'W/"1"'])
@pytest.mark.parametrize("header", NAMES_NOT)
def test_another_etag_and_what_is_none_name_nothing(etag, header):
    assert not is_named(etag, header)
    assert not is_unmodified(etag.encode(), NOON, {b"if-none-match": header.encode()})


@pytest.mark.parametrize(
    ("modified", "since", "expected"),
    [
        (NOON, NOON, True),
        (NOON, LATER, True),
        (LATER, NOON, False),
        (NOON, b"yesterday", False),
        (NOON, b"", False),
        (b"", NOON, False),
    ],
)
def test_what_did_not_change_since_is_unmodified(modified, since, expected):
    assert is_unmodified(b"", modified, {b"if-modified-since": since}) == expected


def test_a_date_counts_only_without_an_etag():
    assert not is_unmodified(b'"1"', NOON, {b"if-none-match": b'"2"', b"if-modified-since": LATER})
    assert is_unmodified(b'"1"', LATER, {b"if-none-match": b'"1"', b"if-modified-since": NOON})


def test_who_asks_without_a_condition_gets_everything():
    assert not is_unmodified(b'"1"', NOON, {b"host": b"blog.example"})


def test_bytes_that_are_no_text_are_no_error():
    assert not is_unmodified(b'"1"', NOON, {b"if-none-match": b"\xff\xfe"})
    assert not is_unmodified(b'"1"', NOON, {b"if-modified-since": b"\xff\xfe"})


@pytest.mark.parametrize("header", [*NAMES, '"other"', '"other", W/"2"'])
def test_pages_from_the_cache_and_from_django_answer_alike(header):
    request = RequestFactory().get("/", headers={"If-None-Match": header})
    answer = get_conditional_response(request, 'W/"1"', parse_http_date(NOON.decode()), HttpResponse("A page"))
    assert (answer.status_code == 304) == is_unmodified(b'W/"1"', NOON, {b"if-none-match": header.encode()})
