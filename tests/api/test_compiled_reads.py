"""Reads by id and lists without filters are compiled once for each shape, and show what uncompiled ones show."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.relations import PKOnlyObject

from apps.api import compiled_reads
from apps.api.compiled_reads import ReadShape, Section, Values
from apps.api.sparse_fields import SparseFields
from apps.posts import services
from apps.posts.filters import PostFilter
from apps.posts.models import Author, Post, Sight
from apps.posts.serializers import PostSerializer
from apps.posts.viewsets import PostReadViewSet

pytestmark = pytest.mark.in_process("looks into the server process")
RESOURCES = ["posts", "tags", "authors", "series"]


@pytest.fixture
def rows(make_post):
    """Five posts with a tag, an author and a series, and something of the other resources."""
    series = services.create_series(title="A series")
    found = []
    for number in range(5):
        tag = services.create_tag(name=f"Tag {number}", description="What it is about.")
        author = services.create_author(name=f"Author {number}", bio="Who writes.")
        found.append(make_post(f"Post {number}", tags=[tag], authors=[author], series=series))
    return found


def pages(client, path: str) -> list[dict]:
    """Return the rows of all pages of a list, forwards, and check that they are the same backwards."""
    forwards, steps, last = [], [], None
    while path:
        last = client.get(path).json()
        steps.append(last["results"])
        forwards += last["results"]
        path = last["next"]
    back = [last["results"]]
    while last["previous"]:
        last = client.get(last["previous"]).json()
        back.append(last["results"])
    assert back[::-1] == steps
    return forwards


def without_moments(rows: QuerySet) -> str:
    """Return the SQL of a queryset without the moments in it."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "NOW", str(rows.query))


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("query", ["", "fields=id,slug"])
def test_a_compiled_list_has_the_rows_of_one_that_is_not(client, rows, monkeypatch, resource, query):
    path = f"{resource}/?page_size=2&{query}".rstrip("&")
    compiled = pages(client, path)
    ones = [client.get(f"{resource}/{row['id']}/").json() for row in compiled]
    for view in ("PostViewSetBase", "TagViewSetBase", "AuthorViewSetBase", "SeriesViewSetBase"):
        monkeypatch.setattr(f"apps.posts.viewsets.{view}.compiles_reads", False)
    assert len(compiled) == len({row["id"] for row in compiled})
    assert pages(client, path) == compiled
    assert [client.get(f"{resource}/{row['id']}/").json() for row in compiled] == ones


def test_a_list_without_parameters_has_the_order_and_the_conditions_of_the_filter(rows, rf):
    filtered = PostFilter({}, queryset=Post.objects.all(), request=rf.get("/")).qs
    plain = PostFilter.without_parameters(Post.objects.all())
    assert without_moments(plain) == without_moments(filtered)


def test_a_shape_is_compiled_once(client, rows):
    compiled_reads._one.cache_clear()
    for row in rows:
        assert client.get(f"posts/{row.pk}/").json()["title"] == row.title
    assert compiled_reads._one.cache_info().currsize <= 1


def test_the_moment_is_a_parameter_and_not_that_of_the_first_request(client, rows):
    """A post that is published later than the query was compiled is shown from then on."""
    assert len(client.get("posts/").json()["results"]) == 5
    later = rows[0]
    Post.objects.filter(pk=later.pk).update(published_at=timezone.now() + timedelta(days=1))
    assert len(client.get("posts/").json()["results"]) == 4
    assert client.get(f"posts/{later.pk}/").status_code == 404
    Post.objects.filter(pk=later.pk).update(published_at=timezone.now() - timedelta(seconds=1))
    assert len(client.get("posts/").json()["results"]) == 5


def test_each_user_sees_only_their_own_drafts_by_the_same_query(client, alice_client, erika_client, alice, make_post):
    draft = make_post("A draft", status="draft", authors=[Author.objects.get(user=alice)])
    for _round in range(2):
        assert client.get(f"posts/{draft.pk}/").status_code == 404
        assert alice_client.get(f"posts/{draft.pk}/").status_code == 200
        assert erika_client.get(f"posts/{draft.pk}/").status_code == 200


def test_no_more_queries_are_kept_than_there_is_room_for(client, rows):
    compiled_reads._page.cache_clear()
    for size in range(1, 101):
        client.get(f"tags/?page_size={size}&fields=slug")
        client.get(f"tags/?page_size={size}&fields=name")
    assert compiled_reads._page.cache_info().currsize == compiled_reads.MAX_QUERIES


def as_drf(serializer: serializers.Serializer, instance) -> dict:
    """Return the representation as Django REST framework makes it, field by field."""
    shown = {}
    for name, field in serializer.fields.items():
        value = field.get_attribute(instance)
        plain = value.pk if isinstance(value, PKOnlyObject) else value
        shown[name] = None if plain is None else field.to_representation(value)
    return shown


@pytest.mark.parametrize("included", [(), ("authors", "tags", "series", "images")])
def test_each_field_shows_what_django_rest_framework_shows(rows, included):
    serializer = PostSerializer.for_reading(SparseFields(included=frozenset(included)), is_list=False)
    shape = ReadShape(PostReadViewSet, serializer, rights=Sight.PUBLIC)
    for row in rows:
        found = compiled_reads.one(shape, row.pk, Values(timezone.now(), None))
        assert serializer.to_representation(found) == as_drf(serializer, found)


def test_a_section_of_a_list_reads_one_row_more_than_it_shows(rows):
    section = Section(("id",), 2, is_first=True, backwards=False)
    assert len(section.of(Post.objects.order_by("id"), None)) == 3
