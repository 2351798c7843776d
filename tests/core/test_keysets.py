"""Lists by keyset: page by page, forwards and backwards, each row comes exactly once, in the order of the list."""

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
NULLABLE = ("published_at", "trashed_at")
# Few days for many posts, so that most share theirs with others.
DAY = st.integers(0, 2).map(lambda number: START + timedelta(days=number, microseconds=number))
ROWS = st.lists(
    st.fixed_dictionaries({"published_at": DAY | st.none(), "trashed_at": DAY | st.none(), "updated_at": DAY}),
    max_size=9,
)
SIGN = st.sampled_from(["", "-"])


@st.composite
def orders(draw) -> list[str]:
    """Return up to three columns and then the id, each in a direction of its own."""
    columns = draw(st.lists(st.sampled_from([*NULLABLE, "updated_at"]), unique=True))
    return [draw(SIGN) + column for column in [*columns, "id"]]


def make(rows: list[dict]) -> None:
    Post.objects.all().delete()
    Post.objects.bulk_create(Post(title="A post", slug=f"post-{place}", **row) for place, row in enumerate(rows))


def walk(order: list[str], size: int, key: list | None = None, *, backwards: bool = False) -> list[keysets.Page]:
    """Read page after page, each from the key that the one before it ended with, as a cursor holds it."""
    pages, goes_on = [], True
    while goes_on:
        rows = Post.objects.order_by(*order)
        if key is not None:
            rows = rows.filter(keysets.beyond(order, key, backwards=backwards, nullable=NULLABLE))
        page = keysets.read(rows, size, is_first=key is None, backwards=backwards)
        pages.append(page)
        goes_on = page.has_previous if backwards else page.has_next
        if goes_on:
            row = page.rows[0 if backwards else -1]
            key = keysets.encode(getattr(row, name) for name in keysets.names(order))
    return pages


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, order=orders(), size=st.integers(1, 4))
def test_a_walk_there_and_back_visits_each_row_once(rows, order, size):
    make(rows)
    expected = list(Post.objects.order_by(*order))
    there = walk(order, size)
    assert [row for page in there for row in page.rows] == expected
    assert [page.has_previous for page in there] == [place > 0 for place in range(len(there))]
    assert all(len(page.rows) == size for page in there[:-1])
    if expected:
        last = keysets.encode(getattr(expected[-1], name) for name in keysets.names(order))
        back = walk(order, size, last, backwards=True)
        assert [row for page in reversed(back) for row in page.rows] == expected[:-1]
        assert [page.has_next for page in back] == [bool(page.rows) for page in back]


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
def test_sqlite_reads_from_the_key_on_in_an_index(order, backwards):
    if connection.vendor != "sqlite":
        pytest.skip("asks SQLite how it reads")
    rows = Post.objects.published().posts() if order == NEWEST_FIRST else Post.objects.all()
    rows = rows.filter(keysets.beyond(order, (START, 7), backwards=backwards)).order_by(*order)
    plan = (rows.reverse() if backwards else rows).values("pk").explain()
    assert "SEARCH" in plan
    assert "<?" in plan or ">?" in plan
    assert "TEMP B-TREE" not in plan


def test_a_key_of_another_list_is_refused():
    with pytest.raises(ValueError, match="zip"):
        keysets.beyond(NEWEST_FIRST, (START,))
    with pytest.raises(ValidationError):
        Post.objects.filter(keysets.beyond(NEWEST_FIRST, ("yesterday", 7)))


def test_one_row_more_than_a_page_shows_tells_that_another_follows():
    assert keysets.cut([1, 2, 3], 2) == ([1, 2], 2)
    assert keysets.cut([1, 2], 2) == ([1, 2], None)
    assert keysets.cut([], 2) == ([], None)


def test_batches_come_in_the_order_of_the_ids_and_leave_out_what_was_before():
    make([{}] * 5)
    pks = sorted(Post.objects.values_list("pk", flat=True))
    batches = list(keysets.batches(Post.objects.order_by("title"), 2, after=pks[0]))
    assert [[post.pk for post in batch] for batch in batches] == [pks[1:3], pks[3:]]
