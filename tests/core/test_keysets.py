"""Keyset pagination: forwards and backwards, each row is returned once, in the order of the list."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import keysets
from apps.posts.models import NEWEST_FIRST, Post

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
# Few days for many posts, so that most posts have the same date as others.
DAY = st.integers(0, 2).map(lambda number: START + timedelta(days=number, microseconds=number))
ROWS = st.lists(
    st.fixed_dictionaries({"published_at": DAY, "trashed_at": st.none(), "updated_at": DAY}),
    max_size=9,
)
SIGN = st.sampled_from(["", "-"])


@st.composite
def orders(draw) -> list[str]:
    """Return up to three columns and the id, each ascending or descending. The trash date is NULL in all rows."""
    columns = draw(st.lists(st.sampled_from(["published_at", "trashed_at", "updated_at"]), unique=True))
    return [draw(SIGN) + column for column in [*columns, "id"]]


def make_posts(rows: list[dict]) -> None:
    Post.objects.all().delete()
    Post.objects.bulk_create(Post(title="A post", slug=f"post-{index}", **row) for index, row in enumerate(rows))


def read_pages(order: list[str], size: int, key: list | None = None, *, backwards: bool = False) -> list[keysets.Page]:
    """Read all pages, each after the encoded key of the last row of the page before it."""
    pages, has_more = [], True
    while has_more:
        rows = Post.objects.order_by(*order)
        if key is not None:
            rows = rows.filter(keysets.beyond(order, key, backwards=backwards))
        page = keysets.read(rows, size, is_first=key is None, backwards=backwards)
        pages.append(page)
        has_more = page.has_previous if backwards else page.has_next
        if has_more:
            row = page.rows[0 if backwards else -1]
            key = keysets.encode(getattr(row, name) for name in keysets.names(order))
    return pages


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, order=orders(), size=st.integers(1, 4))
def test_paging_forwards_and_backwards_returns_each_row_once(rows, order, size):
    make_posts(rows)
    expected = list(Post.objects.order_by(*order))
    forwards = read_pages(order, size)
    assert [row for page in forwards for row in page.rows] == expected
    assert [page.has_previous for page in forwards] == [index > 0 for index in range(len(forwards))]
    assert all(len(page.rows) == size for page in forwards[:-1])
    if expected:
        last = keysets.encode(getattr(expected[-1], name) for name in keysets.names(order))
        backwards = read_pages(order, size, last, backwards=True)
        assert [row for page in reversed(backwards) for row in page.rows] == expected[:-1]
        assert [page.has_next for page in backwards] == [bool(page.rows) for page in backwards]


def test_the_condition_compares_dates_and_ids_in_the_direction_of_the_order():
    condition = keysets.beyond(NEWEST_FIRST, (START, 7))
    (comparison,) = [
        str(Post.objects.filter(condition).values("pk").query).partition(" WHERE ")[2].replace("`", "").replace('"', "")
    ]
    assert comparison.replace("posts_post.", "").replace("2026-01-01 00:00:00", "x") == (
        "(published_at <= x AND (published_at < x OR (published_at = x AND id < 7)))"
    )


@pytest.mark.parametrize("order", [NEWEST_FIRST, ("updated_at", "id")])
@pytest.mark.parametrize("backwards", [False, True])
def test_sqlite_seeks_to_the_key_in_an_index(order, backwards):
    if connection.vendor != "sqlite":
        pytest.skip("reads SQLite's query plan")
    rows = Post.objects.published().posts() if order == NEWEST_FIRST else Post.objects.all()
    rows = rows.filter(keysets.beyond(order, (START, 7), backwards=backwards)).order_by(*order)
    plan = (rows.reverse() if backwards else rows).values("pk").explain()
    assert "SEARCH" in plan
    assert "<?" in plan or ">?" in plan
    assert "TEMP B-TREE" not in plan


def test_a_key_that_does_not_fit_the_order_is_refused():
    with pytest.raises(ValueError, match="zip"):
        keysets.beyond(NEWEST_FIRST, (START,))
    with pytest.raises(ValidationError):
        Post.objects.filter(keysets.beyond(NEWEST_FIRST, ("yesterday", 7)))


def test_cut_returns_the_last_row_of_a_page_only_if_another_page_follows():
    assert keysets.cut([1, 2, 3], 2) == ([1, 2], 2)
    assert keysets.cut([1, 2], 2) == ([1, 2], None)
    assert keysets.cut([], 2) == ([], None)


def test_batches_are_ordered_by_id_and_begin_after_the_given_id():
    make_posts([{}] * 5)
    pks = sorted(Post.objects.values_list("pk", flat=True))
    batches = list(keysets.batches(Post.objects.order_by("title"), 2, after=pks[0]))
    assert [[post.pk for post in batch] for batch in batches] == [pks[1:3], pks[3:]]
