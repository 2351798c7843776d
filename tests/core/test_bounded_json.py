"""JSON takes little more memory than its text, whatever it has: a small text of many small values would take much."""

from __future__ import annotations

import json
import tracemalloc
from io import BytesIO

import pytest
from rest_framework.exceptions import ParseError

from apps.api.parsers import StrictJSONParser
from apps.core import bounded_json
from apps.core.admin.lost_forms import deserialize_fields, serialize_fields
from blog_project import body_limits

pytestmark = pytest.mark.any_database

SIZE = 1_000_000
UNITS = ["[],", "{},", '["a",[]],', '{"a":{}},', "[[]],", '"",', "1.5,", '["a",["b"]],', '{"a":"b"},']


def hostile(unit: str, before: str = "[", after: str = "0]") -> str:
    return before + unit * (SIZE // len(unit)) + after


def peak_of(action) -> int:
    """Return the bytes that an action takes at its peak."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("unit", UNITS)
def test_a_carried_form_of_many_values_is_none_and_takes_no_memory(unit):
    for packed in (hostile(unit), hostile(unit, '[["a",[', "0]]]")):
        assert deserialize_fields(packed) is None
        assert peak_of(lambda packed=packed: deserialize_fields(packed)) < 2 * SIZE


@pytest.mark.parametrize("unit", UNITS)
def test_a_body_of_many_values_is_refused_before_they_are_made(unit):
    def parse() -> None:
        with pytest.raises(ParseError, match="too many values"):
            StrictJSONParser().parse(BytesIO(body))

    body = hostile(unit, '{"tags":[', "0]}").encode()
    # The text of the body is there, and nothing else.
    assert peak_of(parse) < 4 * SIZE


@pytest.mark.parametrize("text", ['"' + '\\"' * (SIZE // 2), '"' * SIZE, "\\" * SIZE, '["' + "a" * SIZE, '"\\'])
def test_text_without_an_end_is_read_once_and_refused(text):
    with pytest.raises(ValueError):
        bounded_json.loads(text)


def test_long_texts_full_of_brackets_are_no_values():
    fields = deserialize_fields(json.dumps([["body", ['[a](b) "c" \\ {}\n' * 60_000]], ["title", ["{[,]}"]]]))
    assert deserialize_fields(serialize_fields(fields)) == fields


@pytest.mark.parametrize("page", ["passkeys/begin/", "passkeys/complete/", "login/begin/", "login/complete/"])
def test_what_passkeys_send_is_small(page, settings):
    assert body_limits.limit("POST", f"/admin/second-factor/{page}") == settings.SMALL_BODY_LIMIT
    assert body_limits.limit("POST", "/admin/second-factor/app/") == settings.REQUEST_BODY_LIMIT
