"""Reads with the same fields share one serializer, and nobody sees what somebody else asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.api.exceptions import InvalidParameters
from apps.api.sparse_fields import SparseFields
from apps.posts.serializers import PostSerializer, TagSerializer

TITLES = SparseFields(fields=frozenset({"title"}))


def test_a_serializer_is_made_once_for_each_choice_of_fields():
    made = PostSerializer.for_reading(TITLES, is_list=True)
    assert PostSerializer.for_reading(SparseFields(fields=frozenset({"title"})), is_list=True) is made
    others = [
        PostSerializer.for_reading(TITLES, is_list=False),
        PostSerializer.for_reading(SparseFields(), is_list=True),
        TagSerializer.for_reading(SparseFields(), is_list=True),
    ]
    assert made not in others
    assert set(made.fields) == {"id", "title"}


def test_a_choice_that_does_not_exist_is_refused_each_time():
    for _attempt in range(2):
        with pytest.raises(InvalidParameters):
            TagSerializer.for_reading(SparseFields(fields=frozenset({"colour"})), is_list=False)


def test_a_shared_serializer_knows_no_request():
    assert "request" not in PostSerializer.for_reading(TITLES, is_list=True).context


def test_choices_made_at_the_same_time_do_not_mix():
    names = ["title", "slug", "summary", "body", "status", "tags", "authors", "version"]
    choices = [frozenset(names[:number]) for number in range(1, len(names) + 1)] * 20
    PostSerializer.for_reading.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda fields: PostSerializer.for_reading(SparseFields(fields), is_list=True), choices)
    assert [set(serializer.fields) for serializer in made] == [{"id"} | fields for fields in choices]
