"""Conditional requests (RFC 9110, 13): which requests are unmodified."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date

from apps.core.conditional_requests import is_named, is_unmodified

NOON, LATER = b"Thu, 01 Jan 2026 12:00:00 GMT", b"Thu, 01 Jan 2026 12:00:01 GMT"
MATCHING = ['"1"', 'W/"1"', '"other", "1"', '"other",W/"1" , "more"', " * "]
NOT_MATCHING = ["", '"other"', "1", '"11"', '"*"', 'w/"1"', 'W/1, "', ","]


@pytest.mark.parametrize("etag", ['"1"', 'W/"1"'])
@pytest.mark.parametrize("header", MATCHING)
def test_if_none_match_matches_a_weak_or_strong_etag_in_a_list_and_a_star(etag, header):
    assert is_named(etag, header)
    assert is_unmodified(etag.encode(), b"", {b"if-none-match": header.encode()})


@pytest.mark.parametrize("etag", ['"1"', 'W/"1"'])
@pytest.mark.parametrize("header", NOT_MATCHING)
def test_another_etag_and_invalid_etags_do_not_match(etag, header):
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
def test_if_modified_since_compares_dates(modified, since, expected):
    assert is_unmodified(b"", modified, {b"if-modified-since": since}) == expected


def test_if_modified_since_is_ignored_if_there_is_an_if_none_match():
    assert not is_unmodified(b'"1"', NOON, {b"if-none-match": b'"2"', b"if-modified-since": LATER})
    assert is_unmodified(b'"1"', LATER, {b"if-none-match": b'"1"', b"if-modified-since": NOON})


def test_a_request_without_a_condition_is_never_unmodified():
    assert not is_unmodified(b'"1"', NOON, {b"host": b"blog.example"})


def test_headers_that_are_not_utf8_raise_no_error():
    assert not is_unmodified(b'"1"', NOON, {b"if-none-match": b"\xff\xfe"})
    assert not is_unmodified(b'"1"', NOON, {b"if-modified-since": b"\xff\xfe"})


@pytest.mark.parametrize("header", [*MATCHING, '"other"', '"other", W/"2"'])
def test_is_unmodified_agrees_with_django(header):
    request = RequestFactory().get("/", headers={"If-None-Match": header})
    response = get_conditional_response(request, 'W/"1"', parse_http_date(NOON.decode()), HttpResponse("A page"))
    assert (response.status_code == 304) == is_unmodified(b'W/"1"', NOON, {b"if-none-match": header.encode()})
