"""The JSON of the API has the bytes that Django REST framework's own renderer writes."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import JSONRenderer

from apps.api.renderers import FastJSONRenderer
from apps.posts.models import Post

VALUES = {
    "text": '“Straße” – 日本 🙂 </script> " \\ \t \x01 \x7f',
    "line separators": "one\u2028two\u2029three",
    "numbers": [0, -1, 2**53, 2**63 - 1, 2**64, 0.5, 1.0, 0.1, 1 / 3, True, None],
    "a moment": datetime(2026, 1, 31, 12, 0, 5, 123456, tzinfo=UTC),
    "a whole moment": datetime(2026, 1, 31, 12, tzinfo=UTC),
    "a day": date(2026, 1, 31),
    "a duration": timedelta(seconds=90),
    "an id": UUID(int=7),
    "a decimal": Decimal("1.50"),
    "late": gettext_lazy("post"),
    "a choice": Post.Status.DRAFT,
    "an error": ErrorDetail("wrong", code="invalid"),
    "ordered": OrderedDict(b=1, a=2),
    "a tuple": (1, "two"),
    "bytes": b"text",
    "a key that is a number": {3: ["wrong"]},
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_has_the_bytes_of_djangos_renderer(name):
    data = {"z": VALUES[name], "a": name}
    assert FastJSONRenderer().render(data) == JSONRenderer().render(data)


def test_an_empty_response_stays_empty():
    assert FastJSONRenderer().render(None) == JSONRenderer().render(None) == b""


@pytest.mark.parametrize("media_type", ["application/json", "application/json; indent=2", "application/json; indent=x"])
def test_a_reader_can_ask_for_indentation(media_type):
    data = {"a": [1, {"b": "ü"}]}
    assert FastJSONRenderer().render(data, media_type, {}) == JSONRenderer().render(data, media_type, {})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_know_is_null(value):
    assert FastJSONRenderer().render([value]) == b"[null]"


@pytest.mark.in_process("looks at the renderer of the response")
def test_the_api_uses_it(client):
    response = client.get("/api/v1/posts/")
    assert isinstance(response.accepted_renderer, FastJSONRenderer)
