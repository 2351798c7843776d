"""Compares the acknowledged writes of traffic with the content of the database."""

from __future__ import annotations

import json

from tests.local_cluster.load import State, WrittenPost
from tests.local_cluster.sites import Site

QUERY = """
import json
from apps.core.models import ContentGeneration
from apps.posts.models import Post
posts = []
for post in Post.objects.exclude(slug__startswith="seeded-").select_related("search_document").with_links():
    document = getattr(post, "search_document", None)
    posts.append({
        "id": post.pk,
        "now": [post.title, post.version, post.trashed_at is not None],
        "history": [[row.title, row.version, row.trashed_at is not None, sorted(row.tags.values_list("tag__slug", flat=True))]
                    for row in post.history.order_by("history_id")],
        "searched": document and [document.title, document.tags],
        "html": post.body_html,
        "tags": [[link.tag.slug, link.listed_at == post.published_at] for link in post.tag_links.select_related("tag")],
        "authors": [[link.author.slug, link.listed_at == post.published_at] for link in post.author_links.all()],
    })
print(json.dumps({"posts": posts, "generation": ContentGeneration.objects.get().value}))
"""
"""Python code that prints every post that was not seeded with its related rows, and the generation of the content."""


def assert_acknowledged_writes_are_stored(site: Site) -> None:
    """Assert that the database has each acknowledged write of the site's traffic once and completely, and no others.

    A write without a response is stored completely or not at all. Only the traffic may have written since it began.
    """
    found = json.loads(site.shell(QUERY).splitlines()[-1])
    written = [post for traffic in site.all_traffic for post in traffic.posts]
    by_id = {post.id: post for post in written if post.id is not None}
    by_title = {post.unanswered.title: post for post in written if post.id is None}
    missing = by_id.keys() - {row["id"] for row in found["posts"]}
    assert not missing, "acknowledged posts are missing"
    for row in found["posts"]:
        # Removed, so that a duplicate of a post raises KeyError.
        post = by_id.pop(row["id"], None) or by_title.pop(row["history"][0][0])
        _assert_complete(row, post)
    assert found["generation"] == site.generation + sum(len(row["history"]) for row in found["posts"])


def _assert_complete(row: dict, post: WrittenPost) -> None:
    """Assert that a post has one version per request, and that all its rows belong to the last one."""
    possible = [post.states, [*post.states, post.unanswered]]
    states = [State(*values[:3]) for values in row["history"]]
    assert states in possible, post
    last = states[-1]
    assert State(*row["now"]) == last
    assert row["searched"] == (None if last.is_trashed else [last.title, "Gardening"])
    assert row["html"].startswith("<p>The text of <em>Written ")
    assert row["tags"] == [["gardening", True]]
    assert row["authors"] == [["erika-example", True]]
    assert all(values[3] == ["gardening"] for values in row["history"])
