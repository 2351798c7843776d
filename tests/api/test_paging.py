"""Paging through a list during concurrent writes: no row is repeated, and no remaining row is missed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.posts import services
from apps.posts.models import Post, Tag

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = st.integers(0, 6)  # Few days for many posts, so that most posts have the same date as others.
WRITES = st.lists(
    st.one_of(st.tuples(st.just("insert"), DAYS), st.tuples(st.sampled_from(["trash", "edit"]), st.integers(0, 30))),
    max_size=4,
)
EXAMPLES = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Blog:
    """Posts with one tag, and concurrent writes."""

    def __init__(self, days: list[int]) -> None:
        Post.objects.all().delete()
        Tag.objects.all().delete()
        self.tag = services.create_tag(name="Tag")
        self.remaining = [self.insert(day) for day in days]

    def insert(self, day: int) -> int:
        moment = START + timedelta(days=day)
        return services.create_post(
            by=None, title="A post", status="published", published_at=moment, tags=[self.tag]
        ).pk

    def write(self, action: str, number: int) -> None:
        """Insert a post of the day `number`, or trash or edit an existing post."""
        if action == "insert":
            self.insert(number)
            return
        posts = list(Post.objects.published().order_by("pk"))
        if not posts:
            return
        post = posts[number % len(posts)]
        if action == "trash":
            services.trash_post(post, by=None, expected_version=post.version)
            self.remaining = [pk for pk in self.remaining if pk != post.pk]
        else:
            services.update_post(post, by=None, expected_version=post.version, title="Another title")


def read_pages(client, path: str, relation: str, blog: Blog, writes: list[list[tuple]]) -> list[int]:
    """Read all pages with writes between them, and return the ids in order."""
    seen, writes_between = [], iter(writes)
    while path:
        page = client.get(path).json()
        seen += [row["id"] for row in page["results"]]
        for write in next(writes_between, []):
            blog.write(*write)
        path = page[relation]
    return seen


@EXAMPLES
@given(
    days=st.lists(DAYS, max_size=12),
    writes=st.lists(WRITES, max_size=6),
    size=st.integers(1, 4),
    query=st.sampled_from(["", "&ordering=published_at", "&tag=tag", "&tag=tag&ordering=published_at", "&fields=id"]),
)
def test_paging_through_posts_during_writes_repeats_and_misses_no_row(client, days, writes, size, query):
    blog = Blog(days)
    seen = read_pages(client, f"posts/?page_size={size}{query}", "next", blog, writes)
    assert len(seen) == len(set(seen))
    assert set(blog.remaining) <= set(seen)


@EXAMPLES
@given(days=st.lists(DAYS, min_size=3, max_size=12), writes=st.lists(WRITES, max_size=6), size=st.integers(1, 4))
def test_paging_backwards_during_writes_repeats_and_misses_no_row(client, days, writes, size):
    blog = Blog(days)
    path, page = f"posts/?page_size={size}", {}
    while path:
        page = client.get(path).json()
        path = page["next"]
    last = {row["id"] for row in page["results"]}
    seen = read_pages(client, page["previous"], "previous", blog, writes) if page["previous"] else []
    assert len(seen) == len(set(seen))
    assert set(blog.remaining) - last <= set(seen)


@EXAMPLES
@given(
    names=st.lists(st.sampled_from("abcdefghijkl"), unique=True, min_size=1),
    later=st.lists(st.sampled_from("mnopqrstuv"), unique=True),
    removed=st.sets(st.sampled_from("abcdefghijkl")),
    size=st.integers(1, 4),
)
def test_paging_through_tags_during_writes_repeats_and_misses_no_row(client, names, later, removed, size):
    Post.objects.all().delete()
    Tag.objects.all().delete()
    for name in names:
        services.create_tag(name=f"{name}x")
    seen, path, later = [], f"tags/?page_size={size}", iter(later)
    to_delete = iter(sorted(removed & set(names)))
    while path:
        page = client.get(path).json()
        seen += [row["name"] for row in page["results"]]
        if name := next(later, ""):
            services.create_tag(name=f"{chr(ord(name) - 12)}{name}")
        if name := next(to_delete, ""):
            tag = Tag.objects.get(name=f"{name}x")
            services.delete_tag(tag, expected_version=tag.version)
        path = page["next"]
    assert len(seen) == len(set(seen))
    assert {f"{name}x" for name in set(names) - removed} <= set(seen)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_updated_since_lists_a_post_again_that_changes_during_paging(client, size):
    blog = Blog([0, 0, 1, 2])
    since = "updated_since=2000-01-01T00:00:00Z"
    first = blog.remaining[0]
    edits = [[("edit", blog.remaining.index(first))]]
    seen = read_pages(client, f"posts/?page_size={size}&{since}", "next", blog, edits)
    assert set(blog.remaining) <= set(seen)
    assert seen[-1] == first
